"""The marts of the small shop of tests/support/warehouse_fixtures.py, compared with figures computed by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from tests.support.warehouse_fixtures import (
    build_staging,
    built_small_shop,
    copy_database,
    insert,
    make_order,
    query,
    run_dbt,
)

pytestmark = pytest.mark.services

# day, currency: orders, units, gross, discounts, returns, cancellations, net, returns by the day of the order
DAILY_FIGURES = [
    ("2026-03-29", "EUR", 1, 3, "250.00", "20.00", "0.00", "0.00", "230.00", "90.00"),
    ("2026-03-29", "USD", 1, 2, "125.00", "0.00", "0.00", "0.00", "125.00", "125.00"),
    ("2026-03-30", "EUR", 2, 4, "190.00", "3.00", "0.00", "0.00", "187.00", "30.00"),
    ("2026-03-31", "EUR", 0, 0, "0.00", "0.00", "120.00", "0.00", "-120.00", "0.00"),
    ("2026-03-31", "USD", 0, 0, "0.00", "0.00", "125.00", "0.00", "-125.00", "0.00"),
    ("2026-04-01", "EUR", 0, 0, "0.00", "0.00", "0.00", "157.00", "-157.00", "0.00"),
    ("2026-10-25", "EUR", 2, 2, "100.00", "0.00", "0.00", "0.00", "100.00", "0.00"),
]
DAILY_SALES = """
    select sales_date::text, currency, orders_count, units_count, gross_sales_amount::numeric(18, 2)::text,
        discounts_amount::numeric(18, 2)::text, returns_amount::numeric(18, 2)::text,
        cancellations_amount::numeric(18, 2)::text, net_sales_amount::numeric(18, 2)::text,
        returns_by_order_date_amount::numeric(18, 2)::text
    from marts.mart_daily_sales
    order by sales_date, currency
