"""Sending the past and simulating the present: to a collector that fails at times, then to the real services."""

from __future__ import annotations

import random
import threading
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvicorn

from benchmarks.support.collecting import WRITE_KEY, collecting, wait_for_kafka
from benchmarks.support.kafka_records import consume
from comptoir.settings import Settings, get_settings
from demo_shop.certificates import server_context
from demo_shop.content.catalogue import generate_products, locations
from demo_shop.content.customers import generate_customers
from demo_shop.content.pricing import pricing_on
from demo_shop.profile import ShopProfile
from demo_shop.seed import history_of, is_seeded, seed_shop
from demo_shop.server import create_app
from demo_shop.store.store import Store
from demo_shop.traffic.assortment import Assortment
from demo_shop.traffic.collector_client import CollectorClient
from demo_shop.traffic.history import Crowd, Size
from demo_shop.traffic.messages import Message, iso
from demo_shop.traffic.order_desk import OrderDesk
from demo_shop.traffic.send_history import send_history
from demo_shop.traffic.simulator import Simulator
from local.waiting import wait_until

END = datetime(2026, 11, 23, 12, tzinfo=UTC)


class FailingCollector(ThreadingHTTPServer):
    """Records the batches it is sent; answers the first `busy` requests with 503, or all with `refuse_with`."""

    daemon_threads = True

    def __init__(self, busy: int = 0, refuse_with: int = 0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.busy, self.refuse_with = busy, refuse_with
        self.batches: list[dict[str, Any]] = []
        self.sizes: list[int] = []
        self.refused_at: list[float] = []
        self.keys: set[str] = set()
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def messages(self) -> list[Message]:
        return [message for batch in self.batches for message in batch["batch"]]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FailingCollector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        with self.server.lock:
            status = self.server.refuse_with or (503 if self.server.busy > 0 else 200)
            self.server.busy -= 1
            if status == 200:
                self.server.batches.append(msgspec.json.decode(body))
                self.server.sizes.append(len(body))
                self.server.keys.add(b64decode(self.headers["authorization"].split()[1]).decode())
            else:
                self.server.refused_at.append(time.monotonic())
        answer = b'{"success": true}'
        self.send_response(status)
        if status == 503:
            self.send_header("retry-after", "1")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def failing_collector(**how: int) -> Iterator[FailingCollector]:
    server = FailingCollector(**how)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def message(number: int, **fields: Any) -> Message:
    at = iso(END + timedelta(seconds=number))
    return {"messageId": f"m{number}", "anonymousId": f"v{number % 7}", "originalTimestamp": at, **fields}


def test_history_is_sent_in_batches_with_its_own_times() -> None:
    with failing_collector() as collector:
        before = datetime.now(UTC)
        report = send_history((message(n) for n in range(1234)), collector.url, "key")
    assert (report.acknowledged, report.accepted, report.rejected) == (1234, 1234, 0)
    assert report.batches == len(collector.batches)
    assert max(len(batch["batch"]) for batch in collector.batches) <= 100
    assert sorted(m["messageId"] for m in collector.messages) == sorted(f"m{n}" for n in range(1234))
    assert all(
        m["originalTimestamp"] == message(int(m["messageId"][1:]))["originalTimestamp"] for m in collector.messages
    )
    assert all(before - timedelta(seconds=1) < datetime.fromisoformat(b["sentAt"]) for b in collector.batches)
    assert collector.keys == {"key:"}


def test_large_messages_make_smaller_batches() -> None:
    with failing_collector() as collector:
        send_history((message(n, padding="x" * 20_000) for n in range(120)), collector.url, "key")
    assert len(collector.messages) == 120
    assert max(collector.sizes) <= 500_000


def test_a_visitors_messages_stay_in_order() -> None:
    with failing_collector(busy=3) as collector:
        send_history((message(n) for n in range(3000)), collector.url, "key")
    for visitor in range(7):
        numbers = [int(m["messageId"][1:]) for m in collector.messages if m["anonymousId"] == f"v{visitor}"]
        assert numbers == sorted(numbers)


def test_busy_collector_is_given_the_time_it_asks_for() -> None:
    with failing_collector(busy=1) as collector:
        began = time.monotonic()
        report = send_history([message(1)], collector.url, "key")
    assert report.acknowledged == 1
    assert len(collector.refused_at) == 1
    assert time.monotonic() - began >= 1.0


def test_refused_batch_ends_with_the_collectors_reason() -> None:
    with failing_collector(refuse_with=401) as collector, pytest.raises(RuntimeError, match=r"refused a batch \(401\)"):
        send_history([message(1)], collector.url, "wrong")


def test_absent_collector_is_named_after_the_last_try() -> None:
    with (
        CollectorClient("http://127.0.0.1:9", "key", patience=1) as client,
        pytest.raises(RuntimeError, match="Is it running"),
    ):
        client.send([b"{}"])


def test_replay_keeps_the_spacing_divided_by_the_speed() -> None:
    arrived: list[tuple[int, float]] = []
    began = time.monotonic()
    with failing_collector() as collector:
        send_history(
            [message(n) for n in (0, 10, 20)],
            collector.url,
            "key",
            speed=50,
            progress=lambda count: arrived.append((count, time.monotonic() - began)),
        )
    assert [count for count, _ in arrived] == [1, 2, 3]
    assert 0.4 <= arrived[-1][1] < 20, "twenty seconds of messages, fifty times as fast"
    assert sorted(m["messageId"] for m in collector.messages) == ["m0", "m10", "m20"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


def test_seeding_fills_the_store_and_keeps_the_history(settings: Settings) -> None:
    assert not is_seeded(settings)
    notes = list(seed_shop(settings, None, end=END, size=Size(days=3, visits_per_day=40)))
    assert is_seeded(settings)
    counts = Store(settings.demo_shop_dir / "shop.sqlite").counts()
    history = list(history_of(settings))
    assert counts["products"] > 500 and counts["customers"] == 1500 and counts["locations"] == 2
    assert f"{counts['orders']:,} orders and {len(history):,} messages" in notes[-1]
    ordered = {m["properties"]["order_id"] for m in history if m.get("event") == "Order Completed"}
    web = {str(o.order_id) for o in Store(settings.demo_shop_dir / "shop.sqlite").orders() if o.source_name != "pos"}
    assert ordered == web


def test_orders_placed_after_seeding_get_new_ids(settings: Settings) -> None:
    list(seed_shop(settings, None, end=END, size=Size(days=3, visits_per_day=40)))
    store = Store(settings.demo_shop_dir / "shop.sqlite")
    before = list(store.orders())
    product = next(store.products(order_by="id"))
    made = store.place_order([(product.product_id, 1)], currency="GBP", discount_code="WELCOME10")
    assert made.order_id > max(order.order_id for order in before)
    assert made.number > max(order.number for order in before)
    assert made.exchange_rate == pricing_on(END.date()).exchange_rates["GBP"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[tuple[OrderDesk, Store]]:
    """The real demo shop over TLS with some content, and the desk that orders from it."""
    store = Store(tmp_path / "shop.sqlite")
    store.save_locations(locations())
    store.save_products(generate_products(7, END, 120))
    store.save_customers(generate_customers(7, END, 60))
    store.save_pricing(pricing_on(END.date()))
    shop = ShopProfile("comptoir-test")
    app = create_app(store, shop, get_settings().shopify_schema_file, tmp_path / "bulk", "token")
    config = uvicorn.Config(
        app,
        port=0,
        log_level="warning",
        timeout_graceful_shutdown=1,  # the desk keeps its connection open
        ssl_context_factory=lambda *_: server_context(tmp_path, ["127.0.0.1"]),
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.servers[0].sockets[0], "the demo shop", seconds=60, every=0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield OrderDesk(f"https://127.0.0.1:{port}", tmp_path / "ca.pem"), store
    server.should_exit = True
    thread.join(20)


@pytest.mark.services
def test_visitors_click_order_and_send_back(kafka: str, topics: tuple[str, str], desk: tuple[OrderDesk, Store]) -> None:
    order_desk, store = desk
    rng = random.Random(1)
    shop = Assortment(store.products(), 7)
    crowd = Crowd(store.customers(), shop.demand, rng, strangers="test")
    with collecting(kafka, *topics) as collector:
        wait_for_kafka(collector)
        with CollectorClient(str(collector.base_url), WRITE_KEY) as client:
            simulator = Simulator(shop, crowd, client, order_desk, events_per_second=3, rng=rng)
            began = datetime.now(UTC)
            for half_minute in range(600):  # half an hour of visits, or until somebody cancels and somebody sends back
                orders = list(store.orders())
                if half_minute >= 60 and any(o.cancelled_at for o in orders) and any(o.refunds for o in orders):
                    break
                simulator.step(began + timedelta(seconds=30 * half_minute))
    landed = [msgspec.json.decode(record.value) for record in consume(kafka, topics[0])]
    assert len(landed) == simulator.sent
    expected = 3 * 30 * half_minute
    assert 0.5 * expected < simulator.sent < 1.6 * expected
    assert not consume(kafka, topics[1])
    events = Counter(m["event"] for m in landed)
    completed = {m["properties"]["order_id"] for m in landed if m["event"] == "Order Completed"}
    orders = list(store.orders())
    assert completed == {str(order.order_id) for order in orders}
    assert len(orders) > 50
    assert events["Order Refunded"] == sum(len(order.refunds) for order in orders) > 0
    assert any(order.cancelled_at for order in orders)


@pytest.mark.services
def test_whole_history_reaches_kafka_good_or_bad(kafka: str, topics: tuple[str, str], settings: Settings) -> None:
    list(seed_shop(settings, None, end=datetime.now(UTC), size=Size(days=7, visits_per_day=60)))
    with collecting(kafka, *topics) as collector:
        wait_for_kafka(collector)
        report = send_history(history_of(settings), str(collector.base_url), WRITE_KEY)
    assert report.acknowledged == sum(1 for _ in history_of(settings)) > 2000
    assert report.accepted == len(consume(kafka, topics[0]))
    assert report.rejected == len(consume(kafka, topics[1]))
