"""The Magento manifest, run by Airbyte's unmodified runner against the demo shop, and dbt over what it wrote."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from benchmarks.support.small_shop import START
from comptoir.settings import Settings
from demo_shop.content.catalogue import generate_products, locations
from demo_shop.content.customers import generate_customers
from demo_shop.content.pricing import pricing_on
from demo_shop.store.ledger import ledger
from demo_shop.store.store import Store
from demo_shop.traffic.history import History, Size
from expectations.validate import LAYERS, validate
from ingestion.shop_sync import sync_shop
from tests.support.served_platforms import served_platforms
from tests.support.warehouse_fixtures import query, run_dbt

END = START + timedelta(days=60)
SALES = """
    select sales_date, currency, net_sales_amount, net_sales_shop_amount, gross_sales_amount, discounts_amount,
        returns_amount, cancellations_amount, orders_count, units_count
    from marts.mart_daily_sales order by sales_date, currency
"""
# what both platforms know: Magento has no reviews of hidden products, no back orders and no archive. The names of
# customers are random, and so not the same on both
ORDERS = """
    select order_id, customer_id, country_code, financial_status, discount_code, is_cancelled, units_count,
        returned_units_count, currency, net_sales_amount, tax_amount, shipping_amount, total_amount, shop_currency,
        net_sales_shop_amount, order_date, cancelled_at, cancellation_date, first_refunded_at, updated_at
    from marts.fct_orders left join pii.customer_pseudonyms using (customer_pseudonym) order by order_id
"""
PRODUCTS = """
    select product_id, title, brand, category, department, currency, price_amount, compare_at_amount, stock_count,
        is_published, case when is_published then rating end, case when is_published then rating_count end,
        attributes
    from intermediate.int_products__listed order by product_id
"""
COSTS = """
    select order_line_id, brand, unit_cost_shop_amount from intermediate.int_order_lines__settled order by 1
"""
# but for rounding between the customer's currency and the shop's
NOT_CLOSED = """
    select order_id, reason from marts.mart_order_bridge
    where not is_closed and not (reason = 'rounded between two currencies' and currency <> shop_currency)
"""
CUSTOMERS = """
    select customer_id, country_code, has_marketing_consent, staged.created_at, updated_at
    from staging.stg_shop__customers as staged inner join pii.customer_pseudonyms using (customer_pseudonym) order by 1
"""


# with all tests, the unit tests too, for the platform that no other test builds
BUILD = {
    "magento": ("build",),
    "shopify": (
        "run",
        "--select",
        "+mart_daily_sales",
        "+mart_order_bridge",
        "+fct_orders",
        "+int_products__listed",
        "+stg_shop__customers",
    ),
}


def fill(store: Store) -> None:
    """Two months of history."""
    products, people = generate_products(3, END, 60), generate_customers(3, END, 80)
    history = History(products, people, 3, END, Size(days=60, visits_per_day=12, till_orders_per_day=2))
    for _ in history:  # its orders come from its visits
        pass
    store.save_locations(locations())
    store.save_products(products)
    store.save_customers(people)
    store.save_orders(history.orders)
    store.save_pricing(pricing_on(END.date()))


def broken_rules(database_url: str) -> list[str]:
    """What the three gates say of the shop's tables; its visitors sent nothing here."""
    results = [result for layer in LAYERS for result in validate(layer, database_url, "magento").rules]
    assert {"raw_shop.credit_memos", "staging.stg_shop__orders"} <= {result.table for result in results}
    return [result.message for result in results if not result.success and "clickstream" not in result.table]


def rename_a_brand(database_url: str, target: Path) -> None:
    """Magento's lines have the brand of today: an increment, with its unit tests, renames that of past orders."""
    sold = "select count(*) from marts.fct_order_lines where brand = '{}'"
    [(brand,)] = query(database_url, "select min(brand) from marts.fct_order_lines")
    before = query(database_url, sold.format(brand))
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "update raw_shop.product_attributes set options = replace(options::text, %s, 'Renamed')::jsonb"
            " where attribute_code = 'manufacturer'",
            [brand],
        )
    command = ("build", "--exclude-resource-type", "test", "--select", "+fct_order_lines")
    built = run_dbt(database_url, target, *command, shop_platform="magento")
    assert built.returncode == 0, built.stdout
    assert query(database_url, sold.format("Renamed")) == before != [(0,)]
    assert query(database_url, sold.format(brand)) == [(0,)]


@pytest.mark.services
def test_one_shop_read_as_either_platform_has_the_ledgers_sales(
    make_database: Callable[[], str], tmp_path: Path
) -> None:
    found, others, not_closed = {}, {}, {}
    with served_platforms(tmp_path, fill) as (store, ports):
        for platform in ("magento", "shopify"):
            url = make_database()
            settings = Settings(
                data_dir=tmp_path, postgres_url=url, shop_platform=platform, shop_start_date="2026-01-01", **ports
            )
            report = sync_shop(settings)
            assert report.success, report.message
            built = run_dbt(url, tmp_path / f"dbt-{platform}", *BUILD[platform], shop_platform=platform)
            assert built.returncode == 0, built.stdout
            found[platform] = query(url, SALES)
            not_closed[platform] = dict(query(url, NOT_CLOSED))
            others[platform] = [query(url, statement) for statement in (ORDERS, PRODUCTS, COSTS, CUSTOMERS)]
            if platform == "magento":
                assert broken_rules(url) == []
                rename_a_brand(url, tmp_path / "dbt-magento")
        books = ledger(store.orders(), "Europe/Paris")
        reasons = {"PENDING": "not paid yet", "VOIDED": "cancelled, not yet paid back"}
        unpaid = {str(order.order_id): reasons.get(order.financial_status) for order in store.orders()}
    assert len({row.currency for row in books}) > 1 and sum(row.returns for row in books) > 0
    assert sum(row.cancellations for row in books) > 0
    expected = [
        (r.sales_date, r.currency, r.net, r.net_shop, r.gross, r.discounts, r.returns, r.cancellations, r.orders_count,
         r.units) for r in books
    ]  # fmt: skip
    assert found["magento"] == expected
    assert found["shopify"] == expected
    # every other order closes. A void gives nothing back on Shopify; on Magento a cancelled order has no paid invoice
    listed = {order: reason for order, reason in unpaid.items() if reason}
    assert not_closed["shopify"] == listed and "cancelled, not yet paid back" in listed.values()
    assert not_closed["magento"] == {order: reason for order, reason in listed.items() if reason == "not paid yet"}
    # the first day cuts orders alone: products and customers are whole on both
    for magento, shopify in zip(others["magento"], others["shopify"], strict=True):
        assert magento == shopify
