"""Writes clickstream records into raw_clickstream: rows and offsets in one transaction, each event id once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from msgspec.structs import astuple

from ingestion.clickstream_event import Event, Rejected, parse

EVENT_COLUMNS = (*Event.__struct_fields__, "kafka_topic", "kafka_partition", "kafka_offset")

# a record and what it turned out to be
Outcome = tuple[ConsumerRecord, Event | Rejected]


class LanderBusy(RuntimeError):
    """Another lander of the same group is at work."""


@dataclass(frozen=True)
class Landed:
    """What one batch added; records landed before (a replay) are in `records` only."""

    records: int = 0
    events: int = 0
    bad: int = 0
    duplicates: int = 0
    conflicts: int = 0

    def __add__(self, other: Landed) -> Landed:
        return Landed(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


class RawClickstream:
    """One lander's session with the warehouse. `write` is one transaction: all of a batch or nothing."""

    def __init__(self, connection: psycopg.Connection, group: str):
        self._connection, self._group = connection, group

    def next_offsets(self) -> dict[TopicPartition, int]:
        rows = self._connection.execute(
            "select topic, partition, next_offset from raw_clickstream.kafka_offsets where consumer_group = %s",
            [self._group],
        )
        return {TopicPartition(topic, partition): offset for topic, partition, offset in rows}

    def write(self, outcomes: Sequence[Outcome]) -> Landed:
        """Land consecutive records of one or more partitions. Raises LanderBusy when they were landed meanwhile."""
        bad = [(record, outcome) for record, outcome in outcomes if isinstance(outcome, Rejected)]
        events = [(record, outcome) for record, outcome in outcomes if isinstance(outcome, Event)]
        try:
            with self._connection.transaction(), self._connection.cursor() as cursor:
                self._advance_offsets(cursor, [record for record, _ in outcomes])
                new, repeats = self._split_off_repeats(cursor, events)
                self._copy(cursor, new)
                conflicts = self._insert_duplicates(cursor, repeats) if repeats else []
                bad_count = self._insert_bad(cursor, bad) if bad else 0
        except psycopg.errors.UniqueViolation as error:
            raise LanderBusy("A lander of another group landed the same events at this moment: run again.") from error
        return Landed(len(outcomes), len(new), bad_count, len(conflicts), sum(conflicts))

    def _advance_offsets(self, cursor: psycopg.Cursor, records: Sequence[ConsumerRecord]) -> None:
        """The fence: offsets move only from where this lander believes them to be."""
        first: dict[TopicPartition, int] = {}
        after: dict[TopicPartition, int] = {}
        for record in records:
            partition = TopicPartition(record.topic, record.partition)
            first.setdefault(partition, record.offset)
            after[partition] = record.offset + 1
        for partition in sorted(first):
            moved = cursor.execute(
                """
                insert into raw_clickstream.kafka_offsets as known (consumer_group, topic, partition, next_offset)
                values (%s, %s, %s, %s)
                on conflict (consumer_group, topic, partition) do update
                    set next_offset = excluded.next_offset, updated_at = now()
                    where known.next_offset = %s
                """,
                [self._group, *partition, after[partition], first[partition]],
            ).rowcount
            if not moved:
                raise LanderBusy(
                    f"Another lander of group {self._group} landed {partition.topic} partition "
                    f"{partition.partition} meanwhile; this one leaves, nothing is landed twice."
                )

    def _split_off_repeats(
        self, cursor: psycopg.Cursor, events: Sequence[tuple[ConsumerRecord, Event]]
    ) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """Rows for `events`, and rows for `duplicate_events`: records whose id another record holds.

        A record that holds its id itself is being replayed and is neither.
        """
        found = cursor.execute(
            """
            select event_id, payload_hash, kafka_topic, kafka_partition, kafka_offset
            from raw_clickstream.events where event_id = any(%s)
            """,
            [[event.event_id for _, event in events]],
        )
        holders = {row[0]: row[1:] for row in found}
        new, repeats = [], []
        for record, event in events:
            position = (record.topic, record.partition, record.offset)
            holder = holders.get(event.event_id)
            if holder is None:
                holders[event.event_id] = (event.payload_hash, *position)
                new.append((*astuple(event), *position))
            elif holder[1:] != position:
                is_conflict = holder[0] != event.payload_hash
                repeats.append((*position, event.event_id, is_conflict, record.value if is_conflict else None))
        return new, repeats

    def _copy(self, cursor: psycopg.Cursor, rows: Iterable[tuple[Any, ...]]) -> None:
        with cursor.copy(f"copy raw_clickstream.events ({', '.join(EVENT_COLUMNS)}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)

    def _insert_duplicates(self, cursor: psycopg.Cursor, repeats: list[tuple[Any, ...]]) -> list[bool]:
        """Keep each repeat's position and, of a conflict, its bytes; returns is_conflict of each row added."""
        cursor.execute(
            """
            insert into raw_clickstream.duplicate_events (topic, partition, "offset", event_id, is_conflict, payload)
            select * from unnest(%s::text[], %s::int[], %s::bigint[], %s::text[], %s::boolean[], %s::bytea[])
            on conflict do nothing
            returning is_conflict
            """,
            _columns(repeats),
        )
        return [is_conflict for (is_conflict,) in cursor.fetchall()]

    def _insert_bad(self, cursor: psycopg.Cursor, bad: list[tuple[ConsumerRecord, Rejected]]) -> int:
        rows = [(r.topic, r.partition, r.offset, why.reason, why.detail, r.value) for r, why in bad]
        return cursor.execute(
            """
            insert into raw_clickstream.bad_events (topic, partition, "offset", reason, detail, payload)
            select * from unnest(%s::text[], %s::int[], %s::bigint[], %s::text[], %s::text[], %s::bytea[])
            on conflict do nothing
            """,
            _columns(rows),
        ).rowcount


@contextmanager
def open_raw_clickstream(database_url: str, group: str, wait_seconds: float) -> Iterator[RawClickstream]:
    """A session that holds the group's lock. Raises LanderBusy when another holds it for `wait_seconds`."""
    with psycopg.connect(database_url, autocommit=True, application_name=f"lander {group}") as connection:
        try:
            connection.execute("select set_config('lock_timeout', %s, false)", [f"{int(wait_seconds * 1000)}ms"])
            # held until the connection ends, so a killed lander frees it
            connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [f"lander {group}"])
        except psycopg.errors.LockNotAvailable as error:
            raise LanderBusy(
                f"Another lander of group {group} is at work and did not end within {wait_seconds:.0f} s; "
                "this one leaves."
            ) from error
        yield RawClickstream(connection, group)


def read_record(record: ConsumerRecord) -> Outcome:
    """A record with the header `reason` was refused by the collector, in whichever topic it lies; others are parsed."""
    for name, value in record.headers:
        if name == "reason":
            return record, Rejected(_header_text(value), _header_text(dict(record.headers).get("detail")))
    return record, parse(record.value)


def _header_text(value: bytes | None) -> str:
    return (value or b"").decode(errors="replace").replace("\0", "")


def _columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
