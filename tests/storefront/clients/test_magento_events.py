"""Adobe's storefront events SDK from npm, unmodified, reporting through the tag and our mapping to a real collector."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import json
from playwright.sync_api import Browser, Page

from benchmarks.support.collecting import WRITE_KEY, serving
from benchmarks.support.in_process import InProcess
from events.event import Event, parse
from local.waiting import wait_until
from storefront.shop_pages import CLIENTS
from tests.support.browser import chromium
from tests.support.one_page import one_page
from tests.support.shop_site import PACKAGES

pytestmark = pytest.mark.browser
SCRIPTS = {f"/clients/{name}": CLIENTS / name for name in ("tag.js", "tracker.js", "magento/events.js")} | {
    "/sdk.js": PACKAGES / "@adobe/magento-storefront-events-sdk/dist/index.js",
    "/sdk_events.js": Path(__file__).with_name("sdk_events.js"),
}
EXPECTED = [
    "page",
    "Product Viewed",
    "Product List Viewed",
    "Products Searched",
    "Product Added",
    "Product Removed",
    "Cart Viewed",
    "Recommendations Viewed",
    "Product Clicked",
    "Checkout Started",
    "Order Completed",
]
DOCUMENT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Slim 14</title>
<script src="/sdk.js"></script><script src="/sdk_events.js"></script>
<script type="module" src="/clients/tag.js" data-collector="{collector}" data-key="{key}" {more}></script>
<script type="module" src="/clients/magento/events.js"></script>
<button onclick="document.cookie = 'user_allowed_save_cookie=%7B%221%22%3A1%7D'">Allow cookies</button>"""
MAGENTO = 'data-consent="magento" data-pages="other"'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


class Shop:
    """A page with the tag, and what the collector got from it."""

    def __init__(self, page: Page, collector: InProcess) -> None:
        self.page, self._collector = page, collector

    def events(self) -> list[Event]:
        """All that arrived; asserts that the contract accepted it."""
        events = [parse(record.value) for record in self._collector.sink.records]
        assert all(isinstance(event, Event) for event in events), events
        return [event for event in events if isinstance(event, Event)]

    def wait_for(self, names: list[str]) -> list[Event]:
        """Until these events, in this order and no others, have arrived."""

        def arrived() -> None:
            self.page.wait_for_timeout(50)
            assert [event.event_name or event.event_type for event in self.events()] == names

        wait_until(arrived, "the events", seconds=30, every=0.01)
        return self.events()


@pytest.fixture
def shop(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Shop]:
    with one_page(SCRIPTS) as site:
        collector = InProcess(origin=site.url)
        with serving(collector.app) as client:
            url = str(client.base_url).rstrip("/")
            site.document = DOCUMENT.format(collector=url, key=WRITE_KEY, more=request.param)
            context = browser.new_context()
            page = context.new_page()
            page.goto(f"{site.url}/slim-14.html")
            page.wait_for_function("() => window.comptoir && window.magentoStorefrontEvents")
            yield Shop(page, collector)
            context.close()


@pytest.mark.parametrize("shop", [MAGENTO], indirect=True)
def test_every_event_of_the_sdk_is_accepted_by_the_contract(shop: Shop) -> None:
    shop.page.evaluate("publishAll(magentoStorefrontEvents)")
    shop.page.wait_for_timeout(400)
    assert shop.events() == [], "no cookies allowed yet"
    assert shop.page.evaluate("Object.keys(localStorage)") == []
    shop.page.get_by_role("button").click()
    shop.page.wait_for_function("() => comptoir.consent?.analytics")
    shop.page.evaluate("publishAll(magentoStorefrontEvents)")
    events = shop.wait_for(EXPECTED)
    said = {event.event_name or event.event_type: json.decode(event.properties) for event in events}
    assert said["Product Viewed"] == said["Product Viewed"] | {"product_id": "4201", "price": 899, "currency": "EUR"}
    assert said["Product Added"] == said["Product Added"] | {"quantity": 2, "sku": "NV-14", "brand": "Norvane"}
    assert said["Products Searched"] == {
        "query": "slim",
        "filters": [{"type": "brand", "value": "Norvane"}, {"type": "price", "value": {"from": 100, "to": 900}}],
        "sorts": [{"type": "price", "value": "asc"}],
        "results": 1,
    }
    assert said["Product Clicked"]["recommendation"] == {"slot": "Goes with it", "rank": 1, "source": "adobe"}
    order = said["Order Completed"]
    assert order == order | {"order_id": "000000042", "revenue": 1618.2, "tax": 324.62, "discount": 179.8}
    assert order["products"][0]["product_id"] == "4201"
    assert b"ada@" not in b"".join(json.encode(event) for event in events)


@pytest.mark.parametrize("shop", ['data-consent="agreed"'], indirect=True)
def test_the_tag_alone_sends_page_views_of_any_page(shop: Shop) -> None:
    [viewed] = shop.wait_for(["page"])
    assert json.decode(viewed.properties)["name"] == "Slim 14"


@pytest.mark.parametrize("shop", [""], indirect=True)
def test_the_tag_waits_for_the_page_to_say_what_was_agreed(shop: Shop) -> None:
    shop.page.evaluate("comptoir.track('Product Viewed', { product_id: '1' })")
    shop.page.wait_for_timeout(300)
    assert shop.page.evaluate("Object.keys(localStorage)") == []
    shop.page.evaluate("comptoir.setConsent({ analytics: true, personalisation: false })")
    shop.page.evaluate("comptoir.track('Product Viewed', { product_id: '2' })")
    [viewed] = shop.wait_for(["Product Viewed"])
    assert viewed.product_id == "2" and b'"personalisation":false' in viewed.context.encode()
