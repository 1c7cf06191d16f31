"""One micro-batch: from rows to counts and lists, in one transaction that also moves the fence.

The fence is the first offset of each partition that was not counted yet: rows below it are skipped.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from itertools import chain

import psycopg

from recommendations.session_counts import (
    CountKey,
    PairKey,
    PairWeight,
    ProductEvent,
    pair_changes,
    product_counts,
)
from recommendations.visits import RECENT_EVENTS
from streaming import cart_removals, new_events, persons, publish, state, withdrawals
from streaming.batch_rows import BatchRow
from streaming.memory import ShopMemory
from streaming.product_events import IDENTIFIED, POISON, REMOVED

Sessions = dict[state.SessionKey, list[ProductEvent]]


@dataclass(frozen=True)
class BatchReport:
    """What a batch did."""

    rows: int
    replayed: int  # rows below the fence, counted before
    duplicates: int  # rows whose event id or purchase is known
    events: int  # counted
    visitors: int  # in the rows that were not replayed
    forgotten: int = 0  # events of before, of visitors who said no
    set_apart: int = 0  # records that cannot be counted, see poison.py

    @classmethod
    def total(cls, reports: Iterable[BatchReport]) -> BatchReport:
        """The sum of several; a visitor in two of them counts twice."""
        figures = [astuple(report) for report in reports] or [(0, 0, 0, 0, 0)]
        return cls(*map(sum, zip(*figures, strict=True)))


def apply_batch(
    connection: psycopg.Connection, memory: ShopMemory, name: state.StreamName, rows: Iterable[BatchRow]
) -> BatchReport:
    """Count the new rows and replace the lists they change: all or nothing; calling it again changes nothing.

    Raises psycopg.Error, and StaleMemory when `memory` does not know the newest counts; the transaction is then rolled
    back, and `memory` must not be used again.
    """
    ordered = sorted(rows, key=lambda row: (row.partition, row.offset))
    with connection.transaction():
        fence = state.lock_offsets(connection, name)
        if memory.fence is not None and memory.fence != fence:
            raise state.StaleMemory(f"the counts know {fence}, the memory {memory.fence}")
        fresh = [row for row in ordered if row.offset >= fence.get(row.partition, 0)]
        said = withdrawals.said_in(fresh)
        valid = new_events.after_withdrawal(connection, fresh, said)
        removals = cart_removals.removals_in(valid)
        candidates = [row for row in valid if row.event.kind not in (REMOVED, IDENTIFIED)]
        events, purchases = new_events.choose(connection, candidates)
        forgotten = state.load_all(connection, said) if said else []

        touched = {event.visitor_id for event in events} | {visitor for visitor, _ in removals}
        touched, elsewhere = _persons(connection, valid, events, touched)
        known = touched - said.keys()  # of the others nothing is known any more
        recent = state.load_recent(connection, known)
        removed = cart_removals.load(connection, known, removals)
        sessions = _sessions(connection, events, recent)
        memory.load(
            event.product_id for some in (events, forgotten, *recent.values(), *sessions.values()) for event in some
        )

        poison = [row for row in fresh if row.event.kind == POISON]
        with connection.pipeline():  # only writes from here on: Postgres works while the next statement is made
            for partition, offset, event, *_ in poison:
                state.note_poison(connection, name, partition, offset, event.event_id, event.category)
            moved = {row.partition: row.offset + 1 for row in fresh}
            state.write_offsets(connection, name, moved)
            if said:
                withdrawals.forget(connection, name.topic, said)
            if removals:
                cart_removals.note(connection, removals)
            if purchases:
                new_events.note_purchases(connection, purchases)
            pairs = _count(connection, memory, events, sessions, forgotten) if events or forgotten else {}
            for event in events:
                recent.setdefault(event.visitor_id, []).append(event)
            publish.publish_visitors(connection, memory, recent, removed, elsewhere)
            publish.publish_neighbours(connection, memory, {product for product, _, _ in pairs})
            if events or forgotten:
                categories = {event.category for event in chain(events, forgotten)}
                publish.publish_trending(connection, memory, categories | {""})
    if memory.fence is not None:
        memory.fence |= moved
    memory.forget_oldest()
    return BatchReport(
        rows=len(ordered),
        replayed=len(ordered) - len(fresh),
        duplicates=len(candidates) - len(events),
        events=len(events),
        visitors=len({row.event.visitor_id for row in fresh} - {""}),
        forgotten=len(forgotten),
        set_apart=len(poison),
    )


def _persons(
    connection: psycopg.Connection, rows: Iterable[BatchRow], events: list[ProductEvent], touched: set[str]
) -> tuple[set[str], persons.Bought]:
    """The visitors whose lists change, those of the same persons among them; and what they bought elsewhere."""
    links = persons.links_in(rows)
    touched = touched | (persons.note(connection, links) if links else set())
    devices = persons.other_devices(connection, touched)
    buyers = {event.visitor_id for event in events if event.kind == "purchase"} & devices.keys()
    if more := set().union(*(devices[buyer] for buyer in buyers)) - touched:
        touched |= more
        devices |= persons.other_devices(connection, more)
    return touched, persons.bought_elsewhere(connection, devices, events)


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
    connection: psycopg.Connection,
    memory: ShopMemory,
    events: list[ProductEvent],
    sessions: Sessions,
    forgotten: list[ProductEvent],
) -> dict[PairKey, PairWeight]:
    """Add the events to the tables and to memory, take those `forgotten` out of the counts; returns the pairs' changes.

    `sessions`: the earlier events of the sessions of `events`.
    """
    pairs: dict[PairKey, PairWeight] = {}
    changes = [pair_changes(sessions[session], sessions[session] + new) for session, new in _by_session(events).items()]
    changes += [pair_changes(old, []) for old in _by_session(forgotten).values()]
    for key, change in chain.from_iterable(some.items() for some in changes):
        pairs[key] = pairs[key].plus(change) if key in pairs else change
    pairs = {key: change for key, change in pairs.items() if any(change)}
    counts = _net(product_counts(events), product_counts(forgotten))
    if events:
        state.insert_events(connection, events)
    state.add_pairs(connection, pairs)
    state.add_product_counts(connection, counts)
    clock = max((event.occurred_at for event in events), default=memory.clock)
    memory.add_counts(counts, clock)  # before the pairs, which need the categories of new products
    memory.add_pairs(pairs)
    return pairs


def _by_session(events: list[ProductEvent]) -> Sessions:
    found: Sessions = {}
    for event in events:
        found.setdefault((event.visitor_id, event.session_id), []).append(event)
    return found


def _net(added: dict[CountKey, list[int]], taken: dict[CountKey, list[int]]) -> dict[CountKey, list[int]]:
    """What was added less what was taken away; no zero changes."""
    for key, counts in taken.items():
        added[key] = [more - less for more, less in zip(added.get(key, [0, 0, 0]), counts, strict=True)]
    return {key: counts for key, counts in added.items() if any(counts)} if taken else added
