"""The shop as visitors have it: storefront, collector and demo shop as processes of their own, with a shelf on sale."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
from kafka import KafkaConsumer, TopicPartition

from benchmarks.support.servers import stopped_at_exit
from benchmarks.support.small_shop import PRICING, a_location, a_product
from demo_shop.store.store import STORE_FILE, Store
from local import kafka as kafka_broker
from local.ports import find_free_port, is_listening
from local.waiting import wait_until
from storefront.search.builder import index_products
from tests.support.products import SHELF
from tests.support.serving import fill_serving

TOPIC = "clicks.page-test"


@dataclass(frozen=True)
class Shop:
    url: str
    collector: str
    database: str
    bootstrap: str

    def events(self) -> list[dict[str, Any]]:
        """Everything in the clicks topic, in the order of the broker."""
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap)
        partition = TopicPartition(TOPIC, 0)
        consumer.assign([partition])
        consumer.seek_to_beginning()
        end = consumer.end_offsets([partition])[partition]
        found: list[dict[str, Any]] = []
        while consumer.position(partition) < end:
            for records in consumer.poll(500).values():
                found += [json.loads(record.value) for record in records]
        consumer.close()
        return found


def require_listening(port: int) -> None:
    if not is_listening(port, "127.0.0.1"):
        raise ConnectionError(f"no process listens on port {port}")


def stock_demo_shop(folder: Path) -> None:
    """The shelf's laptop 1 and its sleeve 4 are on sale in the demo shop."""
    folder.mkdir()
    store = Store(folder / STORE_FILE)
    store.save_pricing(replace(PRICING, tax_rates=PRICING.tax_rates | {"DE": Decimal("0.19")}))
    store.save_locations([a_location(0), a_location(1)])
    prices = {1: Decimal("899.00"), 4: Decimal("24.90")}
    store.save_products(replace(a_product(number), product_id=number, price=price) for number, price in prices.items())
    store.close()


@contextmanager
def served_shop(kafka: str, database: str, folder: Path) -> Iterator[Shop]:
    """The shop with `SHELF` in its database and search index, until the block is left."""
    fill_serving(database, SHELF)
    index_products(SHELF, folder / "search_index")
    kafka_broker.create_topics(kafka, [TOPIC, f"{TOPIC}.bad"], 1)
    ports = {name: find_free_port() for name in ("storefront", "collector", "demo shop")}
    environment = os.environ | {
        "COMPTOIR_DATA_DIR": str(folder),
        "COMPTOIR_POSTGRES_URL": database,
        "COMPTOIR_STOREFRONT_PASSWORD": "storefront",
        "COMPTOIR_KAFKA_BOOTSTRAP": kafka,
        "COMPTOIR_CLICKS_TOPIC": TOPIC,
        "COMPTOIR_CLICKS_BAD_TOPIC": f"{TOPIC}.bad",
        "COMPTOIR_STOREFRONT_PORT": str(ports["storefront"]),
        "COMPTOIR_COLLECTOR_PORT": str(ports["collector"]),
        "COMPTOIR_DEMO_SHOP_PORT": str(ports["demo shop"]),
    }
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    api = [sys.executable, "-m", "storefront.api"]
    collector = [sys.executable, "-m", "collector"]
    demo_shop = [sys.executable, "-m", "demo_shop.server"]
    stock_demo_shop(folder / "demo_shop")
    with (
        stopped_at_exit(api, folder / "api.log", env=environment),
        stopped_at_exit(collector, folder / "collector.log", env=environment),
        stopped_at_exit(demo_shop, folder / "demo_shop.log", env=environment),
    ):
        wait_until(lambda: require_listening(ports["demo shop"]), "the demo shop", seconds=120)
        for name, path in (("storefront", "/health"), ("collector", "/ready")):
            url = urls[name] + path
            wait_until(lambda url=url: httpx.get(url).raise_for_status(), f"the {name}", seconds=120)
        yield Shop(urls["storefront"], urls["collector"], database, kafka)
