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

# a repeat is a record whose id another record holds; the same position again is a replay and changes nothing
REPEATS = """
select landing.kafka_topic, landing.kafka_partition, landing.kafka_offset, landing.event_id,
       landing.payload_hash <> events.payload_hash
from landing
inner join raw_clickstream.events as events using (event_id)
where (events.kafka_topic, events.kafka_partition, events.kafka_offset)
   <> (landing.kafka_topic, landing.kafka_partition, landing.kafka_offset)
"""


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
        connection.execute(
            "create temp table landing (like raw_clickstream.events including defaults) on commit delete rows"
        )

    def next_offsets(self) -> dict[TopicPartition, int]:
        rows = self._connection.execute(
            "select topic, partition, next_offset from raw_clickstream.kafka_offsets where consumer_group = %s",
            [self._group],
        )
        return {TopicPartition(topic, partition): offset for topic, partition, offset in rows}

    def write(self, records: Sequence[ConsumerRecord]) -> Landed:
        """Land consecutive records of one or more partitions. Raises LanderBusy when they were landed meanwhile."""
        with self._connection.transaction(), self._connection.cursor() as cursor:
            self._advance_offsets(cursor, records)
            bad = self._copy_good(cursor, records)
            events = cursor.execute(
                "insert into raw_clickstream.events table landing on conflict (event_id) do nothing"
            ).rowcount
            expected = len(records) - len(bad)
            repeats = cursor.execute(REPEATS).fetchall() if events < expected else []
            conflicts = self._insert_duplicates(cursor, records, repeats) if repeats else []
            bad_count = self._insert_bad(cursor, bad) if bad else 0
        return Landed(len(records), events, bad_count, len(conflicts), sum(conflicts))

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

    def _copy_good(
        self, cursor: psycopg.Cursor, records: Iterable[ConsumerRecord]
    ) -> list[tuple[ConsumerRecord, Rejected]]:
        """COPY the events to `landing`; return the bad records with their reasons."""
        bad: list[tuple[ConsumerRecord, Rejected]] = []
        with cursor.copy(f"copy landing ({', '.join(EVENT_COLUMNS)}) from stdin") as copy:
            for record in records:
                outcome = refused_by_collector(record) or parse(record.value)
                if isinstance(outcome, Rejected):
                    bad.append((record, outcome))
                else:
                    copy.write_row((*astuple(outcome), record.topic, record.partition, record.offset))
        return bad

    def _insert_duplicates(
        self, cursor: psycopg.Cursor, records: Sequence[ConsumerRecord], repeats: list[Any]
    ) -> list[bool]:
        """Keep each repeat's position and, of a conflict, its bytes; returns is_conflict of each row added."""
        values = {(record.topic, record.partition, record.offset): record.value for record in records}
        payloads = [values[tuple(row[:3])] if row[4] else None for row in repeats]
        cursor.execute(
            """
            insert into raw_clickstream.duplicate_events (topic, partition, "offset", event_id, is_conflict, payload)
            select * from unnest(%s::text[], %s::int[], %s::bigint[], %s::text[], %s::boolean[], %s::bytea[])
            on conflict do nothing
            returning is_conflict
            """,
            [*_columns(repeats), payloads],
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


def refused_by_collector(record: ConsumerRecord) -> Rejected | None:
    """A record with the header `reason` was refused by the collector, in whichever topic it lies."""
    headers = dict(record.headers)
    if "reason" not in headers:
        return None
    return Rejected(_header_text(headers["reason"]), _header_text(headers.get("detail")))


def _header_text(value: bytes | None) -> str:
    return (value or b"").decode(errors="replace").replace("\0", "")


def _columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
