"""The counter: applies batches in a Python worker of Spark, with a connection and a memory of the shop of its own.

A worker process keeps its counter from task to task, because reading the shop takes longer than a batch. Whatever
happens to the process, the counts are right: a batch is a transaction that also moves the fence, and a memory that does
not know the newest fence is read again (memory.py).
"""

from __future__ import annotations

import gc
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import psycopg

from privacy.suppression import Suppression
from streaming import stale_lists
from streaming.batch_report import BatchReport
from streaming.batch_rows import BatchRow
from streaming.counter_config import CounterConfig
from streaming.list_maker import make_lists
from streaming.memory import ShopMemory
from streaming.poison import Isolation
from streaming.stale_lists import Key

OBJECTS_BEFORE_COLLECTION = 50_000  # a batch allocates many objects and leaves none behind
CONNECT_SECONDS = 30.0  # how long a task waits for a Postgres that is being restarted
RETRY_SECONDS = 0.5

Result = TypeVar("Result")

log = logging.getLogger("streaming")


class Counter:
    """Applies batches on a connection of its own."""

    def __init__(self, config: CounterConfig) -> None:
        """Connect and read the shop. Raises psycopg.OperationalError when Postgres stays away for CONNECT_SECONDS."""
        self.config = config
        self._connection = _connect(config.database_url)
        read_memory = partial(ShopMemory, self._connection, config.consumables, config.name)
        erased = Suppression(config.suppression_key) if config.suppression_key else None
        self._isolation = Isolation(self._connection, config.name, read_memory, erased)

    def apply(self, rows: Sequence[BatchRow], is_logged: bool = False) -> BatchReport:
        """Count the rows and make their lists, see `Isolation.apply`; and those that others have left stale.

        Raises psycopg.Error; the counter must not be used again then.
        """
        report = self._isolation.apply(rows, is_logged=is_logged)
        self.make_left_lists()
        return report

    def count(self, rows: Sequence[BatchRow]) -> list[Key]:
        """Count the rows and return which lists are stale; errors as of `apply`."""
        report = self._isolation.apply(rows, with_lists=False, is_logged=True)
        log.info("Counted: %s", report)
        return stale_lists.load(self._connection)

    def make_lists(self, keys: Sequence[Key]) -> int:
        """Make these lists from the newest counts; errors as of `apply`."""
        return make_lists(self._connection, self._isolation.current_memory(), keys)

    def make_left_lists(self) -> int:
        """Make the lists that a killed worker, or a change outside of batches (fence.py), has left stale.

        Returns how many. Errors as of `apply`.
        """
        keys = stale_lists.load(self._connection)
        return self.make_lists(keys) if keys else 0

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


_counters: dict[CounterConfig, Counter] = {}  # of this process: one, but for tests


def with_counter(config: CounterConfig, work: Callable[[Counter], Result]) -> Result:
    """Work with the counter of this process.

    Raises psycopg.Error as `Counter` does: the next call connects and reads the shop again.
    """
    gc.freeze()  # what outlived a batch lives on; PySpark collects garbage after each task, and need not look at it
    try:
        return work(_counter(config))
    except psycopg.Error:
        _close_all()
        raise


def is_ready() -> bool:
    """Whether this process knows the shop."""
    return bool(_counters)


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
