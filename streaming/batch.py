"""One micro-batch: from rows to counts and lists, in one transaction that also moves the fence.

The fence is the first offset of each partition that was not counted yet: rows below it are skipped.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass

import psycopg

from recommendations.scoring import event_clock
from recommendations.session_counts import PairKey, PairWeight, ProductEvent, pair_changes, product_counts
from recommendations.visits import RECENT_EVENTS
from streaming import publish, state
from streaming.batch_rows import BatchRow
from streaming.memory import ShopMemory
from streaming.product_events import KINDS, POISON, WITHDRAWN

Sessions = dict[state.SessionKey, list[ProductEvent]]


@dataclass(frozen=True)
class BatchReport:
    """What a batch did."""

    rows: int
    replayed: int  # rows below the fence, counted before
    duplicates: int  # rows whose event id is known
    events: int  # counted
    visitors: int  # in the rows that were not replayed
    set_apart: int = 0  # records that cannot be counted, see poison.py

    @classmethod
    def total(cls, reports: Iterable[BatchReport]) -> BatchReport:
        """The sum of several; a visitor in two of them counts twice."""
        columns = zip(*(astuple(report) for report in reports), strict=True)
        return cls(*map(sum, columns))


def apply_batch(
    connection: psycopg.Connection, memory: ShopMemory, name: state.StreamName, rows: Iterable[BatchRow]
) -> BatchReport:
    """Count the new rows and replace the lists they change: all or nothing; calling it again changes nothing.

    Raises psycopg.Error; the transaction is then rolled back, and `memory` must not be used again.
    """
    ordered = sorted(rows, key=lambda row: (row.partition, row.offset))
    with connection.transaction():
        fence = state.lock_offsets(connection, name)
        fresh = [row for row in ordered if row.offset >= fence.get(row.partition, 0)]
        events = _first_of_each(connection, fresh)
        recent = state.load_recent(connection, {event.visitor_id for event in events})
        sessions = _sessions(connection, events, recent)
        memory.load(event.product_id for some in (events, *recent.values(), *sessions.values()) for event in some)

        poison = [row for row in fresh if row.event.kind == POISON]
        latest_kind = {row.event.visitor_id: row.event.kind for row in fresh if row.event.visitor_id}
        withdrawn = {visitor for visitor, kind in latest_kind.items() if kind == WITHDRAWN}
        with connection.pipeline():  # only writes from here on: Postgres works while the next statement is made
            for partition, offset, event in poison:
                state.note_poison(connection, name, partition, offset, event.event_id, event.category)
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
        duplicates=sum(row.event.kind in KINDS.values() for row in fresh) - len(events),
        events=len(events),
        visitors=len(latest_kind),
        set_apart=len(poison),
    )


def _first_of_each(connection: psycopg.Connection, rows: list[BatchRow]) -> list[ProductEvent]:
    """The events not counted before; of an id sent more than once, those of the first record.

    All rows of one record count: an order has one for each product.
    """
    candidates = [row for row in rows if row.event.kind in KINDS.values()]
    known = state.known_events(connection, {row.event.event_id for row in candidates})
    first_record: dict[str, tuple[int, int]] = {}
    for partition, offset, event in candidates:
        first_record.setdefault(event.event_id, (partition, offset))
    return [
        event
        for partition, offset, event in candidates
        if event.event_id not in known and first_record[event.event_id] == (partition, offset)
    ]


def _sessions(connection: psycopg.Connection, events: list[ProductEvent], recent: state.Recent) -> Sessions:
    """The earlier events of the sessions of `events`; read only where `recent` may not have all of them."""
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
    """Add the events to the tables and to memory; returns how the pairs changed.

    `sessions`: the earlier events of their sessions.
    """
    state.insert_events(connection, events)
    grown: Sessions = {}
    for event in events:
        grown.setdefault((event.visitor_id, event.session_id), []).append(event)
    pairs: dict[PairKey, PairWeight] = {}
    for session, new in grown.items():
        old = sessions[session]
        for key, change in pair_changes(old, old + new).items():
            pairs[key] = pairs[key].plus(change) if key in pairs else change
    pairs = {key: change for key, change in pairs.items() if any(change)}
    counts = product_counts(events)
    state.add_pairs(connection, pairs)
    state.add_product_counts(connection, counts)
    memory.add_counts(counts, event_clock(events))  # before the pairs, which need the categories of new products
    memory.add_pairs(pairs)
    return pairs
