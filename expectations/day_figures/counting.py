"""Counts ops.day_figures for days that are new, days that may still change, and days for which something landed.

A gate then compares small figures instead of a year of clicks: its time does not grow with the history.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import psycopg

RECOUNTED_DAYS = 10  # the days under rules and a few more: late events come, orders are corrected
HISTORY_DAYS = 70

# SQL file of this folder -> the figures it counts
FIGURES = {
    "events": [
        "events", "event_mix", "visitor_hours", "events_sent_twice", "events_of_robots", "events_without_product",
        "events_without_price", "events_without_customer",
    ],
    "orders": [
        "orders", "order_hours", "order_value", "basket_units", "orders_without_customer", "orders_without_country",
        "orders_placed_twice", "category_price", "discount_share",
    ],
    "orders_and_events": [
        "orders_with_event", "completed_without_order", "order_times_off", "order_currencies_off", "order_values_off",
        "order_customers_off",
    ],
}  # fmt: skip

# a day is complete when something came after it; the first day of all may be missing its beginning
EVENT_BOUNDS = """
    select
        (
            min(occurred_at) filter (where time_flag not in ('future', 'implausible')) at time zone %(timezone)s
        )::date + 1,
        (max(received_at) at time zone %(timezone)s)::date - 1,
        max(landed_at)
    from raw_clickstream.events
"""
ORDER_BOUNDS = """
    select
        (min(created_at) at time zone %(timezone)s)::date + 1,
        (max(_airbyte_extracted_at) at time zone %(timezone)s)::date - 1,
        max(_airbyte_extracted_at)
    from shop_orders
"""
TOUCHED = """
    select distinct (occurred_at at time zone %(timezone)s)::date
    from raw_clickstream.events
    where landed_at > %(loaded_until)s
    union
    select distinct (created_at at time zone %(timezone)s)::date
    from shop_orders
    where _airbyte_extracted_at > %(loaded_until)s
"""


@dataclass(frozen=True)
class Bounds:
    """First and last complete day in raw, and the newest moment at which something was loaded."""

    first: date
    last: date
    loaded: datetime


def count_days(
    connection: psycopg.Connection, platform: str, shop_timezone: str, history_days: int = HISTORY_DAYS
) -> None:
    """Bring ops.day_figures up to the last complete day, in one transaction; `history_days` is how far back it goes.

    Raises psycopg.DataError when raw holds what cannot be read, such as a text for an amount, and
    psycopg.ProgrammingError when a table or column is missing.
    """
    with connection.transaction():
        # temporary views of the shop, with the same columns on each platform
        connection.execute((Path(__file__).parent / f"shop_{platform}.sql").read_bytes())
        events = _bounds(connection, EVENT_BOUNDS, shop_timezone)
        orders = _bounds(connection, ORDER_BOUNDS, shop_timezone)
        for source, bounds in (("events", events), ("orders", orders), ("orders_and_events", _both(events, orders))):
            if bounds and bounds.first <= bounds.last:
                days = _days_to_count(connection, FIGURES[source], bounds, shop_timezone, history_days)
                _count(connection, source, days, bounds.loaded, shop_timezone)


def _bounds(connection: psycopg.Connection, query: str, shop_timezone: str) -> Bounds | None:
    row = connection.execute(query.encode(), {"timezone": shop_timezone}).fetchone()
    return Bounds(*row) if row and None not in row else None


def _both(events: Bounds | None, orders: Bounds | None) -> Bounds | None:
    if not events or not orders:
        return None
    return Bounds(max(events.first, orders.first), min(events.last, orders.last), min(events.loaded, orders.loaded))


def _days_to_count(
    connection: psycopg.Connection, figures: Sequence[str], bounds: Bounds, shop_timezone: str, history_days: int
) -> list[date]:
    counted = connection.execute(
        "select day, max(loaded_until) from ops.day_figures where figure = any(%s) group by day", [figures]
    ).fetchall()
    again: Collection[date] = ()
    if counted:
        values = {"timezone": shop_timezone, "loaded_until": max(loaded_until for _, loaded_until in counted)}
        again = {day for (day,) in connection.execute(TOUCHED.encode(), values)}
    known = {day for day, _ in counted} - set(again)
    window = [bounds.last - timedelta(days=age) for age in range(history_days)]
    return [day for age, day in enumerate(window) if day >= bounds.first and (age < RECOUNTED_DAYS or day not in known)]


def _count(
    connection: psycopg.Connection, source: str, days: Sequence[date], loaded: datetime, shop_timezone: str
) -> None:
    of_these_days = [FIGURES[source], days]
    connection.execute("delete from ops.day_figures where figure = any(%s) and day = any(%s)", of_these_days)
    [(since,)] = connection.execute("select %s::timestamp at time zone %s", [min(days), shop_timezone]).fetchall()
    statement = (Path(__file__).parent / f"{source}.sql").read_bytes()
    connection.execute(statement, {"timezone": shop_timezone, "days": days, "since": since})
    connection.execute(
        "update ops.day_figures set loaded_until = %s where figure = any(%s) and day = any(%s)",
        [loaded, *of_these_days],
    )
