"""What Spark's workers run: functions for `mapInArrow`, the stages of a batch.

The driver imports this module, too, to name the functions; so what only a worker needs (the scores and their compiler)
is imported in them. The daemon has it ready (worker_daemon.py).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import astuple

import pyarrow as pa

from streaming.batch_report import REPORT_NAMES
from streaming.counter_config import CounterConfig

KEYS_SPARK_SCHEMA = "kind string, key string"
Batches = Iterator[pa.RecordBatch]
SURPLUS_SECONDS = 0.1  # the task has ended by then; one that is given to the worker in that moment is run again


def count_records(records: Batches, config: CounterConfig, is_logged: bool) -> Batches:
    """A whole batch in one task: records (partition, offset, value) in, one row of BatchReport out.

    `is_logged`: whether other workers must be able to follow, see change_log.py. Raises psycopg.Error as `Counter`
    does: Spark then runs the task again.
    """
    from streaming.counter import with_counter
    from streaming.product_events import rows_of_records

    rows = [row for batch in records for row in rows_of_records(batch)]
    if rows:
        report = with_counter(config, lambda counter: counter.apply(rows, is_logged))
        yield _batch_of(REPORT_NAMES, [[value] for value in astuple(report)], pa.int64())


def parse_records(records: Batches) -> Batches:
    """The first stage of a batch that is spread: records in, rows of batch_rows.ARROW_SCHEMA out."""
    from streaming.batch_rows import as_arrow
    from streaming.product_events import rows_of_records

    for batch in records:
        yield as_arrow(rows_of_records(batch))


def count_rows(batches: Batches, config: CounterConfig) -> Batches:
    """The second stage, one task: rows in, the keys of stale lists out. Raises psycopg.Error as `Counter` does."""
    from streaming.batch_rows import rows_of
    from streaming.counter import with_counter

    rows = [row for batch in batches for row in rows_of(batch)]
    keys = with_counter(config, lambda counter: counter.count(rows))
    yield _batch_of(("kind", "key"), [[kind for kind, _ in keys], [key for _, key in keys]], pa.string())


def make_lists(batches: Batches, config: CounterConfig) -> Batches:
    """The third stage, any number of tasks: keys of lists in, how many were made out. Raises as `Counter` does."""
    from streaming.counter import with_counter

    keys = [key for batch in batches for key in zip(*(column.to_pylist() for column in batch.columns), strict=True)]
    made = with_counter(config, lambda counter: counter.make_lists(keys)) if keys else 0
    yield _batch_of(("made",), [[made]], pa.int64())


def make_ready(batches: Batches, config: CounterConfig) -> Batches:
    """Do what the first batch would have to wait for, and what a killed stream has left. Raises as `Counter` does."""
    from streaming.counter import Counter, with_counter

    with_counter(config, Counter.make_left_lists)
    yield from batches


def keep_warm(batches: Batches) -> Batches:
    """Nothing. Spark ends a Python worker that was idle for a minute.

    A worker that does not know the shop was forked because a batch keeps the other one busy. It ends: Spark would give
    batches to both in turns, and each would read the shop again for what the other one counted.
    """
    from streaming.counter import is_ready

    yield from batches
    if not is_ready():
        threading.Timer(SURPLUS_SECONDS, os._exit, [0]).start()


def _batch_of(names: tuple[str, ...], columns: list[list], kind: pa.DataType) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(column, kind) for column in columns], names=list(names))
