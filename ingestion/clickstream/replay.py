"""Lands records again: bad events that are valid after a change of the contract, and log ranges whose rows were lost.

Both are dry runs unless applied: the same statements, rolled back at the end, so that the counts are exact. Both are
idempotent: what is in raw already stays as it is. Each applied replay is a row of ops.audit_log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import psycopg
from kafka import TopicPartition

from comptoir.audit import Action, operator, write_audit
from comptoir.kafka_access import Bootstrap
from events.event import Event
from events.rejection import Rejected
from ingestion.clickstream.day_partitions import DayPartitions
from ingestion.clickstream.errors import LanderBusy
from ingestion.clickstream.kafka_log import KafkaLog, open_log
from ingestion.clickstream.lander_connection import next_offsets
from ingestion.clickstream.landing import BATCH_RECORDS, GROUP
from ingestion.clickstream.records import Outcome, Position, position_of, read_record, read_value, record_at
from ingestion.clickstream.store import Landed, days_of, store

# the bytes of an event that the collector refused, and when it arrived -> what today's collector makes of it
Revalidate = Callable[[bytes, datetime], Event | Rejected]


@dataclass(frozen=True)
class Replay:
    """What was selected, and what was done, or would have been done if not applied; counts are numbers of records."""

    action: Action
    subject: dict[str, Any]
    counts: dict[str, int]
    is_applied: bool


@dataclass(frozen=True)
class BadFilter:
    """Which bad events: those with this reason code, landed from `since` up to, but not including, `until`."""

    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def replay_bad(
    database_url: str, chosen: BadFilter, revalidate: Revalidate, bad_topic: str, apply: bool = False
) -> Replay:
    """Validate the chosen bad events again; those that are valid now move to events (or to duplicate_events).

    Records of `bad_topic` go through `revalidate`, those of other topics through `parse`. Raises LanderBusy when a
    lander writes the same events at the same moment, psycopg.Error when Postgres fails; batches applied before stay.
    """
    examined, total = 0, Landed()
    with _connect(database_url, apply) as connection:
        for rows in _bad_rows(connection, chosen):
            examined += len(rows)
            outcomes = [_validate_again(position, value, at, revalidate, bad_topic) for position, value, at in rows]
            good = [(record, event) for record, event in outcomes if isinstance(event, Event)]
            if good:
                total += _move(connection, good)
        counts = {
            "examined": examined,
            "still_bad": examined - total.records,
            "events": total.events,
            "duplicates": total.duplicates,
            "conflicts": total.conflicts,
        }
        return _finish(connection, "replay bad", asdict(chosen), counts, apply)


def replay_range(
    bootstrap: Bootstrap, database_url: str, choose: Callable[[KafkaLog], Mapping[TopicPartition, tuple[int, int]]],
    topics: list[str], subject: dict[str, Any], apply: bool = False, group: str = GROUP,
) -> Replay:  # fmt: skip
    """Read a part of the log again and land what raw lacks, also rows that events has lost, unless archived or erased.

    `choose` gives the first offset and the end (not included) per partition: see `between_times` and
    `between_offsets`. What the group's lander has not landed yet is left to it. `subject` describes the selection in
    ops.audit_log. Raises KafkaUnavailable, LanderBusy when a lander writes the same events at the same moment,
    psycopg.Error when Postgres fails; batches applied before stay.
    """
    total, expired = Landed(), 0
    with open_log(bootstrap, topics) as kafka_log, _connect(database_url, apply) as connection:
        landed = next_offsets(connection, group)
        ranges: dict[TopicPartition, tuple[int, int]] = {}
        bounds = kafka_log.bounds(kafka_log.partitions())
        for partition, (first, end) in choose(kafka_log).items():
            held_from, held_to = bounds[partition]
            end = min(end, held_to, landed.get(partition, 0))
            expired += max(0, min(held_from, end) - first)
            if max(first, held_from) < end:
                ranges[partition] = (max(first, held_from), end)
        kafka_log.assign_ranges(ranges)
        while records := kafka_log.read(BATCH_RECORDS, seconds=float("inf")):
            total += _store(connection, [read_record(record) for record in records], restore_missing=True)
        counts = {
            "examined": total.records,
            "unchanged": total.records - total.events - total.bad - total.duplicates - total.restored,
            "events": total.events,
            "restored": total.restored,
            "bad": total.bad,
            "duplicates": total.duplicates,
            "conflicts": total.conflicts,
            "expired_in_kafka": expired,
        }
        return _finish(connection, "replay range", subject, counts, apply)


def between_times(
    since: datetime | None, until: datetime | None
) -> Callable[[KafkaLog], dict[TopicPartition, tuple[int, int]]]:
    """Selects the records that Kafka received from `since` up to, but not including, `until`.

    None is the beginning or the end of the log.
    """

    def choose(kafka_log: KafkaLog) -> dict[TopicPartition, tuple[int, int]]:
        partitions = kafka_log.partitions()
        bounds = kafka_log.bounds(partitions)
        first = kafka_log.offsets_at(partitions, since) if since else {p: bounds[p][0] for p in partitions}
        last = kafka_log.offsets_at(partitions, until) if until else {p: bounds[p][1] for p in partitions}

        def offset(found: int | None, partition: TopicPartition) -> int:
            return bounds[partition][1] if found is None else found

        return {p: (offset(first[p], p), offset(last[p], p)) for p in partitions}

    return choose


def between_offsets(
    topic: str, partition: int, first: int, end: int
) -> Callable[[KafkaLog], dict[TopicPartition, tuple[int, int]]]:
    """Selects the offsets from `first` up to, but not including, `end` of one partition."""
    return lambda kafka_log: {TopicPartition(topic, partition): (first, end)}


@contextmanager
def _connect(database_url: str, apply: bool) -> Iterator[psycopg.Connection]:
    """If applied, each batch commits on its own; otherwise everything is rolled back at the end."""
    with psycopg.connect(database_url, autocommit=True, application_name="replay") as connection:
        outer: AbstractContextManager[Any] = nullcontext() if apply else connection.transaction(force_rollback=True)
        with outer:
            yield connection


def _finish(
    connection: psycopg.Connection, action: Action, subject: dict[str, Any], counts: dict[str, int], apply: bool
) -> Replay:
    described = {name: str(value) for name, value in subject.items() if value is not None}
    if apply:
        write_audit(connection, action, described, counts, operator())
    return Replay(action, described, counts, apply)


def _store(connection: psycopg.Connection, outcomes: Sequence[Outcome], restore_missing: bool) -> Landed:
    try:
        with connection.transaction(), connection.cursor() as cursor:
            DayPartitions(connection).add(days_of(outcomes))
            return store(cursor, outcomes, restore_missing)
    except psycopg.errors.UniqueViolation as error:
        raise LanderBusy("A lander landed the same events at the same moment: run the replay again.") from error


def _bad_rows(
    connection: psycopg.Connection, chosen: BadFilter
) -> Iterator[list[tuple[Position, bytes | None, datetime]]]:
    after = Position("", -1, -1)
    while True:
        rows = connection.execute(
            """
            select topic, partition, "offset", payload, landed_at from raw_clickstream.bad_events
            where
                (topic, partition, "offset") > (%(topic)s, %(partition)s, %(offset)s)
                and bytes_forgotten_at is null
                and (%(reason)s::text is null or reason = %(reason)s)
                and (%(since)s::timestamptz is null or landed_at >= %(since)s)
                and (%(until)s::timestamptz is null or landed_at < %(until)s)
            order by topic, partition, "offset" limit %(limit)s
            """,
            after._asdict() | asdict(chosen) | {"limit": 1_000},
        ).fetchall()
        if not rows:
            return
        after = Position(*rows[-1][:3])
        yield [(Position(*row[:3]), row[3], row[4]) for row in rows]


def _validate_again(
    position: Position, value: bytes | None, landed_at: datetime, revalidate: Revalidate, bad_topic: str
) -> Outcome:
    outcome = revalidate(value or b"", landed_at) if position.topic == bad_topic else read_value(value)
    return record_at(position, value), outcome


def _move(connection: psycopg.Connection, good: Sequence[Outcome]) -> Landed:
    """From bad_events to events, in one transaction."""
    with connection.transaction(), connection.cursor() as cursor:
        rows = cursor.execute(
            """
            delete from raw_clickstream.bad_events as bad
            using unnest(%s::text[], %s::int[], %s::bigint[]) as chosen (topic, partition, "offset")
            where
                bad.topic = chosen.topic and bad.partition = chosen.partition and bad."offset" = chosen."offset"
            returning bad.topic, bad.partition, bad."offset"
            """,
            [[getattr(record, name) for record, _ in good] for name in ("topic", "partition", "offset")],
        )
        taken = {Position(*row) for row in rows}  # another replay may have moved some of them
        moved = [(record, event) for record, event in good if position_of(record) in taken]
        return _store(connection, moved, restore_missing=False)
