"""A stream without Spark and Kafka."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pytest

from benchmarks.support.kafka_records import consume
from recommendations.session_counts import IN_ORDER, ProductEvent
from recommendations.visits import RECENT_EVENTS
from streaming.batch import apply_batch
from streaming.batch_report import BatchReport
from streaming.batch_rows import BatchRow
from streaming.memory import ShopMemory
from streaming.poison import Isolation
from streaming.product_events import rows_of_records
from streaming.state import Recent, StreamName, load_recent

NAME = StreamName("recommendations", "clicks.test")


class Stream:
    """A stream that is fed in batches: offsets count up."""

    def __init__(self, database: str) -> None:
        self.url = database
        self.connection = psycopg.connect(database, autocommit=True)
        self.memory = ShopMemory(self.connection)
        self.offset = 0

    def rows(self, events: Sequence[ProductEvent]) -> list[BatchRow]:
        """The events as consecutive records of partition 0."""
        made = [BatchRow(0, self.offset + n, e) for n, e in enumerate(events)]
        self.offset += len(made)
        return made

    def apply(self, events: Sequence[ProductEvent]) -> BatchReport:
        """Count the events."""
        return self.apply_rows(self.rows(events))

    def apply_rows(self, rows: Sequence[BatchRow]) -> BatchReport:
        """Count the rows."""
        return apply_batch(self.connection, self.memory, NAME, rows)

    def execute(self, statement: str) -> None:
        """Run a statement."""
        self.connection.execute(statement.encode())

    def table(self, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """The rows of a table in schema serving, sorted."""
        return sorted(self.connection.execute(f"select {columns} from serving.{table}".encode()).fetchall())

    def shown_to(self, visitor: str, slot: str = "home") -> list[str]:
        """The visitor's list, best first."""
        query = "select product_id from serving.recommendations where visitor_id = %s and slot = %s order by rank"
        return [product for (product,) in self.connection.execute(query, [visitor, slot])]


def count_topic(kafka: str, database: str, topic: str, upto: int | None = None) -> None:
    """The stream without Spark: read the topic, as far as its first `upto` records, parse, apply."""
    records = consume(kafka, topic)[:upto]
    columns = {
        "partition": [record.partition for record in records],
        "offset": [record.offset for record in records],
        "value": [record.value for record in records],
    }
    with psycopg.connect(database, autocommit=True) as connection:
        name = StreamName("recommendations", topic)
        isolation = Isolation(connection, name, lambda: ShopMemory(connection))
        isolation.apply(rows_of_records(pa.RecordBatch.from_pydict(columns)))


def assert_same_memory(stream: Stream, products: Iterable[str], memory: ShopMemory | None = None) -> None:
    """The stream's memory (or the one given) is what a restarted stream reads from Postgres."""
    memory, restarted = memory or stream.memory, ShopMemory(stream.connection)
    products = set(products)
    for shop in (memory, restarted):
        shop.load(products)
    for product in products:
        for known, read in (
            (memory.similar, restarted.similar),
            (memory.together, restarted.together),
        ):
            kept = {neighbour: weight for neighbour, weight in known[product].items() if weight > 1e-6}
            assert kept == pytest.approx(read[product])
        assert memory.popularity(product) == restarted.popularity(product)
        assert _lately(memory, product) == pytest.approx(_lately(restarted, product), abs=1e-9)
    visitors = {*memory.recent._kept, *(visitor for (visitor,) in stream.table("visitor_events", "visitor_id"))}
    assert _newest(memory.recent.load(stream.connection, visitors)) == _newest(load_recent(stream.connection, visitors))
    assert memory.trending("") == restarted.trending("")
    assert dict(memory.trend("")) == pytest.approx(dict(restarted.trend("")))


def _newest(recent: Recent) -> Recent:
    return {visitor: sorted(events, key=IN_ORDER)[-RECENT_EVENTS:] for visitor, events in recent.items()}


def _lately(memory: ShopMemory, product: str) -> float:
    """The product's recent popularity."""
    return float(memory.catalogue.lately(np.array([memory.catalogue.number(product)]))[0])
