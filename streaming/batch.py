"""One micro-batch: from parsed rows to counts and lists, in one transaction fenced by offsets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import psycopg

from recommendations.scoring import event_clock
from recommendations.session_counts import PairKey, PairWeight, ProductEvent, pair_changes, product_counts
from recommendations.visits import RECENT_EVENTS
from streaming import publish, state
from streaming.memory import ShopMemory
from streaming.product_events import KINDS, WITHDRAWN

Sessions = dict[state.SessionKey, list[ProductEvent]]


class BatchRow(NamedTuple):
    """A row of `product_events.ARROW_SCHEMA`."""

    partition: int
    offset: int
    event_id: str
    product_id: str
    visitor_id: str
    session_id: str
    kind: str
    category: str
    occurred_at: datetime


@dataclass(frozen=True)
class BatchReport:
    """What a batch did; `replayed` rows were behind the fence, `duplicates` had a known event id."""

    rows: int
    replayed: int
    duplicates: int
    events: int
    visitors: int


def apply_batch(
    connection: psycopg.Connection, memory: ShopMemory, name: state.StreamName, rows: Iterable[BatchRow]
) -> BatchReport:
    """Count the rows that are new and replace the lists they touch. All or nothing, however often it is called.

    On an error the transaction is rolled back and `memory` must not be used again.
    """
    ordered = sorted(rows, key=lambda row: (row.partition, row.offset))
    with connection.transaction():
        fence = state.lock_offsets(connection, name)
        fresh = [row for row in ordered if row.offset >= fence.get(row.partition, 0)]
        events = _first_of_each(connection, fresh)
        recent = state.load_recent(connection, {event.visitor_id for event in events})
        sessions = _sessions(connection, events, recent)
        memory.load(event.product_id for some in (events, *recent.values(), *sessions.values()) for event in some)

        latest_word = {row.visitor_id: row.kind for row in fresh if row.visitor_id}
        withdrawn = {visitor for visitor, kind in latest_word.items() if kind == WITHDRAWN}
        with connection.pipeline():  # Postgres writes the one while the next is made here; nothing is read any more
            state.write_offsets(connection, name, {row.partition: row.offset + 1 for row in fresh})
            publish.remove_visitors(connection, withdrawn)
            if events:
                pairs = _count(connection, memory, events, sessions)
                for event in events:
                    recent.setdefault(event.visitor_id, []).append(event)
                to_publish = {visitor: some for visitor, some in recent.items() if visitor not in withdrawn}
                publish.publish_visitors(connection, memory, to_publish)
                publish.publish_neighbours(connection, memory, {product for product, _, _ in pairs})
                publish.publish_trending(connection, memory, {event.category for event in events} | {""})
    memory.forget_oldest()
    return BatchReport(
        rows=len(ordered),
        replayed=len(ordered) - len(fresh),
        duplicates=sum(row.kind in KINDS.values() for row in fresh) - len(events),
        events=len(events),
        visitors=len(latest_word),
    )


def _first_of_each(connection: psycopg.Connection, rows: list[BatchRow]) -> list[ProductEvent]:
    """The events not counted before; of one id sent twice, the record that stands first in its partition."""
    candidates = [row for row in rows if row.kind in KINDS.values()]
    known = state.known_events(connection, {row.event_id for row in candidates})
    first_record: dict[str, tuple[int, int]] = {}
    for row in candidates:
        first_record.setdefault(row.event_id, (row.partition, row.offset))
    return [
        ProductEvent(*row[2:-1], occurred_at=row.occurred_at.astimezone(UTC))
        for row in candidates
        if row.event_id not in known and first_record[row.event_id] == (row.partition, row.offset)
    ]


def _sessions(connection: psycopg.Connection, events: list[ProductEvent], recent: state.Recent) -> Sessions:
    """What the sessions of these events held before; those of a visitor with few events are all in `recent`."""
    found: Sessions = {}
    long: list[state.SessionKey] = []
    for session in {(event.visitor_id, event.session_id) for event in events}:
        visitor, session_id = session
        before = recent.get(visitor, [])
        found[session] = [event for event in before if event.session_id == session_id]
        if len(before) == RECENT_EVENTS:
            long.append(session)
    return found | state.load_sessions(connection, long)


def _count(
    connection: psycopg.Connection, memory: ShopMemory, events: list[ProductEvent], sessions: Sessions
) -> dict[PairKey, PairWeight]:
    """Add the events to the tables and to memory; returns how the pairs changed. `sessions`: before the events."""
    state.insert_events(connection, events)
    grown: Sessions = {}
    for event in events:
        grown.setdefault((event.visitor_id, event.session_id), []).append(event)
    pairs: dict[PairKey, PairWeight] = {}
    for session, new in grown.items():
        old = sessions[session]
        for key, change in pair_changes(old, old + new).items():
            if key in pairs:
                sum_so_far = pairs[key]
                change = PairWeight(sum_so_far.similar + change.similar, sum_so_far.together + change.together)
            pairs[key] = change
    pairs = {key: change for key, change in pairs.items() if any(change)}
    counts = product_counts(events)
    state.add_pairs(connection, pairs)
    state.add_product_counts(connection, counts)
    memory.add_counts(counts, event_clock(events))  # first: it tells the categories of products that are new
    memory.add_pairs(pairs)
    return pairs
