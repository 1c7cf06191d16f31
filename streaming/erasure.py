"""Erases a person from the stream's state: events, lists, carts and links, and their part of the counts.

As after a no, but nothing is kept of the visitor, not even that they said it.
"""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg

from privacy.subject import Subject
from streaming import publish, state
from streaming.count_changes import count_changes
from streaming.fence import move_fences, take_fences

NO_TIME = datetime.fromtimestamp(0, UTC)  # nothing new happened


def erase_serving(connection: psycopg.Connection, subject: Subject) -> dict[str, int]:
    """Take the person out of schema serving, in the caller's transaction; rows by table.

    Of a browser that others use, too, the events stay (they name no customer), and only its link to this one goes. A
    running stream knows the counts before it counts again. Raises psycopg.Error.
    """
    visitors = subject.in_clicks
    fences = take_fences(connection)
    forgotten = state.load_all(connection, visitors)
    changes = count_changes([], {}, forgotten, NO_TIME)
    state.add_pairs(connection, changes.pairs)
    if changes.counts:
        state.add_product_counts(connection, changes.counts)
    move_fences(connection, fences, changes)
    events = sorted({event.event_id for event in forgotten})
    publish.remove_visitors(connection, visitors)
    counts: dict[str, int] = {}
    for table, where, values in (
        ("visitor_events", "visitor_id", visitors),
        ("purchases", "event_id", events),
        ("poison_records", "event_id", events),
        ("cart_removals", "visitor_id", visitors),
        ("withdrawals", "visitor_id", visitors),
        ("visitor_persons", "visitor_id", visitors),
        ("visitor_persons", "person_id", subject.pseudonyms),
        ("stale_lists", "kind = 'visitor' and key", visitors),
    ):
        statement = f"delete from serving.{table} where {where} = any(%s)"
        if rows := connection.execute(statement.encode(), [values]).rowcount:
            counts[f"serving.{table}"] = counts.get(f"serving.{table}", 0) + rows
    return counts
