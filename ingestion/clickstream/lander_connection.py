"""One lander's session with the warehouse: which partitions are its own, and rows and offsets in one transaction."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event

import psycopg
from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from ingestion.clickstream.day_partitions import DayPartitions
from ingestion.clickstream.records import Outcome, ranges_of
from ingestion.clickstream.store import Landed, days_of, store

CLAIM_EVERY_SECONDS = 0.1


class LanderBusy(RuntimeError):
    """Other landers of the same group hold every partition, or landed these records meanwhile."""


class LanderConnection:
    """`write` is one transaction: all of a batch or nothing."""

    def __init__(self, connection: psycopg.Connection, group: str):
        """`connection` is in autocommit; the partitions claimed stay claimed until it ends."""
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
        """Take the partitions that no other lander of the group has, `at_most` so many.

        Raises LanderBusy when all of them stay taken for `wait_seconds`, or until `stop` is set.
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
                    f"Another lander of group {self._group} is at work on every partition and did not end within "
                    f"{wait_seconds:.0f} s; this one leaves."
                )

    def next_offsets(self) -> dict[TopicPartition, int]:
        """First offset not landed yet, per partition the group has landed from."""
        rows = self._connection.execute(
            "select topic, partition, next_offset from raw_clickstream.kafka_offsets where consumer_group = %s",
            [self._group],
        )
        return {TopicPartition(topic, partition): offset for topic, partition, offset in rows}

    def write(self, outcomes: Sequence[Outcome]) -> Landed:
        """Land consecutive records of one or more partitions. Raises LanderBusy when they were landed meanwhile."""
        self._days.add(days_of(outcomes))
        try:
            with self._connection.transaction(), self._connection.cursor() as cursor:
                self._advance_offsets(cursor, [record for record, _ in outcomes])
                return store(cursor, outcomes)
        except psycopg.errors.UniqueViolation as error:
            raise LanderBusy("A lander of another group landed the same events at this moment: run again.") from error
        except psycopg.errors.CheckViolation as error:  # no partition for the row
            raise LanderBusy("A day left for the archive while its events came: run again.") from error

    def _advance_offsets(self, cursor: psycopg.Cursor, records: Sequence[ConsumerRecord]) -> None:
        """The fence: offsets move only from where this lander believes them to be."""
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
                    f"Another lander of group {self._group} landed {place[0]} partition {place[1]} meanwhile; "
                    "this one leaves, nothing is landed twice."
                )


@contextmanager
def connect_lander(database_url: str, group: str) -> Iterator[LanderConnection]:
    """A session without a partition yet: see `LanderConnection.claim`."""
    with psycopg.connect(database_url, autocommit=True, application_name=f"lander {group}") as connection:
        yield LanderConnection(connection, group)
