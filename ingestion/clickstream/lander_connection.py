"""One lander's connection to the warehouse: Kafka partitions it has claimed, rows and offsets in one transaction."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event

import psycopg
from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from comptoir.isolation import isolate, reason_of
from events.rejection import Rejected
from ingestion.clickstream.day_partitions import DayPartitions
from ingestion.clickstream.errors import LanderBusy
from ingestion.clickstream.records import Outcome, position_of, ranges_of
from ingestion.clickstream.store import Landed, days_of, store

log = logging.getLogger(__name__)

CLAIM_EVERY_SECONDS = 0.1


class LanderConnection:
    """Claims partitions, then writes batches; the claims last as long as the connection."""

    def __init__(self, connection: psycopg.Connection, group: str):
        """`connection` is in autocommit mode. Creates the day partitions of today and tomorrow."""
        self._connection, self._group = connection, group
        self._days = DayPartitions(connection)
        self._days.add_ahead()

    def claim(
        self,
        partitions: Sequence[TopicPartition],
        wait_seconds: float,
        at_most: int | None = None,
        stop: Event | None = None,
    ) -> list[TopicPartition]:
        """Claim the partitions that no other lander of the group has, at most `at_most` of them.

        Raises LanderBusy when every partition stays taken for `wait_seconds`, or until `stop` is set.
        """
        stop = stop or Event()
        deadline = time.monotonic() + wait_seconds
        while True:
            mine: list[TopicPartition] = []
            for partition in partitions:
                if len(mine) == at_most:
                    break
                # held until the connection ends, so a killed lander frees it
                name = f"lander {self._group} {partition.topic}/{partition.partition}"
                asked = self._connection.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
                if (asked.fetchone() or (False,))[0]:
                    mine.append(partition)
            if mine:
                return mine
            if stop.wait(CLAIM_EVERY_SECONDS) or time.monotonic() > deadline:
                raise LanderBusy(
                    f"Other landers of group {self._group} held every partition for {wait_seconds:.0f} s: "
                    "nothing was landed. Run again when they have ended."
                )

    def next_offsets(self) -> dict[TopicPartition, int]:
        """`next_offsets` of this lander's group."""
        return next_offsets(self._connection, self._group)

    def write(self, outcomes: Sequence[Outcome]) -> Landed:
        """Land records, those of a partition consecutive and in order, in one transaction unless one cannot be stored.

        That one is then found by halving, and kept as a bad record with the error; the others land. Raises LanderBusy
        when another lander has landed them in the meantime, psycopg.Error when Postgres fails.
        """
        return sum(isolate(outcomes, self._write, self._write_as_bad), Landed())

    def _write_as_bad(self, outcome: Outcome, error: Exception) -> Landed:
        record, found = outcome
        if isinstance(found, Rejected):  # not the event is at fault
            raise error
        why = Rejected("unstorable", reason_of(error))
        log.error("Record %s is kept as bad: %s", position_of(record), why.detail)
        return self._write([(record, why)])

    def _write(self, outcomes: Sequence[Outcome]) -> Landed:
        """All of the records, or none of them."""
        self._days.add(days_of(outcomes))
        try:
            with self._connection.transaction(), self._connection.cursor() as cursor:
                self._advance_offsets(cursor, [record for record, _ in outcomes])
                return store(cursor, outcomes)
        except psycopg.errors.UniqueViolation as error:
            raise LanderBusy(
                "A lander of another group landed the same events at the same moment: nothing was written, run again."
            ) from error
        except psycopg.errors.CheckViolation as error:
            # a rule of the table has a name, and a trigger names no table: else there is no partition for the row
            if error.diag.constraint_name or not error.diag.table_name:
                raise
            raise LanderBusy(
                "A day was archived while its events were being landed: nothing was written, run again."
            ) from error

    def _advance_offsets(self, cursor: psycopg.Cursor, records: Sequence[ConsumerRecord]) -> None:
        """The fence: an offset moves only from the value this lander expects."""
        for place, (first, last) in sorted(ranges_of(records).items()):
            moved = cursor.execute(
                """
                insert into raw_clickstream.kafka_offsets as known (consumer_group, topic, partition, next_offset)
                values (%s, %s, %s, %s)
                on conflict (consumer_group, topic, partition) do update
                    set next_offset = excluded.next_offset, updated_at = now()
                    where known.next_offset = %s
                """,
                [self._group, *place, last + 1, first],
            ).rowcount
            if not moved:
                raise LanderBusy(
                    f"Another lander of group {self._group} landed {place[0]} partition {place[1]} in the meantime: "
                    "this one stops, nothing is landed twice."
                )


def next_offsets(connection: psycopg.Connection, group: str) -> dict[TopicPartition, int]:
    """First offset not landed yet, per partition from which the group has landed."""
    rows = connection.execute(
        "select topic, partition, next_offset from raw_clickstream.kafka_offsets where consumer_group = %s", [group]
    )
    return {TopicPartition(topic, partition): offset for topic, partition, offset in rows}


@contextmanager
def connect_lander(database_url: str, group: str) -> Iterator[LanderConnection]:
    """A connection that has claimed nothing yet. Raises psycopg.OperationalError when Postgres cannot be reached."""
    with psycopg.connect(database_url, autocommit=True, application_name=f"lander {group}") as connection:
        yield LanderConnection(connection, group)
