"""What goes wrong between a shop and raw, with the unmodified connector: raw equals the shop, or the report says why.

Faults that need no real connector are tested with the module that handles them; docs/sources.md lists all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from starlette.responses import JSONResponse

from benchmarks.support.running_shop import RunningShop, answering, broken, running_shop, throttled, too_many, truncated
from benchmarks.support.small_shop import START, a_product
from demo_shop.store.ids import FIRST_IDS
from ingestion.reconciliation.deleted_keys import not_deleted
from ingestion.shop_sync import sync_shop
from ingestion.sync_report import SyncReport

pytestmark = pytest.mark.services

ORDERED = START + timedelta(days=30)
FIRST = FIRST_IDS["product"]
# when summer time ends, half past two comes twice: the later time has the smaller text
SUMMER = datetime.fromisoformat("2026-10-25T02:30:00+02:00")
WINTER = datetime.fromisoformat("2026-10-25T02:10:00+01:00")
UNAUTHORISED = answering(JSONResponse({"errors": "[API] Invalid API key or access token"}, 401))


@pytest.fixture(scope="module")
def shop(make_database: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    """One shop for all tests, synced once; each test changes it and syncs again."""
    with running_shop(make_database(), tmp_path_factory.mktemp("shop"), key_comparison_hours=0) as shop:
        shop.orders.append(shop.store.place_order([(FIRST, 1)], currency="USD", at=SUMMER))
        assert_raw_is_the_shop(shop, sync_shop(shop.settings))
        yield shop


def assert_raw_is_the_shop(shop: RunningShop, report: SyncReport) -> None:
    assert report.success, report.message
    assert report.completeness and report.completeness.is_complete, report.completeness
    with psycopg.connect(shop.settings.database_url) as connection:

        def rows(stream: str, columns: str) -> set[tuple[Any, ...]]:
            condition = not_deleted(connection, stream).as_string(connection)
            query = f"select {columns} from raw_shop.{stream} as raw where {condition}"
            return set(connection.execute(query.encode()).fetchall())

        orders = rows("orders", "id, total_price_set #>> '{presentment_money,currency_code}', refunds::text")
        products = rows("products", "id, title")
        variants = rows("product_variants", "id, product_id")
        levels = rows("inventory_levels", "inventory_item_id, location_id, (quantities #>> '{0,quantity}')::int")
    held = list(shop.store.orders())
    assert {(number, currency) for number, currency, _ in orders} == {(o.order_id, o.currency) for o in held}
    refunds = {number: text.count('"refund_line_items"') for number, _, text in orders}
    assert refunds == {order.order_id: len(order.refunds) for order in held}
    goods = list(shop.store.products())
    assert products == {(product.product_id, product.title) for product in goods}
    assert variants == {(product.variant_id, product.product_id) for product in goods}
    assert {level[:2] for level in levels} == {(p.inventory_item_id, place) for p in goods for place in p.stock}


def test_changes_that_are_easily_missed(shop: RunningShop) -> None:
    """Refund after the cursor, update in the cursor's second, deletions, two currencies, the clock set back."""
    store, (paid, refunded, cancelled, _, newest) = shop.store, shop.orders
    assert WINTER > SUMMER
    store.place_order([(FIRST, 1)], at=WINTER)
    store.refund_order(paid.order_id, {paid.lines[0].line_id: 1}, at=ORDERED + timedelta(days=210))
    changed = store.refund_order(newest.order_id, at=newest.updated_at)  # in the second of the newest that was read
    assert changed.updated_at == newest.updated_at
    now = datetime.now(UTC).replace(microsecond=0)
    store.delete_order(refunded.order_id, at=now)
    store.delete_order(cancelled.order_id, at=now)
    store.delete_product(a_product(6).product_id, at=now)
    # a variant replaced by another, and a location that no longer stocks the product: Shopify reports neither
    store.update_product(a_product(4).product_id, variant_id=1, inventory_item_id=2, at=now)
    store.update_product(a_product(5).product_id, stock={FIRST_IDS["location"]: 3}, at=now)
    assert_raw_is_the_shop(shop, sync_shop(shop.settings))


def test_a_shop_that_throttles_fails_and_breaks_off(shop: RunningShop) -> None:
    shop.store.place_order([(FIRST, 1)], at=datetime.now(UTC) - timedelta(minutes=5))
    shop.store.update_product(FIRST, title="Renamed", at=datetime.now(UTC) - timedelta(minutes=5))
    shop.faults = [
        ("/graphql.json", throttled()),
        ("/demo/bulk", truncated()),
        ("/customers.json", too_many()),
        ("/customers.json", broken()),
        ("/price_rules.json", truncated()),
        ("/orders.json", too_many()),
        ("/orders.json", broken()),
    ]
    report = sync_shop(shop.settings)
    assert shop.faults == []
    if not report.success:  # then it says so, and the next run succeeds
        assert report.message
        report = sync_shop(shop.settings)
    assert_raw_is_the_shop(shop, report)


def test_a_token_revoked_half_way_shuts_the_gate_until_it_is_renewed(shop: RunningShop) -> None:
    """The connector takes a 401 for the end of a stream; only the comparison notices."""
    shop.store.place_order([(FIRST, 2)], at=datetime.now(UTC) - timedelta(minutes=3))
    shop.faults = [("/customers.json", UNAUTHORISED), *[("/", UNAUTHORISED)] * 100]
    report = sync_shop(shop.settings)
    shop.faults = []
    if report.success:
        assert report.completeness and not report.completeness.is_complete
        assert "raw could not be compared with the shop" in report.completeness.message
        assert "HTTP 401" in report.completeness.message
    assert_raw_is_the_shop(shop, sync_shop(shop.settings))


def test_what_no_cursor_can_tell_is_noticed_and_read_again(shop: RunningShop) -> None:
    """A page that was lost without an error, and a change written far behind the cursor, as after an import."""
    lost = shop.store.place_order([(FIRST, 1)], at=datetime.now(UTC) - timedelta(minutes=2))
    shop.store.save_products([replace(a_product(1), title="Late", updated_at=START + timedelta(days=40))])
    shop.faults = [("/orders.json", answering(JSONResponse({"orders": []})))]
    report = sync_shop(shop.settings)
    assert report.success
    assert (
        report.completeness
        and f"missing or outdated in raw_shop.orders: {lost.order_id}" in report.completeness.message
    )
    assert "1 of 6 products are missing or outdated in raw" in report.completeness.message
    assert_raw_is_the_shop(shop, sync_shop(shop.settings))
