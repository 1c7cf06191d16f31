"""The unmodified Shopify connector against the demo shop: what the shop has is what raw_shop has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from benchmarks.support.running_shop import RunningShop, running_shop
from benchmarks.support.small_shop import START, a_product
from comptoir.settings import Settings
from ingestion.airbyte.process import ConnectorError
from ingestion.connectors.shopify.api import ShopifyError
from ingestion.connectors.shopify.connector import STREAMS
from ingestion.shop_source import signed_in, source_of, streams_of
from ingestion.shop_sync import sync_shop

ORDERED = START + timedelta(days=30)


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[RunningShop]:
    with running_shop(database, tmp_path) as shop:
        yield shop


@pytest.mark.services
def test_raw_follows_the_shop(shop: RunningShop) -> None:
    first = sync_shop(shop.settings)
    assert first.success, first.message
    assert list(first.streams) == list(STREAMS)
    counts = {stream: shop.count(stream) for stream in STREAMS}
    assert counts["products"] == counts["product_variants"] == counts["inventory_items"] == 7
    assert counts["customers"] == 3 and counts["orders"] == 4
    assert counts["transactions"] >= 4
    assert counts["discount_codes_sync"] == counts["price_rules"] == counts["abandoned_checkouts"] == 1
    ratings = shop.rows(
        "select value from raw_shop.metafield_products where namespace = 'reviews' and key = 'rating_count'"
    )
    assert ratings == [("12",)] * 3
    assert first.completeness and first.completeness.is_complete, first.completeness
    mapped = shop.rows("select customer_id from pii.customer_pseudonyms order by 1")
    assert first.pseudonyms_added == len(mapped) == 3
    assert mapped == shop.rows("select id from raw_shop.customers order by 1")

    again = sync_shop(shop.settings)
    assert again.success and again.rows_written == 0, again.message
    assert again.completeness and again.completeness.deleted_count == 0
    assert again.pseudonyms_added == 0

    paid, refunded, _, _ = shop.orders
    newest_product = max(product.updated_at for product in shop.store.products())
    late = shop.store.place_order([(a_product(3).product_id, 2)], at=ORDERED + timedelta(hours=36))
    shop.store.refund_order(paid.order_id, {paid.lines[0].line_id: 1}, at=ORDERED + timedelta(days=3))
    shop.store.delete_order(refunded.order_id, at=datetime.now(UTC))
    shop.store.delete_product(a_product(6).product_id, at=datetime.now(UTC))
    shop.store.update_product(a_product(1).product_id, title="Renamed", at=ORDERED + timedelta(days=5))
    # changed before the newest one: without our look-back a bulk stream would miss it
    shop.store.update_product(a_product(2).product_id, title="Late", at=newest_product - timedelta(hours=12))
    third = sync_shop(shop.settings)
    assert third.success, third.message
    orders = {row[0]: row[1:] for row in shop.rows("select id, deleted_at, refunds, total_price from raw_shop.orders")}
    assert set(orders) == {order.order_id for order in [*shop.orders, late]}
    assert orders[refunded.order_id][0] is not None and orders[refunded.order_id][2] is not None
    assert len(orders[paid.order_id][1]) == 1 and orders[paid.order_id][0] is None
    titles = dict(shop.rows("select id, title from raw_shop.products"))
    assert titles[a_product(1).product_id] == "Renamed" and titles[a_product(2).product_id] == "Late"
    assert shop.count("products") == 7
    gone = shop.rows("select key from raw_shop.deleted_keys where stream in ('products', 'product_variants')")
    assert {key for (key,) in gone} == {str(a_product(6).product_id), str(a_product(6).variant_id)}
    assert third.completeness and third.completeness.is_complete, third.completeness


@pytest.mark.services
def test_a_refused_token_is_one_sentence(shop: RunningShop) -> None:
    wrong = shop.settings.model_copy(update={"shop_api_password": SecretStr("wrong-token")})
    with pytest.raises(ShopifyError) as refusal:
        sync_shop(wrong)
    assert "refused our query with HTTP 401: the access token is not valid" in str(refusal.value)
    assert "wrong-token" not in str(refusal.value) and "\n" not in str(refusal.value)


@pytest.mark.services
def test_an_app_of_the_dev_dashboard_gets_a_token_for_the_day(shop: RunningShop) -> None:
    secrets = {"shop_api_password": SecretStr(""), "shop_client_secret": SecretStr("demo-secret")}
    settings = shop.settings.model_copy(update={"shop_client_id": "app", **secrets})
    assert signed_in(settings).shop_api_password == shop.settings.shop_api_password
    assert signed_in(shop.settings) is shop.settings
    wrong = settings.model_copy(update={"shop_client_secret": SecretStr("guess")})
    with pytest.raises(ShopifyError, match=r"grants no token to COMPTOIR_SHOP_CLIENT_ID .*HTTP 40[01]: invalid_client"):
        sync_shop(wrong)


def test_a_real_shop_is_reached_without_the_demo_proxy(tmp_path: Path) -> None:
    settings = Settings(demo_shop=False, shop_name="my-shop", shop_api_password="x", data_dir=tmp_path)
    source = source_of(settings)
    assert source.connector.environment == {}
    assert source.config["shop"] == "my-shop"
    assert "HTTPS_PROXY" in source_of(Settings(demo_shop=True)).connector.environment


def test_a_magento_shop_is_asked_at_its_own_address(tmp_path: Path) -> None:
    real = Settings(
        shop_platform="magento",
        demo_shop=False,
        shop_url="https://shop.example",
        shop_api_password="x",
        data_dir=tmp_path,
    )
    source = source_of(real)
    assert (source.config["url"], source.config["access_token"]) == ("https://shop.example", "x")
    assert source.connector.environment == {} and source.connector.secrets == ("x",)
    demo = source_of(Settings(shop_platform="magento", demo_shop=True, demo_shop_port=18_999))
    assert demo.config["url"] == "https://127.0.0.1:18999"
    assert "REQUESTS_CA_BUNDLE" in demo.connector.environment and "HTTPS_PROXY" not in demo.connector.environment


def test_a_magento_shop_without_an_address_says_what_to_set() -> None:
    with pytest.raises(ConnectorError, match="COMPTOIR_SHOP_URL"):
        source_of(Settings(shop_platform="magento", demo_shop=False))


def test_an_unknown_platform_says_what_to_set() -> None:
    with pytest.raises(ConnectorError, match="'abacus' is not supported: set COMPTOIR_SHOP_PLATFORM to 'magento' or "):
        streams_of("abacus")
