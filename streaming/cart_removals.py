"""Products that visitors took out of their carts again: they were looked at, no more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import psycopg

from recommendations.session_counts import ProductEvent
from streaming.batch_rows import BatchRow
from streaming.product_events import REMOVED

Removals = dict[tuple[str, str], datetime]  # visitor, product -> when it was last taken out


def removals_in(rows: Iterable[BatchRow]) -> Removals:
    """The removals in these rows."""
    found: Removals = {}
    for row in rows:
        if row.event.kind == REMOVED:
            key = row.event.visitor_id, row.event.product_id
            found[key] = max(row.event.occurred_at, found.get(key, row.event.occurred_at))
    return found


def load(connection: psycopg.Connection, visitors: Iterable[str], new: Removals | None = None) -> Removals:
    """What these visitors took out of their carts, ever; `new`: removals that are not in the table yet."""
    rows = connection.execute(
        "select visitor_id, product_id, removed_at from serving.cart_removals where visitor_id = any(%s)",
        [sorted(visitors)],
    )
    found = {(visitor, product): removed_at.astimezone(UTC) for visitor, product, removed_at in rows}
    for key, removed_at in (new or {}).items():
        found[key] = max(removed_at, found.get(key, removed_at))
    return found


def note(connection: psycopg.Connection, removals: Removals) -> None:
    """Add removals; of the same product the latest stays."""
    columns = [[visitor for visitor, _ in removals], [product for _, product in removals], [*removals.values()]]
    connection.execute(
        "insert into serving.cart_removals as known (visitor_id, product_id, removed_at)"
        " select * from unnest(%s::text[], %s::text[], %s::timestamptz[])"
        " on conflict (visitor_id, product_id) do update"
        " set removed_at = greatest(known.removed_at, excluded.removed_at)",
        columns,
    )


def without_removed(
    recent: Mapping[str, Sequence[ProductEvent]], removals: Removals
) -> Mapping[str, Sequence[ProductEvent]]:
    """The same events (by visitor), those that put a removed product into the cart as views."""
    if not removals:
        return recent

    def kept(event: ProductEvent) -> ProductEvent:
        removed_at = removals.get((event.visitor_id, event.product_id))
        is_removed = removed_at is not None and event.kind == "cart" and event.occurred_at <= removed_at
        return event._replace(kind="view") if is_removed else event

    with_removals = {visitor for visitor, _ in removals}
    return {
        visitor: [kept(event) for event in events] if visitor in with_removals else events
        for visitor, events in recent.items()
    }
