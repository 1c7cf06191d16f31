"""Records that the stream cannot count: each is set apart with its reason, and the others of its batch count.

The record itself is in raw_clickstream; serving.poison_records says which one it is and why. Once the reason is gone,
stop the stream, delete the row, set the partition's next_offset in serving.stream_offsets to the record's, and start
the stream: it counts the record, and knows those after it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, groupby
from operator import itemgetter

import psycopg

from comptoir.isolation import isolate, reason_of
from privacy.suppression import Suppression
from streaming import state
from streaming.batch import apply_batch
from streaming.batch_report import BatchReport
from streaming.batch_rows import BatchRow
from streaming.memory import ShopMemory
from streaming.state import StaleMemory

log = logging.getLogger("streaming")

Record = list[BatchRow]  # the rows of one record of the topic: an order has one a product
_place = itemgetter(0, 1)  # partition, offset


class Isolation:
    """Applies batches, and holds the shop's memory, which is read again after a batch that failed."""

    def __init__(
        self,
        connection: psycopg.Connection,
        name: state.StreamName,
        read_memory: Callable[[], ShopMemory],
        erased: Suppression | None = None,
    ) -> None:
        self._connection, self._name, self._read_memory = connection, name, read_memory
        self._erased = erased
        self._memory: ShopMemory | None = read_memory()

    def apply(self, rows: Sequence[BatchRow], with_lists: bool = True, is_logged: bool = False) -> BatchReport:
        """Count the rows; of a batch that cannot be written, all records but those that fail alone.

        `with_lists`, `is_logged`: see `apply_batch`. Raises psycopg.Error when no record is at fault: Postgres is away,
        or has no space.
        """
        records = [list(record) for _, record in groupby(sorted(rows, key=_place), _place)]
        write = partial(self._apply_records, with_lists=with_lists, is_logged=is_logged)
        return BatchReport.total(isolate(records, write, self._set_apart))

    def current_memory(self) -> ShopMemory:
        """The shop as it is counted now. Raises psycopg.Error."""
        if self._memory is None or not self._memory.catch_up(self._name):
            self._memory = self._read_memory()
        return self._memory

    def _apply_records(self, records: Sequence[Record], with_lists: bool, is_logged: bool) -> BatchReport:
        rows = list(chain.from_iterable(records))
        while True:
            memory, self._memory = (
                self._memory or self._read_memory(),
                None,
            )  # a batch that fails leaves it half changed
            try:
                report = apply_batch(self._connection, memory, self._name, rows, with_lists, is_logged, self._erased)
            except StaleMemory as stale:
                log.info("Another worker has counted: %s", stale)
                self._memory = memory if memory.catch_up(self._name) else None
                continue
            self._memory = memory
            return report

    def _set_apart(self, record: Record, error: Exception) -> BatchReport:
        partition, offset, event, *_ = record[0]
        reason = reason_of(error)
        log.error("Record %s/%s of %s is set apart: %s", partition, offset, self._name.topic, reason)
        with self._connection.transaction():
            state.note_poison(self._connection, self._name, partition, offset, event.event_id, reason)
            fence = state.lock_offsets(self._connection, self._name)
            if offset >= fence.get(partition, 0):  # another worker with the same batch may be further
                state.write_offsets(self._connection, self._name, {partition: offset + 1})
        return BatchReport(rows=len(record), replayed=0, duplicates=0, events=0, visitors=0, set_apart=1)