"""


@pytest.fixture(scope="module")
def warehouse(make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    return built_small_shop(make_database, tmp_path_factory)


def test_daily_sales_are_the_books_done_by_hand(warehouse: str) -> None:
    assert query(warehouse, DAILY_SALES) == DAILY_FIGURES


def test_daily_sales_in_the_shops_currency(warehouse: str) -> None:
    rows = query(
        warehouse,
        "select sales_date::text, net_sales_shop_amount, shop_currency from marts.mart_daily_sales"
        " where currency = 'USD' order by 1",
    )
    assert rows == [("2026-03-29", Decimal("100.00"), "EUR"), ("2026-03-31", Decimal("-100.00"), "EUR")]


def test_orders_carry_their_money_and_their_place_among_the_customers_orders(warehouse: str) -> None:
    rows = query(
        warehouse,
        """
        select order_id, is_cancelled, customer_order_number, is_first_order, net_sales_amount::numeric(18, 2)::text,
            total_amount::numeric(18, 2)::text
        from marts.fct_orders order by order_id
        """,
    )
    assert rows == [
        ("1", False, 1, True, "140.00", "281.00"),
        ("2", False, 1, True, "0.00", "156.25"),
        ("3", True, None, None, "0.00", "37.40"),
        ("4", True, 2, False, "0.00", "197.00"),
        ("5", False, None, None, "50.00", "65.00"),
        ("6", False, 2, False, "50.00", "65.00"),
    ]


def test_margin_is_of_the_units_that_stayed_sold(warehouse: str) -> None:
    rows = query(
        warehouse,
        "select order_line_id, kept_units_count, margin_shop_amount::numeric(18, 2)::text from marts.fct_order_lines"
        " where order_id in ('1', '3') order by 1",
    )
    assert rows == [("11", 1, "30.00"), ("12", 1, "30.00"), ("31", 0, "0.00")]


def test_customers_have_no_name_and_the_right_sums(warehouse: str) -> None:
    rows = query(
        warehouse,
        "select country_code, has_marketing_consent, orders_count, cancelled_orders_count,"
        " net_sales_shop_amount::numeric(18, 2)::text"
        " from marts.dim_customers order by 1",
    )
    assert rows == [("BE", False, 2, 0, "50.00"), ("FR", True, 1, 1, "140.00")]
    pseudonyms = {name for (name,) in query(warehouse, "select customer_pseudonym from marts.dim_customers")}
    assert pseudonyms == {
        name for (name,) in query(warehouse, "select customer_pseudonym from pii.customer_pseudonyms")
    }


def test_products_have_stock_rating_and_attributes(warehouse: str) -> None:
    rows = query(
        warehouse,
        """
        select product_id, price_amount::numeric(18, 2)::text, unit_cost_amount::numeric(18, 2)::text, stock_count,
            is_in_stock, rating::text, rating_count, department, attributes ->> 'colour'
        from marts.dim_products where not is_deleted order by 1
        """,
    )
    assert rows == [
        ("1", "100.00", "60.00", 5, True, "4.50", 12, "Computers", "black"),
        ("2", "50.00", "20.00", 0, False, "4.50", 12, "Computers", "black"),
        ("3", "30.00", "5.00", 40, True, "4.50", 12, "Computers", "black"),
    ]


def test_a_session_runs_over_midnight_and_ends_after_thirty_minutes(warehouse: str) -> None:
    rows = query(
        warehouse,
        """
        select session_id, session_date::text, events_count, has_order, orders_count,
            net_sales_shop_amount::numeric(18, 2)::text, customer_pseudonym, is_bot
        from marts.fct_sessions order by 1
        """,
    )
    assert rows == [
        # 23:50 to 00:31 in Paris: one visit, of the day it began, with what order 1 is worth after its return
        ("a1", "2026-03-28", 5, True, 1, "140.00", "pseudonym-of-501", False),
        ("a6", "2026-03-29", 1, False, 0, "0.00", None, False),
        ("b1", "2026-03-29", 2, False, 0, "0.00", None, False),
        ("b3", "2026-03-29", 1, False, 0, "0.00", None, False),
        ("r1", "2026-03-29", 1, False, 0, "0.00", None, True),
    ]


def test_product_performance_joins_behaviour_and_sales_without_robots(warehouse: str) -> None:
    rows = query(
        warehouse,
        """
        select product_id, activity_date::text, views_count, carts_count, purchases_count, units_count,
            net_sales_shop_amount::numeric(18, 2)::text
        from marts.mart_product_performance where activity_date = '2026-03-29' order by 1
        """,
    )
    assert rows == [
        ("1", "2026-03-29", 1, 1, 1, 2, "180.00"),
        ("2", "2026-03-29", 0, 0, 1, 3, "150.00"),
        ("3", "2026-03-29", 1, 0, 0, 0, "0.00"),
        ("unknown", "2026-03-29", 1, 0, 0, 0, "0.00"),
    ]


def test_refund_lines_tell_what_came_back_and_when(warehouse: str) -> None:
    rows = query(
        warehouse,
        "select order_line_id, product_id, units_count, currency, returns_amount::numeric(18, 2)::text,"
        " returns_shop_amount::numeric(18, 2)::text,"
        " days_since_order, is_restocked, is_cancelled from marts.fct_refund_lines order by 1",
    )
    assert rows == [
        ("11", "1", 1, "EUR", "90.00", "90.00", 2, True, False),
        # ordered at 23:59 of the 29th, given back at 00:30 of the 31st
        ("21", "2", 2, "USD", "125.00", "100.00", 2, True, False),
        ("42", "3", 1, "EUR", "30.00", "30.00", 1, True, True),
    ]


def test_discounts_hold_all_orders_of_a_day_by_code(warehouse: str) -> None:
    rows = query(
        warehouse,
        "select order_date::text, currency, discount_code, orders_count, first_orders_count,"
        " discounts_amount::numeric(18, 2)::text, net_sales_amount::numeric(18, 2)::text"
        " from marts.mart_discounts where order_date < '2026-04-01' order by 1, 2, 3",
    )
    assert rows == [
        ("2026-03-29", "EUR", "SPRING", 1, 1, "20.00", "140.00"),
        ("2026-03-29", "USD", "none", 1, 1, "0.00", "0.00"),
        ("2026-03-30", "EUR", "automatic", 1, 0, "3.00", "0.00"),
        ("2026-03-30", "EUR", "none", 1, 0, "0.00", "0.00"),
    ]


def test_the_funnel_is_closed_and_has_no_robots(warehouse: str) -> None:
    rows = query(
        warehouse,
        "select session_date::text, channel, sessions_count, viewing_sessions_count, carting_sessions_count,"
        " checkout_sessions_count, ordering_sessions_count from marts.mart_funnel_daily order by 1",
    )
    assert rows == [
        ("2026-03-28", "Organic Search", 1, 1, 1, 1, 1),
        # the thank-you page opened again is an order without a cart: it goes no further than the visit
        ("2026-03-29", "Organic Search", 3, 1, 0, 0, 0),
    ]


def test_attribution_loses_no_order(warehouse: str) -> None:
    rows = query(
        warehouse,
        "select order_date::text, channel, first_orders::text, linear_net_sales_shop_amount::numeric(18, 2)::text"
        " from marts.mart_channel_attribution order by 1, 2",
    )
    assert rows == [
        ("2026-03-29", "Organic Search", "1.000000", "140.00"),
        ("2026-03-29", "Unknown", "1.000000", "0.00"),
        ("2026-03-30", "Unknown", "2.000000", "0.00"),
        ("2026-10-25", "Unknown", "2.000000", "100.00"),
    ]


def test_a_search_of_one_visitor_is_counted_without_its_term(warehouse: str) -> None:
    rows = query(warehouse, "select search_date::text, search_term, searches_count from marts.mart_search_terms")
    assert rows == [("2026-03-29", "(few visitors)", 1)]


def test_comments_of_a_mart_are_in_the_database(warehouse: str) -> None:
    [(comment,)] = query(warehouse, "select obj_description('marts.mart_daily_sales'::regclass)")
    assert comment.startswith("Grain - one row per day")


def test_days_follow_the_time_zone_of_the_shop(
    warehouse: str, make_database: Callable[[], str], postgres_server: str, tmp_path: Path
) -> None:
    """In New York the orders around midnight in Paris are all of the day before."""
    url = copy_database(postgres_server, make_database, warehouse)
    process = run_dbt(
        url, tmp_path, "run", "--vars", "{shop_timezone: America/New_York}", "--select", "+mart_daily_sales"
    )
    assert process.returncode == 0, process.stdout
    days = query(url, "select distinct sales_date::text from marts.mart_daily_sales where orders_count > 0 order by 1")
    assert [day for (day,) in days] == ["2026-03-28", "2026-03-29", "2026-03-30", "2026-10-24", "2026-10-25"]


def test_a_late_update_moves_the_books_of_its_own_days_only(
    warehouse: str, make_database: Callable[[], str], postgres_server: str, tmp_path: Path
) -> None:
    url = copy_database(postgres_server, make_database, warehouse)
    late = make_order(
        6,
        "2026-10-25T22:59:00Z",
        [(61, 2, 1, "0.00")],
        customer_id=502,
        refunds=[("2026-10-27T12:00:00Z", [(61, 1, "50.00")])],
    )
    with psycopg.connect(url) as connection:
        insert(connection, "raw_shop.orders", **late, _airbyte_extracted_at="2026-11-01T00:00:00Z")
    process = run_dbt(url, tmp_path, "run", "--select", "+mart_daily_sales")
    assert process.returncode == 0, process.stdout
    late_day = ("2026-10-27", "EUR", 0, 0, "0.00", "0.00", "50.00", "0.00", "-50.00", "0.00")
    october = (*DAILY_FIGURES[-1][:-1], "50.00")  # its return shows by the day of the order, too
    assert query(url, DAILY_SALES) == [*DAILY_FIGURES[:-1], october, late_day]


def test_a_failed_staging_test_leaves_the_marts_untouched(
    warehouse: str, make_database: Callable[[], str], postgres_server: str, tmp_path: Path
) -> None:
    url = copy_database(postgres_server, make_database, warehouse)
    with psycopg.connect(url) as connection:
        insert(connection, "raw_shop.orders", **make_order(9, "2026-10-28T12:00:00Z", [(91, 2, -1, "0.00")]))
        connection.execute(
            "update raw_shop.orders set line_items = jsonb_set(line_items, '{0,quantity}', 'null') where id = 9"
        )
    process = build_staging(url, tmp_path)
    assert process.returncode == 1
    assert "are_not_null_stg_shop__order_lines_" in process.stdout
    assert query(url, DAILY_SALES) == DAILY_FIGURES


def test_each_model_does_what_its_unit_tests_say(warehouse: str, tmp_path: Path) -> None:
    """They are of the SQL, with rows of their own; what dbt needs of a warehouse is the types of its columns."""
    process = run_dbt(warehouse, tmp_path, "test", "--select", "test_type:unit")
    assert process.returncode == 0, process.stdout
    results = json.loads((tmp_path / "run_results.json").read_text())["results"]
    # the last one is what dbt does at the end of each run
    assert [result["status"] for result in results[:-1]] == ["pass"] * (len(results) - 1) and len(results) > 50


def test_a_contract_keeps_the_old_mart_when_the_new_one_is_bad(
    warehouse: str, make_database: Callable[[], str], postgres_server: str, tmp_path: Path
) -> None:
    """dbt's tests run after the swap; the constraint refuses the new table before it."""
    url = copy_database(postgres_server, make_database, warehouse)
    with psycopg.connect(url) as connection:
        connection.execute(
            "update intermediate.int_sales__dated set gross_sales_amount = -1 where movement_type = 'sale'"
        )
    process = run_dbt(url, tmp_path, "run", "--full-refresh", "--select", "mart_daily_sales")
    assert process.returncode == 1
    assert "violates check constraint" in process.stdout
    assert query(url, DAILY_SALES) == DAILY_FIGURES
