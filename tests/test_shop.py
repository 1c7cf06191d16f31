"""The unmodified Shopify connector against the demo shop: what the shop has is what raw_shop has."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from comptoir.settings import Settings
from ingestion.connector_process import ConnectorError
from ingestion.connectors.shopify import STREAMS
from ingestion.shop import source_of, sync_shop
from local.demo_shop.model import Order
from local.demo_shop.store import Store
from local.ports import find_free_port
from local.waiting import wait_until
from tests.demo_shop import START, a_product, fill
from tests.servers import stopped_at_exit

ORDERED = START + timedelta(days=30)


@dataclass
class Shop:
    store: Store
    orders: list[Order]
    settings: Settings

    def rows(self, query: str) -> list[Any]:
        with psycopg.connect(self.settings.database_url) as connection:
            return connection.execute(query).fetchall()

    def count(self, table: str) -> int:
        return self.rows(f"select count(*) from raw_shop.{table}")[0][0]


@pytest.fixture
def shop(database: str, tmp_path: Path) -> Iterator[Shop]:
    server_port, proxy_port = find_free_port(), find_free_port()
    settings = Settings(
        data_dir=tmp_path,
        demo_shop_port=server_port,
        demo_proxy_port=proxy_port,
        postgres_url=database,
        shop_start_date="2026-01-01",
    )
    settings.demo_shop_dir.mkdir(parents=True)
    store = Store(settings.demo_shop_dir / "shop.sqlite")
    orders = fill(store)
    environment = {
        **os.environ,
        "COMPTOIR_DATA_DIR": str(tmp_path),
        "COMPTOIR_DEMO_SHOP_PORT": str(server_port),
        "COMPTOIR_DEMO_PROXY_PORT": str(proxy_port),
    }
    server = [sys.executable, "-m", "local.demo_shop.server"]
    proxy = [sys.executable, "-m", "local.demo_shop.proxy"]

    def is_ready() -> None:
        with httpx.Client(proxy=f"http://127.0.0.1:{proxy_port}", verify=False) as client:  # its own certificate
            client.get("https://comptoir-demo.myshopify.com/demo/health").raise_for_status()

    with (
        stopped_at_exit(server, tmp_path / "server.log", env=environment),
        stopped_at_exit(proxy, tmp_path / "proxy.log", env=environment),
    ):
        wait_until(is_ready, "the demo shop", seconds=60)
        yield Shop(store, orders, settings)
    store.close()


@pytest.mark.services
def test_raw_follows_the_shop(shop: Shop) -> None:
    first = sync_shop(shop.settings)
    assert first.success, first.message
    assert list(first.streams) == list(STREAMS)
    counts = {stream: shop.count(stream) for stream in STREAMS}
    assert counts["products"] == counts["product_variants"] == counts["inventory_items"] == 7
    assert counts["customers"] == 3 and counts["orders"] == 4 and counts["locations"] == 2
    assert counts["order_refunds"] >= 1 and counts["transactions"] >= 4
    ratings = shop.rows(
        "select value from raw_shop.metafield_products where namespace = 'reviews' and key = 'rating_count'"
    )
    assert ratings == [("12",)] * 3

    again = sync_shop(shop.settings)
    assert again.success and again.rows_written == 0, again.message

    paid, refunded, _, _ = shop.orders
    newest_product = max(product.updated_at for product in shop.store.products())
    late = shop.store.place_order([(a_product(3).product_id, 2)], at=ORDERED + timedelta(hours=36))
    shop.store.refund_order(paid.order_id, {paid.lines[0].line_id: 1}, at=ORDERED + timedelta(days=3))
    shop.store.delete_order(refunded.order_id, at=ORDERED + timedelta(days=4))
    shop.store.update_product(a_product(1).product_id, title="Renamed", at=ORDERED + timedelta(days=5))
    # written behind the newest: without our look-back a bulk stream passes over it
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


@pytest.mark.services
def test_a_refused_token_is_one_sentence(shop: Shop) -> None:
    wrong = shop.settings.model_copy(update={"shop_api_password": "wrong-token"})
    with pytest.raises(ConnectorError) as refusal:
        sync_shop(wrong)
    assert "source-shopify could not list its streams" in str(refusal.value)
    assert "wrong-token" not in str(refusal.value) and "\n" not in str(refusal.value)


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
    with pytest.raises(ConnectorError, match="'abacus' is not supported"):
        source_of(Settings(shop_platform="abacus"))
