"""A shop of one page with the tracker, for a real browser; its collector has a list in Kafka's place."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, Request

from benchmarks.support.collecting import WRITE_KEY, serving
from benchmarks.support.in_process import TOPIC, InProcess
from events.event import Event, parse
from local.waiting import wait_until
from storefront.shop_pages import CLIENTS

TRACKER = CLIENTS / "tracker.js"
DOCUMENT = """<!doctype html><meta charset="utf-8"><script type="module">
  import {{ Tracker }} from "/tracker.js";
  window.tracker = new Tracker(
    {{ collectorUrl: "{url}", writeKey: "{key}", flushAt: {flush_at}, flushAfter: {flush_after} }}
  );
</script>"""
AGREED = {"analytics": True, "personalisation": True}
REFUSED = {"analytics": False, "personalisation": False}


@dataclass
class Site:
    """A shop of one page that sends its events to a collector; `requests` are those that the collector got."""

    context: BrowserContext
    collector: InProcess
    shop_url: str
    collector_url: str
    requests: list[Request]
    flush_at: int = 10
    flush_after: int = 50

    def open(self, path: str = "/", consent: dict[str, bool] | None = AGREED) -> Page:
        page = self.context.new_page()
        self.visit(page, path)
        if consent is not None:
            page.evaluate("(consent) => tracker.setConsent(consent)", consent)
        return page

    def visit(self, page: Page, path: str = "/") -> None:
        page.goto(self.shop_url + path)
        page.wait_for_function("() => window.tracker")

    @property
    def document(self) -> str:
        when = {"flush_at": self.flush_at, "flush_after": self.flush_after}
        return DOCUMENT.format(url=self.collector_url, key=WRITE_KEY, **when)

    def refused(self) -> int:
        """How many requests the collector answered with 503."""
        found = re.search(
            r'collector_requests_total{status="503"} (\d+)', httpx.get(f"{self.collector_url}/metrics").text
        )
        return int(found[1]) if found else 0

    def landed(self) -> list[Event]:
        events = [parse(record.value) for record in self.collector.sink.records if record.topic == TOPIC]
        assert all(isinstance(event, Event) for event in events)
        assert len(events) == len(self.collector.sink.records), "nothing bad"
        return [event for event in events if isinstance(event, Event)]

    def products(self) -> list[str | None]:
        return [event.product_id for event in self.landed()]

    def wait_for(self, page: Page, *products: str) -> None:
        """Wait until the events of these products, and no others, have arrived, once each."""

        def arrived() -> None:
            page.wait_for_timeout(50)  # Playwright runs in this thread too and must see the requests
            assert sorted(map(str, self.products())) == sorted(products)

        wait_until(arrived, f"events of {len(products)} products", seconds=60, every=0.01)

    def wait_for_requests(self, page: Page, count: int) -> None:
        """Until the page has sent so many."""

        def sent() -> None:
            page.wait_for_timeout(10)
            assert len(self.requests) >= count

        wait_until(sent, f"request {count}", seconds=60, every=0.01)


class ShopHandler(BaseHTTPRequestHandler):
    """Serves the tracker, and one document under every other path."""

    site: Site

    def do_GET(self) -> None:
        is_script = self.path == "/tracker.js"
        self.send_response(200)
        self.send_header("content-type", "text/javascript" if is_script else "text/html")
        self.end_headers()
        self.wfile.write(TRACKER.read_bytes() if is_script else self.site.document.encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def tracked_site(browser: Browser) -> Iterator[Site]:
    """A new visitor's browser, a shop and a collector; no cookie may be set."""
    context = browser.new_context()
    handler = type("Handler", (ShopHandler,), {})
    shop = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=shop.serve_forever, daemon=True).start()
    shop_url = f"http://127.0.0.1:{shop.server_port}"
    collector = InProcess(origin=shop_url)
    with serving(collector.app) as client:
        made = handler.site = Site(context, collector, shop_url, str(client.base_url), [])
        context.on("request", lambda request: made.collector_url in request.url and made.requests.append(request))
        yield made
        assert context.cookies() == []
        context.close()
    shop.shutdown()
