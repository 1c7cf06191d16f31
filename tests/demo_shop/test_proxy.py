"""The demo shop as its clients see it: TLS behind the CONNECT proxy, read by the unmodified Airbyte connector."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.support.servers import stopped_at_exit
from benchmarks.support.small_shop import fill
from comptoir.settings import get_settings
from demo_shop.certificates import authority
from demo_shop.store.ids import FIRST_IDS
from demo_shop.store.store import STORE_FILE, Store
from local.ports import find_free_port, is_listening
from local.waiting import wait_until

STREAMS = ("products", "inventory_levels", "metafield_products", "orders", "order_refunds", "transactions")
FIRST = FIRST_IDS["product"]


@dataclass(frozen=True)
class ServedShop:
    store: Store
    proxy: str
    ca_file: Path


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShop]:
    """The server and the proxy as processes of their own, with the small shop."""
    data_dir = tmp_path_factory.mktemp("demo_shop")
    store = Store(data_dir / "demo_shop" / STORE_FILE)
    fill(store)
    server_port, proxy_port = find_free_port(), find_free_port()
    schema = data_dir / "lib" / "shopify"
    schema.mkdir(parents=True)
    (schema / get_settings().shopify_schema_file.name).symlink_to(get_settings().shopify_schema_file.resolve())
    environment = {
        **os.environ,
        "COMPTOIR_DATA_DIR": str(data_dir),
        "COMPTOIR_DEMO_SHOP_PORT": str(server_port),
        "COMPTOIR_DEMO_PROXY_PORT": str(proxy_port),
        "COMPTOIR_SHOP_API_PASSWORD": "secret",
    }
    ca_file = data_dir / "demo_shop" / "ca.pem"

    def is_ready() -> None:
        trust = ssl.create_default_context(cafile=str(ca_file))
        httpx.get(f"https://127.0.0.1:{server_port}/demo/health", verify=trust).raise_for_status()
        assert is_listening(proxy_port)

    server, proxy = ([sys.executable, "-m", f"demo_shop.{name}"] for name in ("server", "shopify.proxy"))
    with (
        stopped_at_exit(server, data_dir / "server.log", env=environment),
        stopped_at_exit(proxy, data_dir / "proxy.log", env=environment),
    ):
        wait_until(is_ready, "the demo shop", seconds=180)
        yield ServedShop(store, f"http://127.0.0.1:{proxy_port}", ca_file)


@pytest.mark.services
def test_shopifys_host_leads_to_the_demo_shop(shop: ServedShop) -> None:
    with httpx.Client(proxy=shop.proxy, verify=ssl.create_default_context(cafile=str(shop.ca_file))) as client:
        answer = client.get(
            "https://comptoir-demo.myshopify.com/admin/api/2026-10/shop.json",
            headers={"X-Shopify-Access-Token": "secret"},
        )

    assert answer.json()["shop"]["myshopify_domain"] == "comptoir-demo.myshopify.com"


@pytest.mark.services
@pytest.mark.parametrize("url", ["https://example.com/", "https://evilmyshopify.com/"])
def test_no_other_host_is_reached(shop: ServedShop, url: str) -> None:
    with httpx.Client(proxy=shop.proxy) as client, pytest.raises(httpx.ProxyError, match="403"):
        client.get(url)


def test_the_certificate_authority_stays_the_same(tmp_path: Path) -> None:
    first = authority(tmp_path).cert_pem.bytes()

    assert authority(tmp_path).cert_pem.bytes() == first == (tmp_path / "ca.pem").read_bytes()
    assert (tmp_path / "ca.key").stat().st_mode & 0o077 == 0, "only the owner can read the key"


@dataclass
class Connector:
    """The Airbyte connector as its users run it: a command that reads files."""

    shop: ServedShop
    directory: Path

    def run(self, *arguments: str) -> list[dict[str, Any]]:
        """The JSON messages it prints. Amounts are Decimal."""
        process = subprocess.run(
            [get_settings().connector_venv / "bin" / "source-shopify", *arguments],
            cwd=self.directory,
            env={**os.environ, "HTTPS_PROXY": self.shop.proxy, "REQUESTS_CA_BUNDLE": str(self.shop.ca_file)},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert process.returncode == 0, process.stdout[-3000:] + process.stderr[-3000:]
        return [json.loads(line, parse_float=Decimal) for line in process.stdout.splitlines()]

    def write(self, name: str, content: Any) -> str:
        (self.directory / name).write_text(json.dumps(content, default=float))
        return name

    def read(self, *more: str) -> tuple[dict[str, list[dict[str, Any]]], list[dict[str, Any]]]:
        """(records by stream, the last state of each stream)."""
        records: dict[str, list[dict[str, Any]]] = defaultdict(list)
        states: dict[str, dict[str, Any]] = {}
        for message in self.run("read", "--config", "config.json", "--catalog", "catalog.json", *more):
            if message["type"] == "RECORD":
                records[message["record"]["stream"]].append(message["record"]["data"])
            elif message["type"] == "STATE":
                states[message["state"]["stream"]["stream_descriptor"]["name"]] = message["state"]
        return dict(records), list(states.values())


@pytest.fixture
def connector(shop: ServedShop, tmp_path: Path) -> Connector:
    connector = Connector(shop, tmp_path)
    connector.write(
        "config.json",
        {
            "shop": "comptoir-demo",
            "credentials": {"auth_method": "api_password", "api_password": "secret"},
            "start_date": "2026-01-01",
            "bulk_window_in_days": 3650,
            "lookback_window_in_days": 1,
        },
    )
    return connector


@pytest.mark.services
def test_the_connector_reads_everything_then_only_what_changed(connector: Connector) -> None:
    (status,) = [m for m in connector.run("check", "--config", "config.json") if m["type"] == "CONNECTION_STATUS"]
    assert status["connectionStatus"]["status"] == "SUCCEEDED"

    (catalog,) = [m["catalog"] for m in connector.run("discover", "--config", "config.json") if m["type"] == "CATALOG"]
    wanted = [stream for stream in catalog["streams"] if stream["name"] in STREAMS]
    assert len(wanted) == len(STREAMS)
    connector.write(
        "catalog.json",
        {
            "streams": [
                {
                    "stream": stream,
                    "sync_mode": "incremental",
                    "destination_sync_mode": "append_dedup",
                    "cursor_field": stream["default_cursor_field"],
                    "primary_key": stream["source_defined_primary_key"],
                }
                for stream in wanted
            ]
        },
    )
    first, state = connector.read()
    assert {name: len(rows) for name, rows in first.items()} == {
        "products": 7,
        "inventory_levels": 14,
        "metafield_products": 3 * 2 + 7 * 2,
        "orders": 4,
        "order_refunds": 1,
        "transactions": 6,
    }
    paid = next(order for order in first["orders"] if order["name"] == "#1001")
    assert paid["total_price"] == Decimal("324.75")

    store, now = connector.shop.store, datetime.now(UTC)
    order = store.place_order([(FIRST, 1)], currency="USD", at=now - timedelta(minutes=2))
    store.refund_order(order.order_id, at=now - timedelta(minutes=1))
    store.update_product(FIRST + 5, price=Decimal("1.00"))
    store.delete_order(FIRST_IDS["order"])
    second, _ = connector.read("--state", connector.write("state.json", state))

    assert {product["id"] - FIRST for product in second["products"]} >= {0, 5}
    assert len(second["products"]) < 7, "only what changed, and the look-back of a day"
    assert order.order_id in {record["id"] for record in second["orders"]}
    assert FIRST_IDS["order"] in {record["id"] for record in second["orders"] if "deleted_at" in record}
    assert order.order_id in {record["order_id"] for record in second["order_refunds"]}
    assert {"SALE", "REFUND"} == {t["kind"] for t in second["transactions"] if t["order_id"] == order.order_id}
