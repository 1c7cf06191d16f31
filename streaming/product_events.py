"""Which records of the clicks topic count for recommendations, and what they say about which products.

Runs on Spark's executors. Records are read with the event contract itself (`ingestion.clickstream_event.parse`),
so that the stream counts exactly what the lander lands.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyarrow as pa
from msgspec import json

from ingestion.clickstream_event import Event, parse
from streaming.session_counts import ProductEvent

KINDS = {"Product Viewed": "view", "Product Added": "cart", "Order Completed": "purchase"}
LATE_WINDOW = timedelta(days=3)  # a phone's queue from the weekend counts, last month's does not
WITHDRAWN = "withdrawn"  # not a product event: the visitor said no to personalisation

FIELDS: list[tuple[str, pa.DataType]] = [
    ("partition", pa.int32()),
    ("offset", pa.int64()),
    ("event_id", pa.string()),
    ("product_id", pa.string()),
    ("visitor_id", pa.string()),
    ("session_id", pa.string()),
    ("kind", pa.string()),
    ("category", pa.string()),
    ("occurred_at", pa.timestamp("us", tz="UTC")),
]
ARROW_SCHEMA = pa.schema(FIELDS)
SPARK_SCHEMA = (
    "partition int, offset bigint, event_id string, product_id string, visitor_id string, session_id string, "
    "kind string, category string, occurred_at timestamp"
)


def product_events(event: Event) -> list[ProductEvent]:
    """The products of an event that counts: wanted kind, consented, no bot, inside the late window; else empty.

    An event of a visitor who withdrew consent gives one row of kind `withdrawn`.
    """
    if event.event_type != "track" or event.is_bot:
        return []
    consent = json.decode(event.context).get("consent")
    if not isinstance(consent, dict) or consent.get("personalisation") is not True:
        refused = isinstance(consent, dict) and consent.get("personalisation") is False
        return [_row(event, {"product_id": ""}, WITHDRAWN)] if refused else []
    kind = KINDS.get(event.event_name or "")
    if kind is None or not _is_inside_window(event):
        return []
    properties = json.decode(event.properties)
    if event.event_name != "Order Completed":
        return [_row(event, properties, kind)]
    products = {str(product["product_id"]): product for product in reversed(properties.get("products", []))}
    return [_row(event, product, kind) for product in products.values()]


def parse_records(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """For `DataFrame.mapInArrow`: (partition, offset, value) in, rows of `ARROW_SCHEMA` out."""
    for batch in batches:
        rows: list[tuple[Any, ...]] = []
        columns = (batch.column(name).to_pylist() for name in ("partition", "offset", "value"))
        for partition, offset, value in zip(*columns, strict=True):
            event = parse(value)
            if isinstance(event, Event):
                rows.extend((partition, offset, *row) for row in product_events(event))
        if rows:
            columns_out = zip(*rows, strict=True)
            arrays = [pa.array(values, type) for values, (_, type) in zip(columns_out, FIELDS, strict=True)]
            yield pa.RecordBatch.from_arrays(arrays, schema=ARROW_SCHEMA)


def _is_inside_window(event: Event) -> bool:
    if event.time_flag in ("future", "implausible"):
        return False
    return event.received_at - event.occurred_at <= LATE_WINDOW


def _row(event: Event, product: dict[str, Any], kind: str) -> ProductEvent:
    return ProductEvent(
        event_id=event.event_id,
        product_id=str(product["product_id"]),
        visitor_id=event.anonymous_id,
        session_id=event.session_id or event.occurred_at.date().isoformat(),
        kind=kind,
        category=product.get("category") or "",
        occurred_at=event.occurred_at,
    )
