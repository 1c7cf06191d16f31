"""The pixel in sandboxes like Shopify's, with every standard event; types are checked by tsc against the package."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import pytest
from msgspec import json as msgspec_json
from playwright.sync_api import Browser, Page

from benchmarks.support.collecting import PSEUDONYM_KEY, WRITE_KEY, serving
from benchmarks.support.in_process import BAD_TOPIC, TOPIC, InProcess
from events.event import Event, parse
from local.waiting import wait_until
from privacy.pseudonym import pseudonym
from storefront.shop_pages import CLIENTS
from tests.support.browser import chromium
from tests.support.one_page import Site, one_page

pytestmark = pytest.mark.browser
EVENTS = Path(__file__).with_name("standard_events.js").read_text()
EXPECTED = {  # of each standard event, in order
    "page": 1,
    "Product Viewed": 1,
    "Product List Viewed": 1,
    "Products Searched": 1,
    "Product Added": 1,
    "Product Removed": 1,
    "Cart Viewed": 1,
    "Checkout Started": 1,
    "Checkout Step Completed": 3,
    "Payment Info Entered": 1,
    "Order Completed": 1,
}
# the page answers what the sandbox asks of its storage
TOP = """<!doctype html><html lang="en"><title>Shop</title><script>
  addEventListener("message", ({ data, source }) => {
    if (!data.method) return;
    const [key] = data.values;
    const answer = data.method === "getItem" ? localStorage.getItem(key) : localStorage[data.method](...data.values);
    source.postMessage({ id: data.id, answer: answer ?? null }, "*");
  });
