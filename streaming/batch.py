"""One micro-batch: from rows to counts and lists, in one transaction that also moves the fence.

The fence is the first offset of each partition that was not counted yet: rows below it are skipped.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import psycopg

from privacy.suppression import Suppression
from recommendations.session_counts import ProductEvent
from recommendations.visits import RECENT_EVENTS
from streaming import cart_removals, change_log, new_events, persons, publish, stale_lists, state, withdrawals
from streaming.batch_report import BatchReport
from streaming.batch_rows import BatchRow
from streaming.count_changes import Sessions, count_changes
from streaming.memory import ShopMemory
from streaming.product_events import IDENTIFIED, POISON, REMOVED
from streaming.stale_lists import StaleLists


def apply_batch(
    connection: psycopg.Connection,
    memory: ShopMemory,
    name: state.StreamName,
    rows: Iterable[BatchRow],
    with_lists: bool = True,
    is_logged: bool = False,
    erased: Suppression | None = None,
) -> BatchReport:
    """Count the new rows and replace the lists they change: all or nothing; calling it again changes nothing.

    Without `with_lists` the lists are noted in serving.stale_lists, for the workers that make them (list_maker.py).
    When other workers count and make lists, too, the changes must be logged for them (change_log.py). `erased`: whose
    events from before their erasure count no more.

    Raises psycopg.Error, and StaleMemory when `memory` does not know the newest counts; the transaction is then rolled
    back, and after a psycopg.Error `memory` must not be used again.
    """
    ordered = sorted(rows, key=lambda row: (row.partition, row.offset))
    with connection.transaction():
        fence = state.lock_offsets(connection, name)
        if memory.fence is not None and memory.fence != fence:
            raise state.StaleMemory(f"the counts know {fence}, the memory {memory.fence}")
        fresh = [row for row in ordered if row.offset >= fence.get(row.partition, 0)]
        said = withdrawals.said_in(fresh)
        valid = new_events.after_withdrawal(connection, new_events.not_erased(connection, fresh, erased), said)
        removals = cart_removals.removals_in(valid)
        candidates = [row for row in valid if row.event.kind not in (REMOVED, IDENTIFIED)]
        events, purchases = new_events.choose(connection, candidates)
        forgotten = state.load_all(connection, said) if said else []

        touched = {event.visitor_id for event in events} | {visitor for visitor, _ in removals}
        if said:
            persons.forget(connection, said)  # before the links of events after the no
        touched, elsewhere = _persons(connection, valid, events, touched)
        known = touched - said.keys()  # of the others nothing is known any more
        recent = memory.recent.load(connection, known)
        removed = cart_removals.load(connection, known, removals)
        sessions = _sessions(connection, events, recent)
        if with_lists:
            every = (events, forgotten, *recent.values(), *sessions.values())
            memory.load(event.product_id for some in every for event in some)

        changes = count_changes(events, sessions, forgotten, memory.clock)
        stale = StaleLists(
            known & recent.keys() | {event.visitor_id for event in events},
            {product for product, _, _ in changes.pairs},
            {event.category for event in chain(events, forgotten)} | {""} if changes.counts else set(),
        )
        poison = [row for row in fresh if row.event.kind == POISON]
        moved = {row.partition: row.offset + 1 for row in fresh}
        with connection.pipeline():  # only writes from here on: Postgres works while the next statement is made
            for partition, offset, event, *_ in poison:
                state.note_poison(connection, name, partition, offset, event.event_id, event.category)
            state.write_offsets(connection, name, moved)
            if said:
                withdrawals.forget(connection, name.topic, said)
            if removals:
                cart_removals.note(connection, removals)
            if purchases:
                new_events.note_purchases(connection, purchases)
            if events:
                state.insert_events(connection, events)
            state.add_pairs(connection, changes.pairs)
            if changes.counts:
                state.add_product_counts(connection, changes.counts)
            memory.add_changes(changes)
            if with_lists:
                for event in events:
                    recent.setdefault(event.visitor_id, []).append(event)
                memory.recent.forget(said)
                memory.recent.keep(recent)
                publish.publish_visitors(connection, memory, recent, removed, elsewhere)
                publish.publish_neighbours(connection, memory, stale.products)
                publish.publish_trending(connection, memory, stale.categories)
            else:
                stale_lists.note(connection, stale)
                memory.recent.clear()  # other workers go on with these visitors
            if is_logged and moved:
                change_log.write(connection, name, fence, fence | moved, changes)
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
        if len(before) >= RECENT_EVENTS:
            long.append(session)
    return found | state.load_sessions(connection, long)
