"""Raw compared with the demo shop: missing rows, silent deletions, and what the next sync reads again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from benchmarks.support.running_shop import RunningShop, broken, running_shop
from benchmarks.support.small_shop import START, a_product
from demo_shop.store.ids import FIRST_IDS
from ingestion.connectors.shopify.api import ATTEMPTS, ShopifyApi
from ingestion.connectors.shopify.census import ShopifyCensus
from ingestion.reconciliation.census import ListedOrder
from ingestion.reconciliation.findings import Completeness
from ingestion.reconciliation.reconcile import Reconciliation
from tests.support.landed_shop import create_tables, land

pytestmark = pytest.mark.services

DAILY = timedelta(days=1)
FIRST = FIRST_IDS["product"]


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[RunningShop]:
    with running_shop(database, tmp_path) as shop:
        create_tables(database)
        land(database, shop.store)
        yield shop


@pytest.fixture
def api(shop: RunningShop) -> Iterator[ShopifyApi]:
    with shop.api() as api:
        yield api


class Begun:
    """A reconciliation after its plan was made, as when a sync begins to read."""

    def __init__(self, reconciliation: Reconciliation) -> None:
        self._reconciliation, self._plan = reconciliation, reconciliation.plan()
        self.resync_since = self._plan.resync_since

    def compare(self) -> Completeness:
        return self._reconciliation.compare(self._plan)


def begin(shop: RunningShop, api: ShopifyApi, every: timedelta = DAILY, **options: Any) -> Begun:
    start, census = START - timedelta(days=2), ShopifyCensus(api)
    return Begun(Reconciliation(shop.settings.database_url, census, start, "Europe/Paris", every, **options))


def execute(shop: RunningShop, statement: str, *values: Any) -> None:
    with psycopg.connect(shop.settings.database_url) as connection:
        assert connection.execute(statement.encode(), values).rowcount > 0


def deleted(shop: RunningShop) -> set[tuple[str, str, str]]:
    return set(shop.rows("select stream, key, found_by from raw_shop.deleted_keys"))


def test_raw_that_holds_the_shop_is_complete(shop: RunningShop, api: ShopifyApi) -> None:
    report = begin(shop, api).compare()
    assert report.is_complete, report.message
    assert report.deleted_count == 0 and deleted(shop) == set()
    orders = shop.rows(
        "select day::text, currency, shop_count, raw_count, shop_total, raw_total from ops.completeness"
        " where measure = 'orders' order by 1, 2"
    )
    assert [row[:4] for row in orders] == [("2026-03-31", "EUR", 3, 3), ("2026-03-31", "USD", 1, 1)]
    assert all(shop_total == raw_total > 0 for *_, shop_total, raw_total in orders)
    assert shop.rows(
        "select stream, shop_count, raw_count from ops.completeness where measure = 'count' order by 1"
    ) == [
        ("orders", 4, 4),
        ("products", 7, 7),
    ]
    keys = dict(shop.rows("select stream, shop_count from ops.completeness where measure = 'keys'"))
    assert keys["inventory_levels"] == 14 and len(keys) == 6


def test_the_next_check_looks_at_what_changed_since_and_compares_no_keys(shop: RunningShop, api: ShopifyApi) -> None:
    begin(shop, api).compare()
    second = begin(shop, api)
    assert second.resync_since is None
    assert second.compare().is_complete
    latest = "checked_at = (select max(checked_at) from ops.completeness)"
    assert shop.rows(f"select measure, count(*) from ops.completeness where {latest} group by 1") == [("count", 2)]


def test_a_lost_order_is_named_and_read_again_from_its_change(shop: RunningShop, api: ShopifyApi) -> None:
    lost = shop.orders[1]
    execute(shop, "delete from raw_shop.orders where id = %s", lost.order_id)
    report = begin(shop, api).compare()
    assert not report.is_complete
    assert (
        f"1 of 3 orders of 2026-03-31 in EUR are missing or outdated in raw_shop.orders: {lost.order_id}"
        in report.message
    )
    assert "the shop has 4 orders created since 2026-02-28, raw 3" in report.message
    assert "1 of 4 orders are missing or outdated in raw" in report.message
    again = begin(shop, api)
    assert again.resync_since == lost.updated_at
    land(shop.settings.database_url, shop.store)  # as a sync does that reads again since then
    assert again.compare().is_complete
    assert begin(shop, api).resync_since is None


def test_an_old_version_of_an_order_is_not_complete(shop: RunningShop, api: ShopifyApi) -> None:
    paid = shop.orders[0]
    shop.store.refund_order(paid.order_id, {paid.lines[0].line_id: 1}, at=START + timedelta(days=35))
    assert f"{paid.order_id} (total in the shop" in begin(shop, api).compare().message


def test_a_wrong_total_is_not_complete(shop: RunningShop, api: ShopifyApi) -> None:
    execute(
        shop,
        "update raw_shop.orders set total_price_set ="
        " jsonb_set(total_price_set, '{presentment_money,amount}', '\"1.00\"') where id = %s",
        shop.orders[3].order_id,
    )
    report = begin(shop, api).compare()
    assert (
        f"1 of 1 orders of 2026-03-31 in USD are missing or outdated in raw_shop.orders: {shop.orders[3].order_id}"
        in (report.message)
    )


def test_what_changed_after_the_sync_began_is_left_to_the_next_check(shop: RunningShop, api: ShopifyApi) -> None:
    begun = begin(shop, api)
    shop.store.place_order([(FIRST, 1)], at=datetime.now(UTC))
    shop.store.cancel_order(shop.orders[0].order_id, at=datetime.now(UTC))
    assert begun.compare().is_complete


@pytest.mark.parametrize("stream", ["customers", "product_variants", "inventory_items", "products"])
def test_a_lost_row_of_another_stream_is_found_by_its_key(shop: RunningShop, api: ShopifyApi, stream: str) -> None:
    execute(shop, f"delete from raw_shop.{stream} where id = (select max(id) from raw_shop.{stream})")
    listed = 3 if stream == "customers" else 7
    message = begin(shop, api).compare().message
    assert f"1 of {listed} {stream} are missing or outdated in raw" in message


def test_a_row_that_missed_a_change_is_found_by_its_time(shop: RunningShop, api: ShopifyApi) -> None:
    at = START + timedelta(days=33)
    shop.store.update_product(FIRST, title="Renamed", at=at)
    report = begin(shop, api).compare()
    assert "1 of 7 products are missing or outdated in raw" in report.message
    assert begin(shop, api).resync_since == at


def test_silent_deletions_are_found_and_marked(shop: RunningShop, api: ShopifyApi) -> None:
    other = a_product(1)
    locations = sorted(other.stock)
    # a variant replaced by another, a location that no longer stocks a product: Shopify reports neither
    shop.store.update_product(FIRST, variant_id=1, inventory_item_id=2, at=START)
    shop.store.update_product(other.product_id, stock={locations[0]: 5}, at=START)
    begin(shop, api, timedelta()).compare()
    first = a_product(0)
    levels = {("inventory_levels", f"{location}|{first.inventory_item_id}", "keys") for location in locations}
    assert deleted(shop) == levels | {
        ("product_variants", str(first.variant_id), "keys"),
        ("inventory_items", str(first.inventory_item_id), "keys"),
        ("inventory_levels", f"{locations[1]}|{other.inventory_item_id}", "keys"),
    }


def test_a_row_without_its_key_as_a_server_may_write_it_is_none_that_was_deleted(
    shop: RunningShop, api: ShopifyApi
) -> None:
    with psycopg.connect(shop.settings.database_url) as connection:
        connection.execute(
            "insert into raw_shop.inventory_items"
            " (_airbyte_raw_id, _airbyte_extracted_at, _airbyte_meta, _airbyte_generation_id)"
            " values ('no key', now(), '{}', 0)"
        )
    begin(shop, api, timedelta()).compare()
    assert deleted(shop) == set()


def test_a_deleted_order_is_marked_whatever_the_way_it_was_read(shop: RunningShop, api: ShopifyApi) -> None:
    gone = shop.orders[1]
    shop.store.delete_order(gone.order_id)
    report = begin(shop, api).compare()
    assert report.is_complete and report.deleted_count == 1
    assert deleted(shop) == {("orders", str(gone.order_id), "orders")}


def test_an_old_order_that_was_deleted_makes_keys_be_compared(shop: RunningShop, api: ShopifyApi) -> None:
    begin(shop, api).compare()
    shop.store.delete_order(shop.orders[2].order_id)  # changed long before the window
    assert begin(shop, api).compare().is_complete
    assert deleted(shop) == {("orders", str(shop.orders[2].order_id), "keys")}


def test_a_deleted_product_takes_its_variant_and_stock_with_it(shop: RunningShop, api: ShopifyApi) -> None:
    begin(shop, api).compare()
    gone = a_product(2)
    shop.store.delete_product(gone.product_id)
    execute(shop, "insert into raw_shop.deleted_products values ('x', %s, now())", gone.product_id)
    assert begin(shop, api).compare().is_complete
    assert deleted(shop) == {
        ("products", str(gone.product_id), "event"),
        ("product_variants", str(gone.variant_id), "parent"),
        ("inventory_items", str(gone.inventory_item_id), "parent"),
        *(("inventory_levels", f"{location}|{gone.inventory_item_id}", "parent") for location in gone.stock),
    }


def test_what_is_listed_again_was_not_deleted(shop: RunningShop, api: ShopifyApi) -> None:
    execute(
        shop,
        "insert into raw_shop.deleted_keys (stream, key, deleted_at, found_by) values ('customers', %s, now(), 'keys')",
        str(FIRST_IDS["customer"]),
    )
    begin(shop, api).compare()
    assert deleted(shop) == set()


def test_a_list_that_lacks_most_is_not_believed(shop: RunningShop, api: ShopifyApi) -> None:
    for position in range(20, 40):  # more than FEW, which may always be missing
        shop.store.save_products([a_product(position)])
    land(shop.settings.database_url, shop.store)
    for position in range(20, 40):
        shop.store.delete_product(a_product(position).product_id)
    report = begin(shop, api).compare()
    assert "the shop does not list 20 of 27 keys of raw_shop.product_variants, too many to believe" in report.message
    assert deleted(shop) == set()
    assert begin(shop, api, deleted_share_limit=1.0).compare().is_complete
    assert len(deleted(shop)) == 20 * 5


def test_a_shop_that_does_not_answer_is_a_finding(
    shop: RunningShop, api: ShopifyApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ShopifyApi.query.retry, "sleep", lambda seconds: None)  # type: ignore[attr-defined]
    begun = begin(shop, api)
    shop.faults = [("/graphql.json", broken())] * ATTEMPTS
    report = begun.compare()
    assert report.message.startswith(
        "raw could not be compared with the shop: the shop did not answer after 8 attempts"
    )
    assert shop.rows("select stream, is_complete from ops.completeness") == [("shop", False)]


def test_orders_that_the_shop_does_not_show_us_are_left_alone(
    shop: RunningShop, api: ShopifyApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without read_all_orders an app sees only the orders of sixty days: older ones were not deleted."""
    visible_since = START + timedelta(days=30, hours=2)  # hides the first two

    def shown(self: ShopifyCensus, moment: datetime) -> Iterator[ListedOrder]:
        return (order for order in every(self, moment) if order.created_at >= visible_since)

    every = ShopifyCensus.orders_changed_since
    monkeypatch.setattr(ShopifyCensus, "orders_changed_since", shown)
    monkeypatch.setattr(ShopifyCensus, "orders_visible_since", lambda self: visible_since)
    assert begin(shop, api).compare().is_complete
    assert deleted(shop) == set()


def test_days_are_those_of_the_shop(shop: RunningShop, api: ShopifyApi) -> None:
    """Half past midnight in Paris, on the days the clocks change."""
    for at in ("2026-03-28T23:30:00+00:00", "2026-10-24T22:30:00+00:00"):
        shop.store.place_order([(FIRST, 1)], at=datetime.fromisoformat(at))
    land(shop.settings.database_url, shop.store)
    assert begin(shop, api).compare().is_complete
    days = {day for (day,) in shop.rows("select day::text from ops.completeness where measure = 'orders'")}
    assert days == {"2026-03-29", "2026-03-31", "2026-10-25"}


def test_a_product_changed_in_the_shop_is_no_deletion(shop: RunningShop, api: ShopifyApi) -> None:
    product = replace(a_product(0), updated_at=datetime.now(UTC))
    shop.store.save_products([product])
    assert begin(shop, api, timedelta()).compare().deleted_count == 0
