"""Daily increments give the same rows as a full refresh: the demo shop's days landed one by one, built incrementally.

`--history-days 60` makes it sixty days instead of eight.
"""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from tests.support.demo_days import FACTS, DemoDays, tables_of
from tests.support.warehouse_fixtures import query

# the fixture lives the days before the first test
pytestmark = [pytest.mark.services, pytest.mark.timeout(3600)]


def test_full_refresh_equals_daily_increments_row_for_row(demo_days: DemoDays) -> None:
    tables = tables_of(demo_days.url)
    assert len(tables) > 40
    differences = {}
    with psycopg.connect(demo_days.url) as connection:
        for schema, table in tables:
            refreshed, kept = sql.Identifier(schema, table), sql.Identifier("kept", table)
            names = [column.name for column in connection.execute(
                sql.SQL("select * from {} limit 0").format(refreshed)).description or []]  # fmt: skip
            columns = sql.SQL(", ").join(map(sql.Identifier, names))
            only = sql.SQL("(select count(*) from (select {0} from {1} except all select {0} from {2}) as x)")
            counts = connection.execute(
                sql.SQL("select {}, {}, (select count(*) from {})").format(
                    only.format(columns, kept, refreshed), only.format(columns, refreshed, kept), refreshed
                )
            ).fetchone()
            assert counts and (counts[2] or schema == "staging"), f"{table} is empty: the days prove nothing about it"
            if counts[:2] != (0, 0):
                differences[table] = counts[:2]
    assert differences == {}


def test_the_days_held_what_increments_get_wrong(demo_days: DemoDays) -> None:
    """Late events, visits on both sides of them, refunds and cancellations of orders whose visit was built before."""
    [(late, over_a_day)] = query(
        demo_days.url,
        "select count(*) filter (where is_late), count(*) filter (where received_at > occurred_at + interval '1 day')"
        " from staging.stg_clickstream__events",
    )
    assert late > 20 and over_a_day > 10
    [(later,)] = query(
        demo_days.url,
        """
        select count(*) from marts.fct_order_touches as touches
        inner join marts.fct_orders as orders using (order_id)
        where
            touches.last_share = 1 and touches.session_id is not null
            and (orders.cancellation_date > orders.order_date or orders.first_refunded_at::date > orders.order_date)
        """,
    )
    assert later > 0


def test_increments_leave_the_rows_of_other_visitors_alone(demo_days: DemoDays) -> None:
    for fact in FACTS:
        [(rows, runs)] = query(demo_days.url, f"select count(*), count(distinct made_by) from kept.{fact}")
        assert rows > 50 and runs >= 3, f"every run rebuilt {fact}"


def test_a_renamed_product_has_a_version_and_one_name(demo_days: DemoDays) -> None:
    product_id = str(demo_days.renamed.product_id)
    versions = query(
        demo_days.url,
        f"select title, is_current from marts.dim_product_versions where product_id = '{product_id}' order by 1",
    )
    assert sorted(versions) == sorted([(demo_days.renamed.title, False), ("Renamed", True)])
    names = query(
        demo_days.url, f"select distinct title from marts.mart_product_performance where product_id = '{product_id}'"
    )
    assert names == [("Renamed",)]


def test_what_a_product_sold_before_counts_in_its_new_category(demo_days: DemoDays) -> None:
    sold = "select sales_date from intermediate.int_product_sales__counted where product_id = %s order by 1"
    counted = "select distinct sales_date from marts.mart_sales_breakdown where category = 'Recategorised' order by 1"
    with psycopg.connect(demo_days.url) as connection:
        days = connection.execute(sold, [str(demo_days.renamed.product_id)]).fetchall()
        assert days and connection.execute(counted).fetchall() == days


def test_clicks_on_a_product_that_the_shop_sent_later_are_known_in_the_end(demo_days: DemoDays) -> None:
    product_id = str(demo_days.late.product_id)
    known = query(
        demo_days.url,
        f"select is_known_product, count(*) > 0 from marts.fct_product_interactions where product_id = '{product_id}'"
        " group by 1",
    )
    assert known == [(True, True)]


def test_a_deleted_product_stays_as_it_was_last_seen(demo_days: DemoDays) -> None:
    product_id = str(demo_days.deleted.product_id)
    [row] = query(
        demo_days.url, f"select title, category, is_deleted from marts.dim_products where product_id = '{product_id}'"
    )
    assert row == (demo_days.deleted.title, demo_days.deleted.product_type, True)
    [(is_current,)] = query(
        demo_days.url, f"select bool_or(is_current) from marts.dim_product_versions where product_id = '{product_id}'"
    )
    assert not is_current
