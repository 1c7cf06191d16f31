"""Takes product events that are too old out of the stream's state, with their part of the counts."""

from __future__ import annotations

from datetime import datetime

import psycopg

from recommendations.session_counts import ProductEvent
from streaming import state
from streaming.count_changes import CountChanges, count_changes
from streaming.fence import move_fences, take_fences

SESSIONS_AT_A_TIME = 500
OLD_SESSIONS = "select distinct visitor_id, session_id from serving.visitor_events where occurred_at < %s order by 1, 2"


def forget_old_events(connection: psycopg.Connection, before: datetime) -> int:
    """Take out what happened before `before`, some visits in a transaction; returns how many rows went.

    Afterwards the counts are those of the events that stay. A running stream knows them before it counts again.
    `connection` commits by itself. Raises psycopg.Error.
    """
    sessions: list[state.SessionKey] = connection.execute(OLD_SESSIONS, [before]).fetchall()
    forgotten = 0
    for first in range(0, len(sessions), SESSIONS_AT_A_TIME):
        with connection.transaction():
            fences = take_fences(connection)
            changes, rows = _forget(connection, sessions[first : first + SESSIONS_AT_A_TIME], before)
            move_fences(connection, fences, changes)
            forgotten += rows
    return forgotten


def _forget(
    connection: psycopg.Connection, sessions: list[state.SessionKey], before: datetime
) -> tuple[CountChanges, int]:
    events = state.load_whole_sessions(connection, sessions)
    kept = [event for event in events if event.occurred_at >= before]
    old = sorted({event.event_id for event in events if event.occurred_at < before})
    # a visit that goes on past the end of the term is counted anew
    changes = count_changes(kept, {_session(event): [] for event in kept}, events, before)
    state.add_pairs(connection, changes.pairs)
    if changes.counts:
        state.add_product_counts(connection, changes.counts)
    connection.execute("delete from serving.purchases where event_id = any(%s)", [old])
    rows = connection.execute("delete from serving.visitor_events where event_id = any(%s)", [old]).rowcount
    return changes, rows


def _session(event: ProductEvent) -> state.SessionKey:
    return event.visitor_id, event.session_id
