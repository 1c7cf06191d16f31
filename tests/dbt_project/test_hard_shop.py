"""The hard shop in the warehouse: every KPI is that of its ledger to the smallest unit, its gates are green, and each
order closes from gross sales to what was paid, or says why not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

from benchmarks.support.raw_shop import create_raw_shop
from demo_shop.content.hard_money import CURRENCY, TIMEZONE
from demo_shop.store.ledger import LedgerRow, ledger
from expectations.validate import validate
from tests.support.demo_days import tables_of
from tests.support.demo_warehouse import write_product
from tests.support.hard_shop import DAYS, END, KPIS, PAST_RATES, HardShop, build, hard_shop, land
from tests.support.warehouse_fixtures import query

pytestmark = [pytest.mark.services, pytest.mark.timeout(3600)]

ORDER_MODELS = ("+mart_daily_sales", "+mart_order_bridge", "+mart_discounts", "+fct_refund_lines")
# days before the end on which the warehouse is built: on both sides of the move to yen (40) and of the holiday (30 to
# 16), and where something else changes; `--history-days 60`: every day
BUILDS = (41, 39, 30, 15, 8, 3, 2, 0)
OTHER_RATE = {"COMPTOIR_PAST_CURRENCIES": '{"USD": 140}'}  # what the operator first says a dollar is worth


@dataclass(frozen=True)
class Built:
    """The warehouse after a full refresh, with the tables after the increments in the schema `kept`."""

    url: str
    shop: HardShop
    merged: tuple[int, int]  # a customer, and the one who took over all orders


@pytest.fixture(scope="module")
def built(
    make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Built:
    """Sixty days landed and built one after the other, a few at a time, then everything anew, with its tests."""
    target, shop, url = tmp_path_factory.mktemp("dbt"), hard_shop(), make_database()
    gone = next(order for order in reversed(shop.orders) if order.created_at < END - timedelta(days=20))
    create_raw_shop(url)
    since = None
    for days in range(DAYS - 1, -1, -1) if request.config.getoption("--history-days") >= DAYS else BUILDS:
        land(url, shop, until := END - timedelta(days=days), since)
        if days == 8:
            _raise_a_cost(url, shop)
        if days == 3:
            _delete_an_order(url, gone.order_id)
        if days == 2:
            _merge_customers(url, until, merged := _two_buyers(shop))
        environment = OTHER_RATE if 30 < days < 40 else {}
        # what is built from one that was left out is built from old rows: the next run must see it
        left_out = ("--exclude", "int_order_lines__priced") if days == 15 else ()
        process = build(url, target, "run", "--select", *ORDER_MODELS, *left_out, environment=environment)
        assert process.returncode == 0, process.stdout
        since = until
    with psycopg.connect(url) as connection:
        connection.execute("create schema kept")
        for schema, table in tables_of(url):
            source, copy = sql.Identifier(schema, table), sql.Identifier("kept", table)
            statement = sql.SQL("create table {} as select *, xmin::text as made_by from {}")
            connection.execute(statement.format(copy, source))
    process = build(url, target, "build", "--full-refresh", "--exclude-resource-type", "unit_test")
    assert process.returncode == 0, process.stdout
    return Built(url, replace(shop, orders=[order for order in shop.orders if order != gone]), merged)


def _raise_a_cost(url: str, shop: HardShop) -> None:
    """A product that was sold costs more from now on, and so do the lines of its past orders."""
    sold = {line.product_id for order in shop.orders for line in order.lines}
    product = next(product for product in shop.products if product.product_id in sold)
    with psycopg.connect(url) as connection:
        write_product(connection, replace(product, unit_cost=product.unit_cost + 100), END)


def _delete_an_order(url: str, order_id: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "insert into raw_shop.deleted_keys (stream, key, deleted_at, found_by)"
            " values ('orders', %s, now(), 'keys')",
            [str(order_id)],
        )


def _two_buyers(shop: HardShop) -> tuple[int, int]:
    """The two customers with most orders; neither of them has an order in the last days."""
    late = {order.customer_id for order in shop.orders if order.updated_at >= END - timedelta(days=2)}
    buyers = Counter(order.customer_id for order in shop.orders if order.customer_id and order.customer_id not in late)
    (one, _), (other, _) = buyers.most_common(2)
    return one, other


def _merge_customers(url: str, at: datetime, customers: tuple[int, int]) -> None:
    """The shop makes one of two customers: all orders name the second, and the first is gone."""
    gone, kept = customers
    with psycopg.connect(url) as connection:
        connection.execute(
            "update raw_shop.orders set customer = jsonb_set(customer, '{id}', to_jsonb(%s::bigint)),"
            " _airbyte_extracted_at = %s where (customer ->> 'id')::bigint = %s",
            [kept, at, gone],
        )
        connection.execute(
            "insert into raw_shop.deleted_keys (stream, key, deleted_at, found_by)"
            " values ('customers', %s, now(), 'keys')",
            [str(gone)],
        )


@pytest.fixture(scope="module")
def books(built: Built) -> list[LedgerRow]:
    return ledger(built.shop.orders, TIMEZONE, CURRENCY, PAST_RATES)


def test_every_kpi_is_the_ledgers_to_the_smallest_unit(built: Built, books: list[LedgerRow]) -> None:
    columns = [f"{name}_{side}" for side in ("amount", "shop_amount") for name in KPIS]
    counts = ["orders_count", "units_count", "returns_by_order_date_amount", "gift_cards_redeemed_shop_amount"]
    rows = query(
        built.url, f"select sales_date, currency, {', '.join([*counts, *columns])} from marts.mart_daily_sales"
    )
    in_ledger = {
        (row.sales_date, row.currency): (
            row.orders_count, row.units, row.returns_by_order_date, row.gift_cards_redeemed_shop,
            *(getattr(row, name + side) for side in ("", "_shop") for name in KPIS.values()),
        )
        for row in books
    }  # fmt: skip
    assert {(day, currency): tuple(figures) for day, currency, *figures in rows} == in_ledger
    assert len({row.currency for row in books}) == 6
    for name in KPIS.values():
        assert any(getattr(row, name) for row in books), f"the shop has no {name}"


def test_each_order_closes_or_says_why(built: Built) -> None:
    reasons: dict[Any, int] = dict(
        query(built.url, "select reason, count(*) from marts.mart_order_bridge where not is_closed group by 1")
    )
    pending = sum(order.financial_status == "PENDING" for order in built.shop.orders)
    cancelled = sum(order.cancelled_at is not None for order in built.shop.orders)
    # a total that a gift card paid in another currency is converted as a whole, its parts each on their own
    whole = sum(order.gift_card_paid > 0 and order.currency != order.book_currency for order in built.shop.orders)
    assert reasons.pop("rounded between two currencies") <= whole
    # a void gives nothing back: the demo shop leaves that to its payment service
    assert reasons == {"not paid yet": pending, "cancelled, not yet paid back": cancelled}
    [(lost,)] = query(built.url, "select count(*) from marts.mart_order_bridge where total_difference_amount <> 0")
    assert lost == 0


def test_the_gates_are_green(built: Built) -> None:
    for layer in ("raw", "staging", "marts"):
        result = validate(layer, built.url, "shopify", shop_timezone=TIMEZONE)
        assert result.success, result.message
        if layer == "staging":
            assert {warning.rule for warning in result.warnings} == {"shop_currency_is_one"}


def test_amounts_have_the_decimals_of_their_currency(built: Built) -> None:
    [(too_fine,)] = query(
        built.url,
        "select count(*) from marts.mart_daily_sales where net_sales_shop_amount <> trunc(net_sales_shop_amount)"
        " or (currency in ('JPY', 'KRW') and net_sales_amount <> trunc(net_sales_amount))",
    )
    [(with_mils,)] = query(
        built.url,
        "select count(*) from marts.fct_order_lines"
        " where currency = 'KWD' and net_sales_amount <> round(net_sales_amount, 2)",
    )
    assert too_fine == 0 and with_mils > 0


def test_history_stays_in_the_currency_of_its_books(built: Built) -> None:
    rows = query(
        built.url, "select book_currency, shop_currency, count(*) > 20 from marts.fct_orders group by 1, 2 order by 1"
    )
    assert rows == [("JPY", "JPY", True), ("USD", "JPY", True)]


def test_a_gift_card_is_no_product_and_an_imported_order_counts_when_it_was_sold(built: Built) -> None:
    assert query(built.url, "select count(*) from marts.mart_product_performance where product_id = 'unknown'") == [
        (0,)
    ]
    [(imported,)] = query(
        built.url, "select count(*) from marts.fct_orders where ordered_at < '2026-08-01'"
    )  # fmt: skip
    assert imported == sum(order.processed_at is not None for order in built.shop.orders) > 5


def test_merged_customers_are_one_with_one_first_order(built: Built) -> None:
    numbers = query(
        built.url,
        "select customer_order_number, is_first_order from marts.fct_orders inner join pii.customer_pseudonyms"
        f" using (customer_pseudonym) where customer_id = {built.merged[1]} order by 1",
    )
    expected = sum(order.customer_id in built.merged and not order.is_test for order in built.shop.orders)
    assert [number for number, _ in numbers] == list(range(1, expected + 1))
    assert [is_first for _, is_first in numbers] == [True] + [False] * (expected - 1)
    [(left,)] = query(
        built.url,
        "select count(*) from marts.fct_orders inner join pii.customer_pseudonyms using (customer_pseudonym)"
        f" where customer_id = {built.merged[0]}",
    )
    assert left == 0


def test_full_refresh_equals_sixty_days_of_increments_row_for_row(built: Built) -> None:
    differences = {}
    kept = {table for (table,) in query(built.url, "select tablename from pg_tables where schemaname = 'kept'")}
    with psycopg.connect(built.url) as connection:
        for schema, table in tables_of(built.url):
            if table in kept:
                one, other = sql.Identifier(schema, table), sql.Identifier("kept", table)
                names = [column.name for column in connection.execute(
                    sql.SQL("select * from {} limit 0").format(one)).description or []]  # fmt: skip
                columns = sql.SQL(", ").join(map(sql.Identifier, names))
                only = sql.SQL("(select count(*) from (select {0} from {1} except all select {0} from {2}) as x)")
                counts = connection.execute(
                    sql.SQL("select {}, {}").format(only.format(columns, one, other), only.format(columns, other, one))
                ).fetchone()
                if counts != (0, 0):
                    differences[table] = counts
    assert len(kept) > 15 and differences == {}


@pytest.mark.parametrize("table", ["int_order_lines__settled", "fct_orders", "mart_order_bridge", "mart_daily_sales"])
def test_increments_leave_unchanged_orders_alone(built: Built, table: str) -> None:
    [(rows, runs)] = query(built.url, f"select count(*), count(distinct made_by) from kept.{table}")
    assert rows > 100 and runs >= 4, f"every run rebuilt {table}"
