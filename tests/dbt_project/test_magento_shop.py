"""A Magento shop of a few rows, as real shops have them: zero dates, fixed product taxes, back orders, credit memos
whose books differ from the rate. dbt builds it with the tests of its staging; the figures were done by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from expectations.results import RuleResult
from expectations.validate import validate
from tests.support.raw_magento import AT, LATER, create_raw_magento, insert_record, item, memo, order, returned
from tests.support.warehouse_fixtures import query, run_dbt

pytestmark = pytest.mark.services

ZERO_DATE = "0000-00-00 00:00:00"  # as it stands inside JSON; the connector makes null of those at the top
MODELS = ("+mart_daily_sales", "+mart_order_bridge", "+mart_discounts", "+int_variants__stocked", "+stg_shop__products")
# tests of staging stop the run here as they would in a shop (dbt's parsed_project is shared with other files)
UNTESTED = (
    "resource_type:unit_test",
    "path:models/intermediate,resource_type:test",
    "path:models/marts,resource_type:test",
)


# Each unit of order 2 has a fixed product tax of 1.50, which is in no row total
WEEE = {"weee_tax_applied_row_amount": 1.5, "base_weee_tax_applied_row_amnt": 1.5}
ORDERS = [
    # a migration left no date: it has no day to count on
    order(1, "10.00", [item(11, "10.00")], created_at=None, updated_at="1970-01-01T00:00:00Z"),
    order(2, "203.00", [item(21, "100.00", **WEEE), item(22, "100.00", **WEEE)]),
    # in dollars, with delivery
    order(
        3, "110.00", [item(31, "100.00", base_price=80.0, base_row_total=80.0)],
        order_currency_code="USD", base_to_order_rate=1.25, shipping_amount=10, base_shipping_amount=8,
        base_grand_total="88.00",
    ),
    # cancelled, and nobody noted when
    order(4, "10.00", [item(41, "10.00", updated_at=ZERO_DATE, qty_canceled=1)], state="canceled", total_paid=0,
          updated_at=LATER),
    order(5, "10.00", [item(51, "10.00")]),
]  # fmt: skip
MEMOS = [
    memo(1, 1, "10.00", [returned(101, 11, "10.00")]),
    memo(2, 2, "101.50", [returned(201, 21, "100.00", **WEEE)]),
    # the shop's books have other amounts than the rate of the total would give: 6.40 of the delivery, 3.00 kept
    memo(3, 3, "105.00",
         [returned(301, 31, "100.00", base_row_total=80.0, tax_amount=1.0, base_tax_amount=0.81)],
         order_currency_code="USD", base_grand_total="84.25", shipping_amount=8, base_shipping_amount=6.44,
         adjustment_negative=4, base_adjustment_negative=3.0, tax_amount=1.0, base_tax_amount=0.81),
    memo(5, 5, "10.00", [returned(501, 51, "10.00")], created_at=None, updated_at="1970-01-01T00:00:00Z"),
]  # fmt: skip
PRODUCTS = {  # sku: (stock item, source items as (status, quantity)), and whether it can be bought
    "PLENTY": ({}, [(1, 5)], True),
    "GONE": ({}, [(1, 0)], False),
    "CLOSED": ({}, [(0, 5)], False),
    "LATER": ({"backorders": 1}, [(1, -2)], True),
    # back orders are taken where a source is open only
    "LATER-CLOSED": ({"backorders": 1}, [(0, 0)], False),
    "LATER-NOWHERE": ({"backorders": 2}, [], False),
    # and down to the threshold, where the shop has set one
    "LATER-LIMIT": ({"backorders": 1, "min_qty": -5}, [(1, -5)], False),
    "LATER-LEFT": ({"backorders": 1, "min_qty": -5}, [(1, -4)], True),
    "UNMANAGED": ({"manage_stock": False, "backorders": 1}, [], True),
}


@pytest.fixture(scope="module")
def built(make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    url = make_database()
    create_raw_magento(url)
    with psycopg.connect(url) as connection:
        insert_record(connection, "store_configs", id=1, base_currency_code="EUR", secure_base_media_url="https://x/")
        for number, (sku, (stock_item, sources, _)) in enumerate(PRODUCTS.items(), start=100):
            insert_record(
                connection, "products", id=number, sku=sku, name=sku, price=10, status=1, visibility=4,
                type_id="simple", extension_attributes={"stock_item": stock_item}, product_links=[],
                custom_attributes=[
                    {"attribute_code": "special_price", "value": "9.00"},
                    {"attribute_code": "special_from_date", "value": ZERO_DATE},
                    {"attribute_code": "special_to_date", "value": ZERO_DATE},
                ],
                created_at=None, updated_at="1970-01-01T00:00:00Z",
            )  # fmt: skip
            for place, (status, quantity) in enumerate(sources):
                insert_record(connection, "source_items", sku=sku, source_code=f"s{place}", status=status,
                              quantity=quantity)  # fmt: skip
        insert_record(connection, "customers", id=7, country_id="DE", created_at=None, updated_at=AT)
        connection.execute("insert into pii.customer_pseudonyms (customer_id, customer_pseudonym) values (7, 'x')")
        for one in ORDERS:
            insert_record(connection, "orders", **one)
            if one["state"] != "canceled":
                insert_record(connection, "invoices", entity_id=one["entity_id"], order_id=one["entity_id"], state=2,
                              base_grand_total=one["base_grand_total"], created_at=one["created_at"])  # fmt: skip
        for one in MEMOS:
            insert_record(connection, "credit_memos", **one)
    command = ("build", "--exclude", *UNTESTED, "--select", *MODELS)
    process = run_dbt(url, tmp_path_factory.mktemp("dbt"), *command, shop_platform="magento")
    assert process.returncode == 0, process.stdout
    return url


@pytest.fixture(scope="module")
def rules(built: str) -> dict[tuple[str, str], RuleResult]:
    return {(rule.table.removeprefix("raw_shop."), rule.rule): rule for rule in validate("raw", built, "magento").rules}


def bridge(url: str, order_id: int, *columns: str) -> Any:
    [row] = query(url, f"select {', '.join(columns)} from marts.mart_order_bridge where order_id = '{order_id}'")
    return row


def test_an_order_with_a_zero_date_is_named_and_left_out_and_stops_nothing(
    built: str, rules: dict[tuple[str, str], RuleResult]
) -> None:
    assert query(built, "select order_id from marts.mart_order_bridge order by 1") == [("2",), ("3",), ("4",), ("5",)]
    named = rules["orders", "order_times_are_present"]
    assert not named.success and not named.is_blocking and "1" in str(named.sample)
    assert query(built, "select count(*) from raw_shop.orders where created_at is null") == [(1,)]


def test_a_credit_memo_with_a_zero_date_counts_on_the_day_of_its_order(
    built: str, rules: dict[tuple[str, str], RuleResult]
) -> None:
    assert query(built, "select refund_date::text from staging.stg_shop__refunds where refund_id = '5'") == [
        ("2026-10-26",)
    ]
    assert bridge(built, 5, "returns_amount", "total_amount", "is_closed") == (10, 0, True)
    named = rules["credit_memos", "credit_memo_times_are_present"]
    assert not named.success and not named.is_blocking


def test_zero_dates_inside_a_record_are_no_dates(built: str) -> None:
    assert query(built, "select created_at from staging.stg_shop__customers") == [(None,)]
    assert query(built, "select cancellation_date::text from staging.stg_shop__orders where order_id = '4'") == [
        ("2026-10-28",)
    ]
    # a special price without dates is the price
    assert query(built, "select distinct price_amount from staging.stg_shop__variants") == [(Decimal("9.00"),)]


def test_fixed_product_taxes_are_fees_and_go_back_with_their_item(
    built: str, rules: dict[tuple[str, str], RuleResult]
) -> None:
    columns = ("net_sales_amount", "fees_amount", "total_amount", "total_difference_amount", "is_closed")
    assert bridge(built, 2, *columns) == (100, Decimal("1.5"), Decimal("101.5"), 0, True)
    assert rules["orders", "order_totals_add_up"].success, rules["orders", "order_totals_add_up"].message


def test_what_a_credit_memo_gives_back_is_in_the_books_as_the_shop_booked_it(built: str) -> None:
    columns = ("returns_shop_amount", "shipping_shop_amount", "tax_shop_amount", "total_shop_amount")
    # 80.00 less the 3.00 kept; 8.00 less 6.44; a tax that was never charged goes back
    assert bridge(built, 3, *columns) == (77, Decimal("1.56"), Decimal("-0.81"), Decimal("3.75"))
    assert bridge(built, 3, "payment_difference_book_amount", "is_closed") == (0, True)


def test_back_orders_are_taken_where_a_source_is_open(built: str) -> None:
    found = dict(query(built, "select sku, is_in_stock from intermediate.int_variants__stocked"))
    assert found == {sku: expected for sku, (_, _, expected) in PRODUCTS.items()}
