"""The orders that the shop says were changed in a window, beside those in raw: count and total by day and currency.

Raw may know a change earlier than the list, and the shop moves on while we look: an order is held to what the list
says of it only when its last change is within the window, and one of raw's that changed within the window and is
not on the list was deleted.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from ingestion.reconciliation.census import ListedOrder
from ingestion.reconciliation.deleted_keys import kept, mark
from ingestion.reconciliation.findings import Finding, Window

MEASURE = "orders"
SHOWN_IDS = 3

LISTED = """
    create temp table listed_orders (
        id text not null, created_at timestamptz not null, updated_at timestamptz not null, currency text not null,
        total numeric not null
    ) on commit drop
"""
COMPARED = """
    with matched as (
        select
            (listed.created_at at time zone %(timezone)s)::date as day,
            listed.currency,
            listed.id,
            listed.updated_at,
            listed.total,
            raw.total_price_set -> 'presentment_money' as money,
            raw.id is not null and raw.updated_at >= listed.updated_at as is_there
        from listed_orders as listed
        left join raw_shop.orders as raw on raw.id = listed.id::bigint
        where listed.updated_at between %(since)s and %(until)s
    ),

    compared as (
        select
            *,
            case when is_there then (money ->> 'amount')::numeric end as raw_total,
            is_there and (money ->> 'amount')::numeric = total and money ->> 'currency_code' = currency as is_right
        from matched
    )

    select
        day, currency, count(*), count(*) filter (where is_there), sum(total), coalesce(sum(raw_total), 0),
        count(*) filter (where is_right is not true), min(updated_at) filter (where is_right is not true),
        (array_agg(id order by id) filter (where is_right is not true))[:%(shown)s]
    from compared
    group by day, currency
    order by day, currency
"""


def compare_orders(
    connection: psycopg.Connection,
    orders: Iterable[ListedOrder],
    window: Window,
    shown_from: datetime | None,
    timezone: str,
) -> tuple[list[Finding], int]:
    """A finding for each day and currency of the orders' creation, and how many orders were marked as deleted.

    `shown_from`: older ones the shop does not show us. `timezone` is the shop's.
    """
    with connection.transaction():
        connection.execute(LISTED)
        with connection.cursor().copy("copy listed_orders from stdin") as copy:
            for order in orders:
                copy.write_row((order.order_id, order.created_at, order.updated_at, order.currency, order.total))
        connection.execute("create index on listed_orders (id)")
        connection.execute("analyze listed_orders")
        gone = sql.SQL(
            "select raw.id::text as key from raw_shop.orders as raw where raw.updated_at between {since} and {until}"
            " and raw.created_at >= {shown_from} and {kept}"
            " and not exists (select from listed_orders as listed where listed.id = raw.id::text)"
        ).format(
            since=sql.Literal(window.since),
            until=sql.Literal(window.until),
            shown_from=sql.Literal(shown_from or window.start),
            kept=kept(connection, "orders"),
        )
        deleted = mark(connection, "orders", gone, MEASURE)
        rows = connection.execute(
            COMPARED,
            {"timezone": timezone, "since": window.since, "until": window.until, "shown": SHOWN_IDS},
        ).fetchall()
    return [_finding(row) for row in rows], deleted


def _finding(row: tuple[Any, ...]) -> Finding:
    day, currency, shop_count, raw_count, shop_total, raw_total, wrong, again_from, ids = row
    message = ""
    if wrong:
        more = ", ..." if wrong > len(ids) else ""
        message = (
            f"{wrong} of {shop_count} orders of {day} in {currency} are missing or old in raw_shop.orders: "
            f"{', '.join(ids)}{more} (the shop's total {shop_total}, raw's {raw_total})"
        )
    return Finding("orders", MEASURE, shop_count, raw_count, day, currency, shop_total, raw_total, again_from, message)
