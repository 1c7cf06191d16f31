"""The counter: applies batches in a Python worker of Spark, with a connection and a memory of the shop of its own.

A worker process keeps its counter from task to task, because reading the shop takes longer than a batch. Whatever
happens to the process, the counts are right: a batch is a transaction that also moves the fence, and a memory that does
not know the newest fence is read again (memory.py).
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from functools import partial

import psycopg
import pyarrow as pa

from streaming.batch import BatchReport
from streaming.batch_rows import BatchRow
from streaming.memory import ShopMemory
from streaming.poison import Isolation
from streaming.product_events import rows_of_records
from streaming.state import StreamName

OBJECTS_BEFORE_COLLECTION = 50_000  # a batch allocates many objects and leaves none behind
CONNECT_SECONDS = 30.0  # how long a task waits for a Postgres that is being restarted
RETRY_SECONDS = 0.5

REPORT_NAMES = (*(field.name for field in fields(BatchReport)), "milliseconds")
REPORT_SPARK_SCHEMA = ", ".join(f"{name} bigint" for name in REPORT_NAMES)
REPORT_ARROW_SCHEMA = pa.schema([(name, pa.int64()) for name in REPORT_NAMES])


@dataclass(frozen=True)
class CounterConfig:
    """What a counter needs; Spark sends it to the workers."""

    database_url: str
    name: StreamName
    consumables: tuple[str, ...] = ()  # categories, see ShopMemory


class Counter:
    """Applies batches on a connection of its own."""

    def __init__(self, config: CounterConfig) -> None:
        """Connect and read the shop. Raises psycopg.OperationalError when Postgres stays away for CONNECT_SECONDS."""
        self._connection = _connect(config.database_url)
        read_memory = partial(ShopMemory, self._connection, config.consumables, config.name)
        self._isolation = Isolation(self._connection, config.name, read_memory)

    def apply(self, rows: Sequence[BatchRow]) -> BatchReport:
        """Count the rows, see `Isolation.apply`. Raises psycopg.Error; the counter must not be used again then."""
        return self._isolation.apply(rows)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


_counters: dict[CounterConfig, Counter] = {}  # of this process: one, but for tests


def count_records(records: Iterator[pa.RecordBatch], config: CounterConfig) -> Iterator[pa.RecordBatch]:
    """For `mapInArrow`, on a single partition: records (partition, offset, value) in, one row of BatchReport out.

    Raises psycopg.Error as `Counter` does: Spark then runs the task again.
    """
    gc.freeze()  # what outlived a batch lives on; PySpark collects garbage after each task, and need not look at it
    rows = [row for batch in records for row in rows_of_records(batch)]
    if rows:
        began = time.monotonic()
        report = _apply(config, rows)
        row = (*astuple(report), round((time.monotonic() - began) * 1000))
        yield pa.RecordBatch.from_arrays([pa.array([value], pa.int64()) for value in row], schema=REPORT_ARROW_SCHEMA)


def keep_warm(records: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """For `mapInArrow`: nothing. Spark ends a Python worker that was idle for a minute."""
    yield from records


def make_ready(records: Iterator[pa.RecordBatch], config: CounterConfig) -> Iterator[pa.RecordBatch]:
    """For `mapInArrow`: do what the first batch would have to wait for."""
    _counter(config)
    yield from records


def _apply(config: CounterConfig, rows: Sequence[BatchRow]) -> BatchReport:
    counter = _counter(config)
    try:
        return counter.apply(rows)
    except psycopg.Error:
        _close_all()
        raise


def _counter(config: CounterConfig) -> Counter:
    if config not in _counters:
        _close_all()
        gc.set_threshold(OBJECTS_BEFORE_COLLECTION, 50, 50)
        _counters[config] = Counter(config)
    return _counters[config]


def _close_all() -> None:
    while _counters:
        _counters.popitem()[1].close()


def _connect(database_url: str) -> psycopg.Connection:
    began = time.monotonic()
    while True:
        try:
            return psycopg.connect(database_url, autocommit=True, application_name="stream counter")
        except psycopg.OperationalError:
            if time.monotonic() - began > CONNECT_SECONDS:
                raise
            time.sleep(RETRY_SECONDS)
