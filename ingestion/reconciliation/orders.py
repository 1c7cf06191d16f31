"""Compares the orders that changed in a window in the shop with those in raw: count and total by day and currency.

Raw may already hold a change that the list does not, and the shop goes on changing during the comparison. So an
order of the list is compared only when its last change is within the window, and an order of raw that changed
within the window and is not on the list was deleted.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from ingestion.reconciliation.census import ListedOrder
from ingestion.reconciliation.deleted_keys import mark, not_deleted
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
    visible_since: datetime | None,
    timezone: str,
) -> tuple[list[Finding], int]:
    """A finding per day of creation (in `timezone`) and currency, and how many orders were marked as deleted.

    `orders`: those the shop says were changed since the window began. The shop does not show us orders created
    before `visible_since`. Raises IngestionError when the shop does not answer, psycopg.Error when Postgres fails.
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
            " and raw.created_at >= {visible_since} and {not_deleted}"
            " and not exists (select from listed_orders as listed where listed.id = raw.id::text)"
        ).format(
            since=sql.Literal(window.since),
            until=sql.Literal(window.until),
            visible_since=sql.Literal(visible_since or window.start),
            not_deleted=not_deleted(connection, "orders"),
        )
        deleted = mark(connection, "orders", gone, MEASURE)
        rows = connection.execute(
            COMPARED,
            {"timezone": timezone, "since": window.since, "until": window.until, "shown": SHOWN_IDS},
        ).fetchall()
    return [_finding(row) for row in rows], deleted


def _finding(row: tuple[Any, ...]) -> Finding:
    day, currency, shop_count, raw_count, shop_total, raw_total, wrong, resync_since, ids = row
    message = ""
    if wrong:
        more = ", ..." if wrong > len(ids) else ""
        message = (
            f"{wrong} of {shop_count} orders of {day} in {currency} are missing or outdated in raw_shop.orders: "
            f"{', '.join(ids)}{more} (total in the shop {shop_total}, in raw {raw_total})"
        )
    return Finding(
        "orders", MEASURE, shop_count, raw_count, day, currency, shop_total, raw_total, resync_since, message
    )
