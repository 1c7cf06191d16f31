"""analytics.js 2 and RudderStack's SDK, unchanged, in a real browser: each call arrives in Kafka once, as an event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from msgspec import json
from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks.support.collecting import PSEUDONYM_KEY, WRITE_KEY, serving, wait_for_kafka
from benchmarks.support.kafka_records import consume
from collector.app import Collector
from collector.config import CollectorConfig
from events.event import Event, parse
from local.waiting import wait_until
from privacy.pseudonym import pseudonym
from tests.support.browser import chromium
from tests.support.client_pages import LOAD_RUDDERSTACK, LOAD_SEGMENT, client_pages

pytestmark = [pytest.mark.services, pytest.mark.browser]

SEGMENT = {
    "Segment": {},
    "Segment, batches": {"deliveryStrategy": {"strategy": "batching", "config": {"size": 5, "timeout": 200}}},
}
RUDDERSTACK = {
    "RudderStack": {},
    "RudderStack, batches": {"queueOptions": {"batch": {"enabled": True, "maxItems": 5, "flushInterval": 200}}},
    "RudderStack, beacons": {"useBeacon": True, "beaconQueueOptions": {"maxItems": 5, "flushQueueInterval": 200}},
}
CLIENTS = {name: (LOAD_SEGMENT, options) for name, options in SEGMENT.items()} | {
    name: (LOAD_RUDDERSTACK, options) for name, options in RUDDERSTACK.items()
}
ALL = pytest.mark.parametrize(("load", "options"), CLIENTS.values(), ids=CLIENTS.keys())
ADA, BOB, COMPANY = (pseudonym(number, PSEUDONYM_KEY) for number in ("8123456", "8123457", "company-7"))

# what both libraries have, in the words of both; each resolves to the id that the library gave the message
CALLS = """async (isSegment) => {
  const send = (call, ...args) => new Promise((sent) =>
    client[call](...args, (done) => sent(isSegment ? done.event.messageId : done.messageId)));
  const options = {
    [isSegment ? "timestamp" : "originalTimestamp"]: new Date(Date.now() - 7_200_000).toISOString(),
    [isSegment ? "context" : "campaign"]: isSegment ? { campaign: { source: "news" } } : { source: "news" },
    integrations: { All: true, Mixpanel: false },
  };
  const product = { product_id: "8001", name: "Headphones", price: 99.5, currency: "EUR", quantity: 1 };
  const ids = [
    await send("track", "Product Viewed", product, {}),
    await send("track", "Product Added", product, options),
    await send("track", "Newsletter Signed Up", { label: "footer" }, {}),
    await send("page", "Shop", "Home", { url: location.href }, {}),
    await send("page", "Checkout", {}, {}),
    await send("alias", "8123456", client.user ? client.user().anonymousId() : client.getAnonymousId(), {}),
    await send("identify", "8123456", { country: "FR", email: "ada@example.org" }, {}),
    await send("identify", "8123456", { language: "fr" }, options),
    await send("group", "company-7", { name: "Example" }, {}),
    await send("alias", "8123457", "8123456", {}),
    await send("track", "Order Completed", { order_id: "1042", total: 124.3, products: [product] }, options),
  ];
  client.reset(...(isSegment ? [] : [true]));
  ids.push(await send("track", "Product Viewed", { product_id: "8002" }, {}));
  return ids;
}"""
VIEWS = """([first, last]) => {
  for (let number = first; number < last; number++) client.track("Product Viewed", { product_id: String(number) });
}"""


@dataclass
class Visit:
    """A visitor's browser, the shop, and a collector before Kafka."""

    context: BrowserContext
    shop: str
    collector: str
    bootstrap: str
    topics: tuple[str, str]

    def open(self, load: str, options: dict[str, Any]) -> Page:
        page = self.context.new_page()
        page.goto(f"{self.shop}/p/8001?q=tv&token=s3cret")
        page.wait_for_function("() => window.RudderAnalytics && window.AnalyticsNext")
        page.evaluate(load, {"url": self.collector, "key": WRITE_KEY, **options})
        return page

    def landed(self) -> list[dict[str, Any]]:
        """All messages in Kafka; asserts that each is valid and none was refused."""
        assert consume(self.bootstrap, self.topics[1]) == []
        records = consume(self.bootstrap, self.topics[0])
        assert all(isinstance(parse(record.value), Event) for record in records)
        return [json.decode(record.value) for record in records]

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """The messages, once there are so many different ones and the page had time to send one of them again."""

        def arrived() -> None:
            assert len({message["messageId"] for message in self.landed()}) >= count

        wait_until(arrived, f"{count} messages", seconds=60, every=0.2)
        return self.landed()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def visit(browser: Browser, kafka: str, topics: tuple[str, str]) -> Iterator[Visit]:
    with client_pages() as shop:
        config = CollectorConfig(kafka, *topics, WRITE_KEY, PSEUDONYM_KEY, frozenset({shop}))
        with serving(Collector(config)) as http:
            wait_for_kafka(http)
            context = browser.new_context()
            yield Visit(context, shop, str(http.base_url).rstrip("/"), kafka, topics)
            context.close()