</script><iframe id="pixel" sandbox="allow-scripts" srcdoc="%s"></iframe>"""
BRIDGE = """const waiting = new Map();
const call = (method, ...values) => new Promise((resolve) => {
  waiting.set(waiting.size, resolve);
  parent.postMessage({ id: waiting.size - 1, method, values }, "*");
});
addEventListener("message", ({ data }) => data.run ? (0, eval)(data.run) : waiting.get(data.id)?.(data.answer));
"""
# a worker has no parent to ask: its storage is its own, and as slow to answer
WORKER_STORE = """const kept = new Map();
const call = async (method, key, value) => {
  if (method === "getItem") return kept.get(key) ?? null;
  method === "setItem" ? kept.set(key, value) : kept.delete(key);
};
self.onmessage = ({ data }) => (0, eval)(data.run);
"""
IN_THE_WORKER = """const worker = new Worker(URL.createObjectURL(new Blob([%s])));
addEventListener("message", ({ data }) => worker.postMessage(data));
"""
IN_FRAME, IN_WORKER = "frame", "worker"


class Visit:
    """A page of a shop with the pixel in a sandbox, and what the collector got."""

    def __init__(self, browser: Browser, site: Site, collector: InProcess, url: str, allowed: bool, place: str) -> None:
        self._collector = collector
        self.origins: list[bytes | None] = []  # of the requests to the collector
        pixel = (CLIENTS / "shopify" / "pixel.js").read_text()
        for value, own in (("https://collect.shop.example", url.rstrip("/")), ('"KEY"', f'"{WRITE_KEY}"')):
            assert value in pixel
            pixel = pixel.replace(value, own)
        store = WORKER_STORE if place == IN_WORKER else BRIDGE
        start = f"makeSandbox({{ host: {json.dumps(site.url[7:])}, allowed: {json.dumps(allowed)}, call }});"
        code = "\n".join((store, EVENTS, start, pixel))
        if place == IN_WORKER:
            code = IN_THE_WORKER % json.dumps(code)
        site.document = TOP % escape(f"<script>{code}</script>")
        self.page: Page = browser.new_page()
        self.page.goto(f"{site.url}/products/slim-14")

    def run(self, code: str) -> None:
        self.page.evaluate("(run) => pixel.contentWindow.postMessage({ run }, '*')", code)

    def events(self) -> list[Event]:
        assert [record.value for record in self._collector.sink.records if record.topic == BAD_TOPIC] == []
        found = [parse(record.value) for record in self._collector.sink.records if record.topic == TOPIC]
        return [event for event in found if isinstance(event, Event)]

    def wait_for(self, count: int) -> list[Event]:
        def arrived() -> None:
            self.page.wait_for_timeout(50)
            assert len(self.events()) >= count

        wait_until(arrived, f"{count} events", seconds=30, every=0.01)
        self.page.wait_for_timeout(200)  # time for one too many
        return self.events()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def visit(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    allowed, place = getattr(request, "param", (True, IN_FRAME))

    with one_page() as site:
        collector = InProcess(origin=site.url)

        async def noting(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                opened.origins.append(dict(scope["headers"]).get(b"origin"))
            await collector.app(scope, receive, send)

        with serving(noting) as client:
            opened = Visit(browser, site, collector, str(client.base_url), allowed, place)
            yield opened
            opened.page.close()


def counted(events: list[Event]) -> dict[str, int]:
    names = [event.event_name or event.event_type for event in events]
    return {name: names.count(name) for name in names}


@pytest.mark.parametrize("visit", [(True, IN_FRAME), (True, IN_WORKER)], indirect=True, ids=[IN_FRAME, IN_WORKER])
def test_every_standard_event_is_accepted_by_the_contract(visit: Visit) -> None:
    visit.run("publish()")
    events = visit.wait_for(sum(EXPECTED.values()))
    assert counted(events) == EXPECTED
    assert set(visit.origins) == {b"null"}, "as in Shopify's sandboxes"
    properties: dict[str, Any] = {
        event.event_name or event.event_type: msgspec_json.decode(event.properties) for event in events
    }
    said = properties["Product Added"]
    assert (
        said
        | {"product_id": "8001", "sku": "NV-14", "price": 899.0, "currency": "EUR", "quantity": 2, "brand": "Norvane"}
        == said
    )
    order = properties["Order Completed"]
    assert (
        order
        | {
            "order_id": "5001",
            "revenue": 1618.2,
            "total": 1947.72,
            "tax": 324.62,
            "shipping": 4.9,
            "coupon": "WELCOME10",
        }
        == order
    )
    assert properties["Products Searched"] == {"query": "slim", "results": 1}
    assert properties["Product List Viewed"]["products"][0]["position"] == 1
    [bought] = [event for event in events if event.event_name == "Order Completed"]
    assert bought.user_id == pseudonym("6001", PSEUDONYM_KEY)
    assert len({event.session_id for event in events}) == len({event.anonymous_id for event in events}) == 1
    kept = b"".join(msgspec_json.encode(event) for event in events)
    for secret in (b"s3cret", b"ada@", b"Lovelace", b"Secr", b"+33", b"EC1A 1ZZ"):
        assert secret not in kept


def test_the_visitor_is_the_one_of_the_pages_own_tracker(visit: Visit) -> None:
    visit.page.evaluate("localStorage.setItem('comptoir.visitor', JSON.stringify('visitor-of-the-tag'))")
    visit.run("publish()")
    events = visit.wait_for(sum(EXPECTED.values()))
    assert {event.anonymous_id for event in events} == {"visitor-of-the-tag"}
    assert json.loads(visit.page.evaluate("localStorage.getItem('comptoir.session')"))["id"]


@pytest.mark.parametrize("visit", [(False, IN_FRAME)], indirect=True)
def test_without_consent_nothing_is_kept_or_sent_until_there_is_some(visit: Visit) -> None:
    visit.run("publish()")
    visit.page.wait_for_timeout(300)
    assert visit.origins == [] and visit.page.evaluate("Object.keys(localStorage)") == []
    visit.run("decide(true); publish()")
    assert counted(visit.wait_for(sum(EXPECTED.values()))) == EXPECTED


def test_consent_taken_back_is_told_once_and_all_is_forgotten(visit: Visit) -> None:
    visit.run("publish()")
    before = len(visit.wait_for(sum(EXPECTED.values())))
    visitor = json.loads(visit.page.evaluate("localStorage.getItem('comptoir.visitor')"))
    visit.run("decide(false); decide(false); publish()")
    *_, last = visit.wait_for(before + 1)
    assert (last.event_type, last.anonymous_id) == ("withdrawal", visitor)
    assert len(visit.events()) == before + 1
    assert visit.page.evaluate("Object.keys(localStorage)") == []
