"""Visitors in real time: they send messages to the collector, order at the demo shop, and some return their order.

`python -m demo_shop.traffic.simulator` runs until TERM or INT. The past is sent by send_history.py.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import random
import signal
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Event

from comptoir.settings import get_settings
from demo_shop.certificates import CA_FILE
from demo_shop.content.pricing import pricing_on
from demo_shop.store.checkout import refundable
from demo_shop.store.model import Order
from demo_shop.store.store import STORE_FILE, Store
from demo_shop.traffic.assortment import Assortment
from demo_shop.traffic.collector_client import MAX_BATCH_MESSAGES, CollectorClient
from demo_shop.traffic.history import Crowd
from demo_shop.traffic.messages import Message, order_refunded
from demo_shop.traffic.order_desk import OrderDesk
from demo_shop.traffic.visit import Basket, Visit
from demo_shop.traffic.visitors import Visitor

EVENTS_PER_VISIT = 5.8  # on average
TICK_SECONDS = 0.25
RETURNED, CANCELLED = 0.06, 0.02  # shares of the orders
DELIVERY_SECONDS = 120.0  # on average between two deliveries, each of one product that was sold out
log = logging.getLogger(__name__)


class Simulator:
    """Sends about `events_per_second`, in one thread: each visit moves on when its next message is due."""

    def __init__(
        self,
        assortment: Assortment,
        crowd: Crowd,
        client: CollectorClient,
        desk: OrderDesk,
        events_per_second: float,
        rng: random.Random,
        receive: Callable[[random.Random], None] = lambda _: None,
    ) -> None:
        """`receive` takes a delivery: one product that was sold out comes back."""
        self._receive = receive
        self._next_delivery = datetime.now(UTC) + timedelta(seconds=rng.expovariate(1 / DELIVERY_SECONDS))
        self._shop, self._crowd, self._client, self._desk, self._rng = assortment, crowd, client, desk, rng
        self._visits_per_second = events_per_second / EVENTS_PER_VISIT
        self._due: list[tuple[datetime, int, Message, Iterator[Message]]] = []
        self._planned: list[tuple[datetime, int, Callable[[], Message | None]]] = []
        self._number = itertools.count()
        self._next_visit = datetime.now(UTC)
        self.sent = 0

    def run(self, stop: Event) -> None:
        """Run until `stop` is set. Raises RuntimeError when the collector or the shop cannot be reached."""
        while not stop.wait(TICK_SECONDS):
            self.step(datetime.now(UTC))

    def step(self, now: datetime) -> None:
        """Do what is due at `now`: begin visits, collect messages, return orders; then send the messages.

        Raises RuntimeError when the collector or the shop cannot be reached.
        """
        messages: list[Message] = []
        while self._next_visit <= now:
            visitor = self._crowd.someone(now.date())
            self._wait_for_next(iter(Visit(visitor, self._shop, self._rng, self._next_visit, self._order)))
            self._next_visit += timedelta(seconds=self._rng.expovariate(self._visits_per_second))
        if self._next_delivery <= now:
            self._receive(self._rng)
            self._next_delivery = now + timedelta(seconds=self._rng.expovariate(1 / DELIVERY_SECONDS))
        while self._due and self._due[0][0] <= now:
            _, _, message, visit = heapq.heappop(self._due)
            messages.append(message)
            self._wait_for_next(visit)
        while self._planned and self._planned[0][0] <= now:
            refunded = heapq.heappop(self._planned)[2]()
            if refunded:
                messages.append(refunded)
        for first in range(0, len(messages), MAX_BATCH_MESSAGES):
            batch = [self._client.encoded(message) for message in messages[first : first + MAX_BATCH_MESSAGES]]
            self._client.send(batch)
            self.sent += len(batch)

    def _wait_for_next(self, visit: Iterator[Message]) -> None:
        message = next(visit, None)
        if message is not None:
            at = datetime.fromisoformat(message["originalTimestamp"])
            heapq.heappush(self._due, (at, next(self._number), message, visit))

    def _order(self, visitor: Visitor, basket: Basket, code: str | None, at: datetime) -> Order | None:
        order = self._desk.place(visitor, basket, code, at)
        if order is not None:
            chance = self._rng.random()
            if chance < RETURNED:
                self._later(lambda: self._send_back(order, visitor))
            elif chance < RETURNED + CANCELLED:
                self._later(lambda: self._cancel(order))
        return order

    def _later(self, action: Callable[[], Message | None]) -> None:
        """Plan an action in half a minute to three minutes, which stand for the days it takes in reality."""
        at = datetime.now(UTC) + timedelta(seconds=self._rng.uniform(30, 180))
        heapq.heappush(self._planned, (at, next(self._number), action))

    def _send_back(self, order: Order, visitor: Visitor) -> Message | None:
        left = refundable(order)
        if self._rng.random() < 0.5:
            line_id = self._rng.choice(list(left))
            left = {line_id: 1}
        changed = self._desk.refund(order, left)
        return order_refunded(changed, len(changed.refunds) - 1, visitor, self._rng) if changed else None

    def _cancel(self, order: Order) -> None:
        self._desk.cancel(order)


def take_delivery(store: Store, rng: random.Random) -> None:
    """One of the products on sale that are sold out comes back; nothing when there is none."""
    sold_out = [p.product_id for p in store.products() if p.status == "ACTIVE" and not p.is_in_stock]
    if sold_out:
        store.receive_stock(rng.choice(sold_out), rng.randrange(5, 30))


def main() -> None:
    """Run with the settings' addresses until TERM or INT. Raises SystemExit when the demo shop is empty."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    settings = get_settings()
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    store = Store(settings.demo_shop_dir / STORE_FILE)
    store.save_pricing(pricing_on(datetime.now(UTC).date()))
    rng = random.Random()
    assortment = Assortment(store.products(), settings.demo_seed)
    if not assortment.shelves:
        raise SystemExit("The demo shop has no products: fill it with `python -m demo_shop.seed`.")
    crowd = Crowd(store.customers(), assortment.demand, rng, strangers=f"stranger {uuid.uuid4().hex}")
    desk = OrderDesk(settings.demo_shop_url, settings.demo_shop_dir / CA_FILE)
    secret = settings.user_id_secret.get_secret_value()
    with CollectorClient(settings.collector_url, settings.write_key, user_id_secret=secret) as client:
        rate = settings.visitor_events_per_second
        simulator = Simulator(assortment, crowd, client, desk, rate, rng, lambda rng: take_delivery(store, rng))
        log.info("sending the events of visitors, about %.1f a second", settings.visitor_events_per_second)
        simulator.run(stop)
    log.info("stopped; %d messages sent", simulator.sent)


if __name__ == "__main__":
    main()
