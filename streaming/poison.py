"""Records that the stream cannot count: each is set apart with its reason, and the others of its batch count.

The record itself is in raw_clickstream; serving.poison_records says which one it is and why. Once the reason is gone,
`comptoir recommendations rebuild` does not bring it back: delete its row and reset the stream's offsets to before it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from itertools import chain, groupby

import psycopg

from comptoir.isolation import is_data_error, isolate
from streaming import state
from streaming.batch import BatchReport, apply_batch
from streaming.batch_rows import BatchRow
from streaming.memory import ShopMemory

log = logging.getLogger("streaming")

MAX_ERROR = 500  # characters

Record = list[BatchRow]  # the rows of one record of the topic: an order has one a product


class Isolation:
    """Applies batches, and holds the shop's memory, which is read again after a batch that failed."""

    def __init__(
        self, connection: psycopg.Connection, name: state.StreamName, read_memory: Callable[[], ShopMemory]
    ) -> None:
        self._connection, self._name, self._read_memory = connection, name, read_memory
        self._memory = read_memory()

    def apply(self, rows: Sequence[BatchRow]) -> BatchReport:
        """Count the rows; of a batch that cannot be written, all records but those that fail alone.

        Raises psycopg.Error when no record is at fault: Postgres is away, or has no space.
        """
        try:
            return apply_batch(self._connection, self._memory, self._name, rows)
        except Exception as error:
            if not is_data_error(error):
                raise
            log.warning("A batch of %d rows is halved, because of: %s", len(rows), error)
            self._memory = self._read_memory()
        reports = isolate(_records(rows), self._apply_records, self._set_apart)
        return BatchReport.total(reports)

    def _apply_records(self, records: Sequence[Record]) -> BatchReport:
        try:
            return apply_batch(self._connection, self._memory, self._name, list(chain.from_iterable(records)))
        except Exception:
            self._memory = self._read_memory()
            raise

    def _set_apart(self, record: Record, error: Exception) -> BatchReport:
        partition, offset, event = record[0]
        reason = f"{type(error).__name__}: {error}"[:MAX_ERROR]
        log.error("Record %s/%s of %s is set apart: %s", partition, offset, self._name.topic, reason)
        with self._connection.transaction():
            state.note_poison(self._connection, self._name, partition, offset, event.event_id, reason)
            state.write_offsets(self._connection, self._name, {partition: offset + 1})
        return BatchReport(rows=len(record), replayed=0, duplicates=0, events=0, visitors=0, set_apart=1)


def _records(rows: Sequence[BatchRow]) -> list[Record]:
    """The rows by record, in the order of the log."""

    def place(row: BatchRow) -> tuple[int, int]:
        return row.partition, row.offset

    return [list(record) for _, record in groupby(sorted(rows, key=place), place)]
