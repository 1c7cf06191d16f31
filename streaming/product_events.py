"""Which records of the clicks topic count for recommendations, and what they say about which products.

Runs on Spark's executors. Records are read with the event contract itself (`events.envelope.read_envelope`),
so that the stream counts exactly what the lander lands. It stops at the envelope: an `Event` would encode properties
and context as JSON texts, only to have them decoded here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from comptoir.isolation import reason_of
from events.envelope import Envelope, read_envelope, text_of
from recommendations.session_counts import ProductEvent
from streaming.batch_rows import BatchRow

KINDS = {"Product Viewed": "view", "Product Added": "cart", "Order Completed": "purchase"}
BELIEVABLE = ("on_time", "late")  # late ones count in their own hour and week; future and ten years old ones do not

# kinds of rows that are not product events
REMOVED = "removed"  # the product was taken out of the cart
WITHDRAWN = "withdrawn"  # the visitor said no to personalisation; `occurred_at` says when
POISON = "poison"  # the record could not be turned into rows; `category` says why
IDENTIFIED = "identified"  # the visitor is a person: `person_id` of the row
READ = "read"  # the records up to this offset were read, whatever they were

EPOCH = datetime.fromtimestamp(0, UTC)


def product_events(envelope: Envelope) -> list[ProductEvent]:
    """The products of an event that counts: wanted kind, consented, no bot, a believable time; else empty.

    An event of a visitor who withdrew consent gives one row of kind `withdrawn`, Product Removed one of kind `removed`,
    an identify call one of kind `identified`.
    """
    if envelope.is_bot:
        return []
    consent = envelope.context.consent
    if consent is None or not consent.personalisation:
        if consent is None:
            return []
        said_at = min(envelope.timestamp, envelope.received_at)  # a clock that is fast must not reach into the future
        return [_row(envelope, {"product_id": ""}, WITHDRAWN)._replace(occurred_at=said_at)]
    if envelope.type == "identify":
        return [_row(envelope, {"product_id": ""}, IDENTIFIED)] if envelope.user_id else []
    kind = REMOVED if envelope.event_name == "Product Removed" else KINDS.get(envelope.event_name or "")
    if kind is None or envelope.time_flag not in BELIEVABLE:
        return []
    if envelope.event_name != "Order Completed":
        return [_row(envelope, envelope.properties, kind)]
    # of a product that an order holds twice, the first line counts
    products = {str(product["product_id"]): product for product in reversed(envelope.properties.get("products", []))}
    return [_row(envelope, product, kind) for product in products.values()]


def _events_or_poison(envelope: Envelope) -> list[ProductEvent]:
    """`product_events`; when it fails one row of kind `poison` with the error: no record may fail a task.

    Raises ImportError: that a package is missing here is no record's fault, and would set all of them apart.
    """
    try:
        return product_events(envelope)
    except ImportError:
        raise
    except Exception as error:
        reason = reason_of(error)
        return [ProductEvent(envelope.message_id, "", "", "", POISON, reason, EPOCH)]


def rows_of_records(records: pa.RecordBatch) -> list[BatchRow]:
    """The rows of records with the columns (partition, offset, value).

    At the end is a row of kind `read` per partition, so that the fence reaches the end of the log.
    """
    rows: list[BatchRow] = []
    read: dict[int, int] = {}
    columns = (records.column(name).to_pylist() for name in ("partition", "offset", "value"))
    for partition, offset, value in zip(*columns, strict=True):
        read[partition] = max(offset, read.get(partition, 0))
        envelope = read_envelope(value)
        if isinstance(envelope, Envelope):
            order_id = _order_id(envelope)
            person_id = envelope.user_id or ""
            rows.extend(BatchRow(partition, offset, e, order_id, person_id) for e in _events_or_poison(envelope))
    rows.extend(BatchRow(*position, ProductEvent("", "", "", "", READ, "", EPOCH)) for position in read.items())
    return rows


def _order_id(envelope: Envelope) -> str:
    """The order of a purchase; an order is told again when its thank-you page is opened again."""
    return (text_of(envelope.properties.get("order_id")) or "") if envelope.event_name == "Order Completed" else ""


def _row(envelope: Envelope, product: dict[str, Any], kind: str) -> ProductEvent:
    return ProductEvent(
        event_id=envelope.message_id,
        product_id=str(product["product_id"]),
        visitor_id=envelope.visitor_id,
        session_id=envelope.session_id or envelope.timestamp.date().isoformat(),
        kind=kind,
        category=product.get("category") or "",
        occurred_at=envelope.timestamp,
    )
