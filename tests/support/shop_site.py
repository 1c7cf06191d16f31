"""The storefront and a collector over HTTP, in this process and without Kafka or a database, for tests in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import json

from benchmarks.support.collecting import WRITE_KEY, serving
from benchmarks.support.in_process import BAD_TOPIC, TOPIC, InProcess
from comptoir.repository import REPOSITORY
from comptoir.settings import Settings
from events.event import Event, parse
from local.waiting import wait_until
from storefront.api import make_app
from storefront.search.builder import index_products
from tests.support.products import SHELF, product
from tests.support.serving_app import listening_socket, port_of, served

PACKAGES = REPOSITORY / "node_modules"
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"  # no database answers here
LONG_WORD = "Donau" + "dampfschiff" * 27
BRANDS = ("Norvane", "Quillon", "Ekdal", "Auravelle", "Sonarra", "Opteryx", "Voltiq", "Kestrel", "Brisa", "Lumenor")
CABLES = [
    product(
        str(100 + number),
        f"{brand} cable {number} m",
        brand,
        "Cables",
        5.0 + number,
        attributes={"length": f"{number % 3 + 1} m"},
        rating=3.0 + number % 3,
        rating_count=number,
    )
    for number, brand in enumerate(BRANDS * 6)
]
WIDE_SHELF = [*SHELF, *CABLES, product("200", f"{LONG_WORD} adapter", "Ekdal", "Adapters", 9.0)]


@dataclass
class ShopSite:
    """`url` of the storefront, `collector_url`, and what has arrived there."""

    url: str
    collector_url: str
    collector: InProcess

    def events(self) -> list[Event]:
        """What the contract accepted, in order; asserts that nothing was refused."""
        assert [record for record in self.collector.sink.records if record.topic == BAD_TOPIC] == []
        events = [parse(record.value) for record in self.collector.sink.records if record.topic == TOPIC]
        assert all(isinstance(event, Event) for event in events)
        return [event for event in events if isinstance(event, Event)]

    def properties(self, name: str) -> list[dict[str, Any]]:
        """The properties of the events of a name (or type, for those that have none)."""
        return [
            json.decode(event.properties) for event in self.events() if (event.event_name or event.event_type) == name
        ]

    def wait_for(self, page: Any, *names: str) -> None:
        """Until an event of each name has arrived; `page` is given time to send."""

        def arrived() -> None:
            page.wait_for_timeout(50)
            assert {event.event_name or event.event_type for event in self.events()} >= set(names)

        wait_until(arrived, ", ".join(names), seconds=30, every=0.01)


@contextmanager
def shop_site(folder: Path, **settings: Any) -> Iterator[ShopSite]:
    """Served until the block ends; `settings` as in comptoir/settings.py."""
    index_products(WIDE_SHELF, folder / "search_index")
    bound = listening_socket()
    port = port_of(bound)
    url = f"http://127.0.0.1:{port}"
    collector = InProcess(origin=url)
    with serving(collector.app) as client:
        given: dict[str, Any] = {"postgres_url": NOWHERE, "write_key": WRITE_KEY, "unlimited_networks": ["127.0.0.0/8"]}
        chosen = Settings(
            data_dir=folder, storefront_port=port, collector_port=client.base_url.port, **(given | settings)
        )
        with served(make_app(chosen), bound):
            yield ShopSite(url, str(client.base_url).rstrip("/"), collector)
