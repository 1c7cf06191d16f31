"""Corruptions of what a Magento shop sends: each is named by its rule with the row, and the row stays in raw.

Those of a Shopify shop are in tests/support/mutations.py, with what both platforms share: days, clicks, the schema.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from expectations import raw
from expectations.results import RuleResult
from expectations.validate import validate
from tests.support.mutation_table import rules_of_raw
from tests.support.raw_magento import LATER, create_raw_magento, insert_record, item, memo, order, returned
from tests.support.warehouse_fixtures import query

pytestmark = pytest.mark.services

STREAMS = ("products", "product_attributes", "categories", "store_configs", "source_items", "product_ratings",
           "customers", "orders", "credit_memos")  # fmt: skip
GOOD = 4  # orders without a fault


@dataclass(frozen=True)
class Corruption:
    """The records that are wrong, and what the failed row must contain; `blocks`: no step after the gate runs."""

    rule: str
    stream: str
    records: list[dict[str, Any]]
    row: dict[str, Any]
    blocks: bool = True


def broken_item(number: int, **changes: Any) -> list[dict[str, Any]]:
    """An order of which one item is wrong."""
    return [order(number, "10.00", [item(number * 10, "10.00") | changes])]


def broken_order(number: int, **changes: Any) -> list[dict[str, Any]]:
    return [order(number, "10.00", [item(number * 10, "10.00")]) | changes]


def broken_memo(number: int, *items: dict[str, Any], **changes: Any) -> list[dict[str, Any]]:
    """A credit memo of order 1, whose item is 10."""
    return [memo(number, 1, "10.00", list(items)) | changes]


def product(number: int, sku: str | None, **changes: Any) -> dict[str, Any]:
    return {"id": number, "sku": sku, "name": sku, "price": 10, "status": 1, "custom_attributes": [], **changes}


CORRUPTIONS = [
    Corruption("product_ids_are_present", "products", [product(0, "no-id") | {"id": None}], {"sku": "no-id"}),
    Corruption("product_ids_are_unique", "products", [product(90, "one"), product(90, "other")], {"id": 90}),
    Corruption("skus_are_present", "products", [product(91, None)], {"id": 91}),
    Corruption("skus_are_unique", "products", [product(92, "twice"), product(93, "twice")], {"sku": "twice"}),
    Corruption("product_titles_are_present", "products", [product(94, "untitled", name=None)], {"id": 94}),
    Corruption("prices_are_not_negative", "products", [product(95, "minus", price=-1)], {"id": 95}),
    Corruption("prices_are_not_absurd", "products", [product(96, "cents", price=99_999_999)], {"id": "96"}),
    Corruption(
        "costs_and_special_prices_are_readable", "products",
        [product(97, "dear", custom_attributes=[{"attribute_code": "cost", "value": "EUR 5"}])],
        {"id": 97, "value": "EUR 5"},
    ),
    Corruption(
        "attribute_codes_are_unique", "product_attributes",
        [{"attribute_id": 90, "attribute_code": "size"}, {"attribute_id": 91, "attribute_code": "size"}],
        {"attribute_code": "size"},
    ),
    Corruption("category_ids_are_unique", "categories", [{"id": 90}, {"id": 90}], {"id": 90}),
    Corruption("shop_currencies_are_known", "store_configs", [{"id": 90, "base_currency_code": "QQZ"}], {"id": 90},
               blocks=False),
    Corruption("skus_and_sources_are_unique", "source_items", [{"sku": "x", "source_code": "s"}] * 2, {"sku": "x"}),
    Corruption("rated_skus_are_unique", "product_ratings", [{"sku": "r", "rating_summary": 9}] * 2, {"sku": "r"}),
    Corruption("ratings_are_percents", "product_ratings", [{"sku": "stars", "rating_summary": 430}], {"sku": "stars"}),
    Corruption("customer_ids_are_present", "customers", [{"id": None}], {}),
    Corruption("customer_ids_are_unique", "customers", [{"id": 90}, {"id": 90}], {}),
    Corruption("customers_have_a_pseudonym", "customers", [{"id": 91}], {}),
    Corruption("order_ids_are_present", "orders", broken_order(900, entity_id=None), {"entity_id": None}),
    Corruption("order_ids_are_unique", "orders", broken_order(901) + broken_order(901), {"entity_id": 901}),
    Corruption("order_times_are_present", "orders", broken_order(902, created_at=None), {"entity_id": 902},
               blocks=False),
    Corruption("orders_are_not_in_the_future", "orders", broken_order(903, created_at="2199-01-01T00:00:00Z"),
               {"entity_id": 903}),
    Corruption("order_currencies_are_present", "orders", broken_order(904, order_currency_code=None),
               {"entity_id": 904}),
    Corruption("order_currencies_are_known", "orders", broken_order(905, order_currency_code="QQZ"), {"entity_id": 905},
               blocks=False),
    Corruption("shop_currencies_are_known", "orders", broken_order(906, base_currency_code="QQZ"), {"entity_id": 906},
               blocks=False),
    Corruption("orders_have_lines", "orders", broken_order(907, items=[]), {"entity_id": 907}),
    Corruption("line_ids_are_unique", "orders", broken_item(908, item_id=77) + broken_item(909, item_id=77),
               {"item_id": "77"}),
    Corruption("line_quantities_are_positive", "orders", broken_item(910, qty_ordered=-1), {"order_id": 910}),
    Corruption("line_prices_are_present", "orders", broken_item(911, base_price=None), {"order_id": 911}),
    Corruption("line_prices_are_not_negative", "orders", broken_item(912, price=-10), {"order_id": 912}),
    Corruption("line_prices_are_not_absurd", "orders", broken_item(913, base_price=99_999_999_999), {"order_id": 913}),
    Corruption("line_discounts_are_within_the_price", "orders", broken_item(914, discount_amount=99),
               {"order_id": 914}),
    Corruption("line_products_are_known", "orders", broken_item(915, product_id=777), {"order_id": 915}, blocks=False),
    Corruption("order_totals_add_up", "orders", broken_order(916, grand_total="12.00"), {"entity_id": 916},
               blocks=False),
    Corruption("credit_memo_times_are_present", "credit_memos", broken_memo(920, created_at=None), {"entity_id": 920},
               blocks=False),
    Corruption("credit_memo_ids_are_unique", "credit_memos", broken_memo(921) + broken_memo(921), {"entity_id": 921}),
    Corruption("credit_memos_are_not_in_the_future", "credit_memos",
               broken_memo(922, created_at="2199-01-01T00:00:00Z"), {"entity_id": 922}),
    Corruption("credit_memos_are_of_known_orders", "credit_memos", broken_memo(923, order_id=555), {"entity_id": 923},
               blocks=False),
    Corruption("credit_memos_name_lines_of_their_order", "credit_memos", broken_memo(924, returned(1, 666, "10.00")),
               {"item_id": "666"}),
    Corruption("credit_memos_are_within_the_sale", "credit_memos", broken_memo(925, returned(2, 10, "30.00", qty=3)),
               {"item_id": "10"}),
    Corruption("credit_memo_currencies_are_the_orders", "credit_memos", broken_memo(926, order_currency_code="CHF"),
               {"entity_id": 926}),
]  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    before: dict[str, int]
    after: dict[str, int]
    good: list[RuleResult]  # broken in the shop without faults
    rules: dict[tuple[str, str], RuleResult]


@pytest.fixture(scope="module")
def outcome(make_database: Callable[[], str]) -> Outcome:
    """All corruptions in one shop, each in rows of its own."""
    url = make_database()
    create_raw_magento(url)
    with psycopg.connect(url) as connection:
        insert_record(connection, "products", **product(1, "LAMP"))
        insert_record(connection, "product_attributes", attribute_id=1, attribute_code="colour")
        insert_record(connection, "store_configs", id=1, base_currency_code="EUR")
        for number in range(1, GOOD + 1):
            insert_record(connection, "orders", **order(number, "10.00", [item(number * 10, "10.00")]))
        insert_record(connection, "credit_memos", **memo(1, 2, "10.00", [returned(5, 20, "10.00")], created_at=LATER))
    good = [
        rule for rule in validate("raw", url, "magento").rules if not rule.success and rule.table.startswith("raw_shop")
    ]
    with psycopg.connect(url) as connection:
        for corruption in CORRUPTIONS:
            for record in corruption.records:
                insert_record(connection, corruption.stream, **record)
        connection.execute("insert into pii.customer_pseudonyms (customer_id, customer_pseudonym) values (90, 'x')")
    before = _counts(url)
    found = validate("raw", url, "magento")
    assert not found.success
    rules = {(rule.table.removeprefix("raw_shop."), rule.rule): rule for rule in found.rules}
    return Outcome(before, _counts(url), good, rules)


def _counts(url: str) -> dict[str, int]:
    return {stream: query(url, f"select count(*) from raw_shop.{stream}")[0][0] for stream in STREAMS}


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda corruption: f"{corruption.stream}-{corruption.rule}")
def test_the_rule_names_the_corruption(outcome: Outcome, corruption: Corruption) -> None:
    found = outcome.rules[corruption.stream, corruption.rule]
    assert not found.success and not found.error and found.blocks is corruption.blocks, found.message
    rows = [{name: row.get(name) for name in corruption.row} for row in found.sample]
    assert corruption.row in rows, found.sample


def test_nothing_is_dropped_and_a_good_shop_breaks_no_rule(outcome: Outcome) -> None:
    assert outcome.before == outcome.after
    assert {rule.rule for rule in outcome.good} <= {"newest_order_is_recent"}


def test_every_rule_of_the_shops_tables_has_a_corruption() -> None:
    of_days = {name for (table, name) in rules_of_raw() if table == "raw_shop.orders"}
    rules = {
        (table.name.removeprefix("raw_shop."), name)
        for table in raw.tables("magento")
        if table.name.startswith("raw_shop.")
        for name in table.rules
    }
    shown = {(corruption.stream, corruption.rule) for corruption in CORRUPTIONS}
    # what Shopify's orders have too is about days, and shown there
    assert {(table, name) for table, name in rules - shown if name not in of_days} == set()
