"""Which product events of a batch count: each event id once, each product of an order once, nothing before a no."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import psycopg

from privacy.suppression import Suppression
from recommendations.session_counts import ProductEvent
from streaming import state, withdrawals
from streaming.batch_rows import BatchRow
from streaming.product_events import IDENTIFIED, KINDS, REMOVED
from streaming.withdrawals import Withdrawal

Purchase = tuple[str, str]  # order, product
KEPT_KINDS = frozenset({*KINDS.values(), REMOVED, IDENTIFIED})


class NewEvents(NamedTuple):
    """The events of a batch that count."""

    events: list[ProductEvent]
    purchases: dict[Purchase, str]  # those among them -> event id


def not_erased(
    connection: psycopg.Connection, rows: Sequence[BatchRow], erased: Suppression | None
) -> Sequence[BatchRow]:
    """The rows without those of persons who were erased after they happened, such as a log that is read again."""
    if not erased:
        return rows
    named = (name for row in rows for name in (row.event.visitor_id, row.person_id) if name)
    before = erased.known(connection, "visitor", named)  # reads them only when somebody was erased
    if not before:
        return rows
    return [
        row
        for row in rows
        if not any(n in before and row.event.occurred_at <= before[n] for n in (row.event.visitor_id, row.person_id))
    ]


def after_withdrawal(
    connection: psycopg.Connection, rows: Sequence[BatchRow], said: Mapping[str, Withdrawal]
) -> list[BatchRow]:
    """The rows about products and persons, without those from before a no; `said`: the withdrawals among `rows`."""
    candidates = [row for row in rows if row.event.kind in KEPT_KINDS]
    known = withdrawals.load(connection, {row.event.visitor_id for row in candidates})
    if not known and not said:
        return candidates
    kept = []
    for row in candidates:
        visitor = row.event.visitor_id
        is_late = visitor in known and row.event.occurred_at <= known[visitor]
        if not is_late and (visitor not in said or said[visitor].is_before(row)):
            kept.append(row)
    return kept


def choose(connection: psycopg.Connection, candidates: Sequence[BatchRow]) -> NewEvents:
    """The events not counted before; of an id sent more than once, those of the first record.

    All rows of one record count: an order has one for each product. An order told again, with another event id, counts
    only for products that it did not have before.
    """
    known = state.known_events(connection, {row.event.event_id for row in candidates})
    orders = {row.order_id for row in candidates if row.order_id}
    bought = _known_purchases(connection, orders) if orders else set()
    first_record: dict[str, tuple[int, int]] = {}
    found = NewEvents([], {})
    for partition, offset, event, order_id, _ in candidates:
        first = first_record.setdefault(event.event_id, (partition, offset))
        if event.event_id in known or first != (partition, offset):
            continue
        if order_id:
            purchase = order_id, event.product_id
            if purchase in bought:
                continue
            bought.add(purchase)
            found.purchases[purchase] = event.event_id
        found.events.append(event)
    return found


def note_purchases(connection: psycopg.Connection, purchases: Mapping[Purchase, str]) -> None:
    """Note from which event each purchase was counted; of one whose event was forgotten, the new one."""
    columns = [[order for order, _ in purchases], [product for _, product in purchases], [*purchases.values()]]
    connection.execute(
        "insert into serving.purchases (order_id, product_id, event_id)"
        " select * from unnest(%s::text[], %s::text[], %s::text[])"
        " on conflict (order_id, product_id) do update set event_id = excluded.event_id",
        columns,
    )


def _known_purchases(connection: psycopg.Connection, orders: Iterable[str]) -> set[Purchase]:
    rows = connection.execute(
        "select order_id, product_id from serving.purchases"
        " inner join serving.visitor_events using (event_id, product_id) where order_id = any(%s)",
        [sorted(orders)],
    )
    return set(rows)
