"""The rows of a batch: a product event, and where in the topic it was read; also as they go between Spark's workers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple, get_type_hints

import pyarrow as pa

from recommendations.session_counts import ProductEvent

TYPES: dict[type, tuple[pa.DataType, str]] = {  # Arrow's and Spark's
    str: (pa.string(), "string"),
    datetime: (pa.timestamp("us", tz="UTC"), "timestamp"),
}
EVENT_TYPES = {name: TYPES[type] for name, type in get_type_hints(ProductEvent).items()}
EVENT_ARROW_SCHEMA = pa.schema([(name, arrow) for name, (arrow, _) in EVENT_TYPES.items()])
EVENT_SPARK_SCHEMA = ", ".join(f"{name} {spark}" for name, (_, spark) in EVENT_TYPES.items())
ARROW_SCHEMA = pa.schema(
    [
        ("partition", pa.int32()),
        ("offset", pa.int64()),
        ("order_id", pa.string()),
        ("person_id", pa.string()),
        *EVENT_ARROW_SCHEMA,
    ]
)
SPARK_SCHEMA = f"partition int, offset bigint, order_id string, person_id string, {EVENT_SPARK_SCHEMA}"


class BatchRow(NamedTuple):
    """A row of `ARROW_SCHEMA`."""

    partition: int
    offset: int
    event: ProductEvent  # of a kind of STRENGTH, or of one of the other kinds of product_events.py
    order_id: str = ""  # of a purchase
    person_id: str = ""  # the customer's pseudonym, if they signed in


def rows_of(table: pa.Table | pa.RecordBatch) -> Iterator[BatchRow]:
    """The rows of a table with `ARROW_SCHEMA`."""
    columns = (column.to_pylist() for column in table.columns)
    for partition, offset, order_id, person_id, *event, occurred_at in zip(*columns, strict=True):
        # Arrow's own UTC compares slower than Python's
        made = ProductEvent._make((*event, occurred_at.astimezone(UTC)))
        yield BatchRow(partition, offset, made, order_id, person_id)


def as_arrow(rows: Iterable[BatchRow]) -> pa.RecordBatch:
    """The rows as a batch with `ARROW_SCHEMA`; the opposite of `rows_of`."""
    flat = [(row.partition, row.offset, row.order_id, row.person_id, *row.event) for row in rows]
    columns = zip(*flat, strict=True) if flat else [()] * len(ARROW_SCHEMA)
    arrays = [pa.array(values, type) for values, type in zip(columns, ARROW_SCHEMA.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=ARROW_SCHEMA)
