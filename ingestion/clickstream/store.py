"""Writes records to events, bad_events and duplicate_events, each exactly once, in the caller's transaction.

Events are unique by their row in event_ids: days of events can move to the archive and inserts touch only the newest
days, while every id ever seen stays known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, LiteralString

import psycopg
from kafka.consumer.fetcher import ConsumerRecord
from msgspec.structs import astuple

from events.event import Event
from events.rejection import Rejected
from ingestion.clickstream.erased_bytes import naming_erased
from ingestion.clickstream.records import LandedEvent, Outcome, Position, event_key, position_of, ranges_of
from privacy.erasure import BARRIER
from privacy.suppression import suppression

# the columns of `event_row`; landed_at has a default
EVENT_COLUMNS = LandedEvent.__struct_fields__[:-1]


@dataclass(frozen=True)
class Landed:
    """Rows added by one batch; records landed before (in a replay), and of who was erased, count only in `records`."""

    records: int = 0
    events: int = 0
    bad: int = 0
    duplicates: int = 0
    conflicts: int = 0  # those of the duplicates that have another payload than the event landed first
    restored: int = 0  # rows missing from events, written again by a replay

    def __add__(self, other: Landed) -> Landed:
        return Landed(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass
class _Sorted:
    """The events of a batch: to copy, with their lines for event_ids; rows for duplicate_events; landed before.

    No container object per event: the garbage collector would visit all of them again and again.
    """

    new: list[tuple[ConsumerRecord, Event]]
    ids: list[str]
    repeats: list[tuple[Any, ...]]
    landed: list[tuple[ConsumerRecord, Event]]


def event_row(record: ConsumerRecord, event: Event) -> tuple[Any, ...]:
    """The values of EVENT_COLUMNS."""
    return (*astuple(event), record.topic, record.partition, record.offset)


def store(cursor: psycopg.Cursor, outcomes: Sequence[Outcome], restore_missing: bool = False) -> Landed:
    """Land the records; with `restore_missing` also rows that events has lost, unless archived or erased.

    The partitions of the events' days must exist (`days_of`), else it raises psycopg.errors.CheckViolation. Raises
    psycopg.errors.UniqueViolation when another transaction has landed the same ids in the meantime.
    """
    events = [(record, outcome) for record, outcome in outcomes if isinstance(outcome, Event)]
    bad = [(record, outcome) for record, outcome in outcomes if isinstance(outcome, Rejected)]
    events, erased = _without_erased(cursor, events)
    # after a change of the contract, a record must not become both an event and a bad event
    if known := _known_bad(cursor, [record for record, _ in events]):
        events = [(record, event) for record, event in events if position_of(record) not in known]
    if known := _known_good(cursor, [record for record, _ in bad]):
        bad = [(record, why) for record, why in bad if position_of(record) not in known]
    if erased:
        _mark_erased(cursor, erased)
    found = _sort(cursor, events)
    if found.new:
        _copy(cursor, found)
    restored = _restore(cursor, found.landed) if restore_missing and found.landed else 0
    conflicts = _insert_duplicates(cursor, found.repeats) if found.repeats else []
    bad_count = _insert_bad(cursor, bad) if bad else 0
    return Landed(len(outcomes), len(found.new), bad_count, len(conflicts), sum(conflicts), restored)


def _without_erased(
    cursor: psycopg.Cursor, events: list[tuple[ConsumerRecord, Event]]
) -> tuple[list[tuple[ConsumerRecord, Event]], list[tuple[ConsumerRecord, Event]]]:
    """The events that may be landed, and those of persons who were erased after they were collected."""
    # an erasure waits for this transaction before it deletes
    cursor.execute("select pg_advisory_xact_lock_shared(hashtext(%s))", [BARRIER])
    named = (name for _, event in events for name in (event.anonymous_id, event.user_id) if name)
    before = suppression().known(cursor.connection, "visitor", named)  # reads them only when somebody was erased
    if not before:
        return events, []
    kept: list[tuple[ConsumerRecord, Event]] = []
    erased: list[tuple[ConsumerRecord, Event]] = []
    for record, event in events:
        until = max((before[n] for n in (event.anonymous_id, event.user_id) if n in before), default=None)
        (erased if until and event.received_at <= until else kept).append((record, event))
    return kept, erased


def _mark_erased(cursor: psycopg.Cursor, erased: Sequence[tuple[ConsumerRecord, Event]]) -> None:
    rows: dict[str, tuple[Any, ...]] = {}  # a batch may repeat an id; the first record holds it
    for record, event in erased:
        key = event_key(event.event_id)
        rows.setdefault(key, (key, event.received_at.date(), *position_of(record), event.payload_hash))
    cursor.execute(
        """
        insert into raw_clickstream.event_ids as known
            (event_key, day, topic, partition, "offset", payload_hash, erased_at)
        select *, now() from unnest(%s::uuid[], %s::date[], %s::text[], %s::int[], %s::bigint[], %s::uuid[])
        on conflict (event_key) do update set erased_at = coalesce(known.erased_at, now())
        """,
        _columns([*rows.values()]),
    )


def _sort(cursor: psycopg.Cursor, events: Sequence[tuple[ConsumerRecord, Event]]) -> _Sorted:
    keys = [event_key(event.event_id) for _, event in events]
    rows = cursor.execute(
        """
        select event_key, payload_hash, topic, partition, "offset", erased_at is not null
        from raw_clickstream.event_ids where event_key = any(%s::uuid[])
        """,
        [f"{{{','.join(keys)}}}"],
    )
    holders = {row[0].hex: (row[1].hex, Position(*row[2:5]), row[5]) for row in rows}
    found = _Sorted([], [], [], [])
    seen: dict[str, int] = {}  # key -> place in `new`
    for outcome, key in zip(events, keys, strict=True):
        record, event = outcome
        holder = holders.get(key)
        if holder is None and seen.setdefault(key, len(found.new)) == len(found.new):
            found.new.append(outcome)
            day = event.received_at.date()
            # none of these values needs escaping in COPY text format
            found.ids.append(
                f"{key}\t{day}\t{record.topic}\t{record.partition}\t{record.offset}\t{event.payload_hash}\n"
            )
            continue
        if holder is None:
            first, first_event = found.new[seen[key]]
            holder = first_event.payload_hash, position_of(first), False
        if holder[1] == position_of(record):
            found.landed.append(outcome)
        else:
            is_conflict = holder[0] != event.payload_hash
            value = record.value if is_conflict and not holder[2] else None  # nothing is kept of who was erased
            found.repeats.append((*position_of(record), event.event_id, is_conflict, value))
    return found


def _copy(cursor: psycopg.Cursor, found: _Sorted) -> None:
    _copy_events(cursor, found.new)
    columns = '(event_key, day, topic, partition, "offset", payload_hash)'
    with cursor.copy(f"copy raw_clickstream.event_ids {columns} from stdin") as copy:
        copy.write("".join(sorted(found.ids)))  # in the order of the index: half as many page visits


def _copy_events(cursor: psycopg.Cursor, events: Iterable[tuple[ConsumerRecord, Event]]) -> None:
    with cursor.copy(f"copy raw_clickstream.events ({', '.join(EVENT_COLUMNS)}) from stdin") as copy:
        for record, event in events:
            copy.write_row(event_row(record, event))


def _restore(cursor: psycopg.Cursor, landed: Sequence[tuple[ConsumerRecord, Event]]) -> int:
    """Copy again the events that are in event_ids but not in events; returns how many."""
    times = [event.received_at for _, event in landed]
    present: set[Position] = set()
    for (topic, partition), (first, last) in ranges_of(record for record, _ in landed).items():
        rows = cursor.execute(
            """
            select kafka_topic, kafka_partition, kafka_offset from raw_clickstream.events
            where
                received_at between %s and %s and kafka_topic = %s and kafka_partition = %s
                and kafka_offset between %s and %s
            """,
            [min(times), max(times), topic, partition, first, last],
        )
        present.update(Position(*row) for row in rows)
    missing = {
        event_key(event.event_id): (record, event) for record, event in landed if position_of(record) not in present
    }
    if not missing:
        return 0
    gone = cursor.execute(
        """
        select event_key from raw_clickstream.event_ids
        where
            event_key = any(%s::uuid[])
            and (erased_at is not null or day in (select day from ops.archived_days where restored_at is null))
        """,
        [list(missing)],
    )
    for (key,) in gone.fetchall():
        del missing[key.hex]
    _copy_events(cursor, missing.values())
    return len(missing)


def days_of(outcomes: Iterable[Outcome]) -> set[date]:
    """The UTC days of `received_at`: those whose partitions the events of a batch need."""
    return {outcome.received_at.date() for _, outcome in outcomes if isinstance(outcome, Event)}


def _known_bad(cursor: psycopg.Cursor, records: Sequence[ConsumerRecord]) -> set[Position]:
    query: LiteralString = """
        select topic, partition, "offset" from raw_clickstream.bad_events
        where topic = %(topic)s and partition = %(partition)s and "offset" between %(first)s and %(last)s
        """
    return _in_ranges(cursor, query, records)


def _known_good(cursor: psycopg.Cursor, records: Sequence[ConsumerRecord]) -> set[Position]:
    query: LiteralString = """
        select topic, partition, "offset" from raw_clickstream.duplicate_events
        where topic = %(topic)s and partition = %(partition)s and "offset" between %(first)s and %(last)s
        union all
        select kafka_topic, kafka_partition, kafka_offset from raw_clickstream.events
        where
            kafka_topic = %(topic)s and kafka_partition = %(partition)s
            and kafka_offset between %(first)s and %(last)s
        """
    return _in_ranges(cursor, query, records)


def _in_ranges(cursor: psycopg.Cursor, query: LiteralString, records: Sequence[ConsumerRecord]) -> set[Position]:
    found: set[Position] = set()
    for (topic, partition), (first, last) in ranges_of(records).items():
        values = {"topic": topic, "partition": partition, "first": first, "last": last}
        found.update(Position(*row) for row in cursor.execute(query, values))
    return found


def _insert_duplicates(cursor: psycopg.Cursor, repeats: list[tuple[Any, ...]]) -> list[bool]:
    """Save each repeat's position and a conflict's bytes; returns `is_conflict` of each row added."""
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


def _insert_bad(cursor: psycopg.Cursor, bad: Sequence[tuple[ConsumerRecord, Rejected]]) -> int:
    of_erased = naming_erased(cursor, bad)
    rows: list[tuple[Any, ...]] = []
    for record, why in bad:
        position = position_of(record)
        if position in of_erased:  # only that there was one
            rows.append((*position, why.reason, None, None, len(record.value), datetime.now(UTC)))
        else:
            rows.append((*position, why.reason, why.detail, record.value, None, None))
    return cursor.execute(
        """
        insert into raw_clickstream.bad_events
            (topic, partition, "offset", reason, detail, payload, bytes_count, bytes_forgotten_at)
        select * from unnest(
            %s::text[], %s::int[], %s::bigint[], %s::text[], %s::text[], %s::bytea[], %s::int[], %s::timestamptz[]
        )
        on conflict do nothing
        """,
        _columns(rows),
    ).rowcount


def _columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