@ALL
def test_every_call_arrives_once_with_what_it_said(visit: Visit, load: str, options: dict[str, Any]) -> None:
    page = visit.open(load, options)
    ids = page.evaluate(CALLS, load == LOAD_SEGMENT)
    messages = visit.wait_for(len(ids))
    assert Counter(message["messageId"] for message in messages) == Counter(ids)
    by_id = {message["messageId"]: message for message in messages}
    viewed, added, other, home, checkout, alias, who, speaks, group, joined, order, after = map(by_id.get, ids)
    said = {"product_id": "8001", "name": "Headphones", "price": 99.5, "currency": "EUR", "quantity": 1}
    assert viewed["properties"] == added["properties"] == said
    assert (other["event"], other["properties"]) == ("Newsletter Signed Up", {"label": "footer"})
    assert (home["properties"]["name"], home["properties"]["category"]) == ("Home", "Shop")
    assert checkout["properties"]["name"] == "Checkout"
    assert who["properties"] == {"country": "FR"} and speaks["properties"]["language"] == "fr"
    assert (group["type"], group["properties"]) == ("group", {"groupId": COMPANY})
    assert (alias["userId"], alias["properties"]) == (ADA, {"previousId": viewed["anonymousId"]})
    joins = ADA if load == LOAD_SEGMENT else BOB  # whom analytics.js knows, it writes over the user of an alias
    assert (joined["userId"], joined["properties"]) == (joins, {"previousId": ADA})
    assert (order["userId"], order["properties"]["order_id"]) == (ADA, "1042"), "an alias changes nobody's user"
    assert after["anonymousId"] != viewed["anonymousId"] and after["userId"] is None
    for late in (added, speaks, order):
        assert late["context"]["campaign"]["source"] == "news"
        assert parse(json.encode(late)).time_flag == "late"
    kept = json.encode(messages)
    assert not [secret for secret in (b"s3cret", b"ada@", b"8123456", b"company-7") if secret in kept]


@pytest.mark.parametrize("options", SEGMENT.values(), ids=SEGMENT.keys())
def test_screens_clicks_and_forms_of_analytics_js(visit: Visit, options: dict[str, Any]) -> None:
    page = visit.open(LOAD_SEGMENT, options)
    page.evaluate("""async () => {
      await client.screen("App", "Cart", { path: "/cart" });
      await client.trackClick(document.querySelector("#link"), "Product Clicked", { product_id: "1" });
      await client.trackSubmit(document.querySelector("#form"), "Product List Filtered", { list_id: "deals" });
      await client.alias("8123456");
    }""")
    page.click("#link")
    page.click("button")
    messages = visit.wait_for(4)
    found = {message["event"] or message["type"]: message["properties"] for message in messages}
    assert len(found) == len({message["messageId"] for message in messages}) == 4
    if not options:  # when the form leaves the page, analytics.js may send its waiting batch twice, under the same ids
        assert len(messages) == 4
    assert (found["page"]["name"], found["page"]["category"], found["page"]["path"]) == ("Cart", "App", "/cart")
    assert found["Product Clicked"] == {"product_id": "1"}
    assert found["Product List Filtered"]["list_id"] == "deals"
    alias = next(message for message in messages if message["type"] == "alias")
    assert (alias["userId"], found["alias"]["previousId"]) == (ADA, alias["anonymousId"])


@ALL
def test_a_page_closed_at_once_loses_nothing(visit: Visit, load: str, options: dict[str, Any]) -> None:
    """What the browser did not let go any more, the libraries keep, and send from the next page.

    Not analytics.js before its first answer: what it sends last may then get lost (docs/clients.md).
    """
    page = visit.open(load, options)
    if load == LOAD_SEGMENT:
        page.evaluate(VIEWS, [8, 9])
        visit.wait_for(1)
    page.evaluate(VIEWS, [0, 7])
    page.close(run_before_unload=True)
    visit.open(load, options).evaluate(VIEWS, [7, 8])
    total = 9 if load == LOAD_SEGMENT else 8
    messages = visit.wait_for(total)
    products = {message["messageId"]: message["properties"]["product_id"] for message in messages}
    assert sorted(map(int, products.values())) == list(range(total)), "under one id each"


@ALL
def test_two_tabs_send_each_of_their_events_once(visit: Visit, load: str, options: dict[str, Any]) -> None:
    tabs = [visit.open(load, options) for _ in range(2)]
    for place in range(4):
        tabs[place % 2].evaluate(VIEWS, [place * 10, place * 10 + 10])
    messages = visit.wait_for(40)
    assert sorted(int(message["properties"]["product_id"]) for message in messages) == list(range(40))
    assert len({message["anonymousId"] for message in messages}) == 1


def test_a_page_of_another_origin_can_read_why_it_is_refused(visit: Visit) -> None:
    page = visit.context.new_page()
    page.goto(visit.shop.replace("127.0.0.1", "localhost"))
    status, answer = page.evaluate(
        """async (url) => {
          const answer = await fetch(url + "/v1/t", { method: "POST", body: "{}" });
          return [answer.status, await answer.json()];
        }""",
        visit.collector,
    )
    assert (status, answer["code"]) == (403, "forbidden") and "COMPTOIR_ALLOWED_ORIGINS" in answer["message"]
    assert visit.landed() == []
