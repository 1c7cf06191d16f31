"""Visitors, now: they click against the collector, order from the demo shop, and some send things back.

`python -m demo_shop.traffic.simulator` runs until TERM. The past is sent with `send_history`.
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

import msgspec

from comptoir.settings import get_settings
from demo_shop.content.exchange_rates import pricing_on
from demo_shop.store.checkout import refundable
from demo_shop.store.model import Order
from demo_shop.store.store import Store
from demo_shop.traffic.assortment import Assortment
from demo_shop.traffic.collector_client import MAX_BATCH_MESSAGES, CollectorClient
from demo_shop.traffic.history import Crowd
from demo_shop.traffic.messages import Message, order_refunded
from demo_shop.traffic.order_desk import OrderDesk
from demo_shop.traffic.replay import SendReport, send_history
from demo_shop.traffic.visit import Basket, Visit
from demo_shop.traffic.visitors import Visitor

__all__ = ["SendReport", "Simulator", "send_history"]

EVENTS_PER_VISIT = 5.8
TICK_SECONDS = 0.25
RETURNED, CANCELLED = 0.06, 0.02
log = logging.getLogger(__name__)


class Simulator:
    """Keeps about `events_per_second` coming. One thread; a visit is advanced when its next click is due."""

    def __init__(
        self,
        assortment: Assortment,
        crowd: Crowd,
        client: CollectorClient,
        desk: OrderDesk,
        events_per_second: float,
        rng: random.Random,
    ) -> None:
        self._shop, self._crowd, self._client, self._desk, self._rng = assortment, crowd, client, desk, rng
        self._visits_per_second = events_per_second / EVENTS_PER_VISIT
        self._due: list[tuple[datetime, int, Message, Iterator[Message]]] = []
        self._errands: list[tuple[datetime, int, Callable[[], Message | None]]] = []
        self._number = itertools.count()
        self._next_visit = datetime.now(UTC)
        self.sent = 0

    def run(self, stop: Event) -> None:
        """Until `stop` is set. Raises RuntimeError when the collector or the shop stays away."""
        while not stop.wait(TICK_SECONDS):
            self.step(datetime.now(UTC))

    def step(self, now: datetime) -> None:
        """Everything that is due at `now`: new visits, the next clicks, refunds; then one delivery."""
        messages: list[Message] = []
        while self._next_visit <= now:
            visitor = self._crowd.someone(now.date())
            self._wait_for_next(iter(Visit(visitor, self._shop, self._rng, self._next_visit, self._order)))
            self._next_visit += timedelta(seconds=self._rng.expovariate(self._visits_per_second))
        while self._due and self._due[0][0] <= now:
            _, _, message, visit = heapq.heappop(self._due)
            messages.append(message)
            self._wait_for_next(visit)
        while self._errands and self._errands[0][0] <= now:
            told = heapq.heappop(self._errands)[2]()
            if told:
                messages.append(told)
        for first in range(0, len(messages), MAX_BATCH_MESSAGES):
            batch = [msgspec.json.encode(message) for message in messages[first : first + MAX_BATCH_MESSAGES]]
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
            lot = self._rng.random()
            if lot < RETURNED:
                self._later(lambda: self._send_back(order, visitor))
            elif lot < RETURNED + CANCELLED:
                self._later(lambda: self._cancel(order))
        return order

    def _later(self, errand: Callable[[], Message | None]) -> None:
        """Half a minute to three minutes stand for the days it takes in life."""
        at = datetime.now(UTC) + timedelta(seconds=self._rng.uniform(30, 180))
        heapq.heappush(self._errands, (at, next(self._number), errand))

    def _send_back(self, order: Order, visitor: Visitor) -> Message | None:
        left = refundable(order)
        if self._rng.random() < 0.5:
            line_id = self._rng.choice(list(left))
            left = {line_id: 1}
        changed = self._desk.refund(order, left)
        return order_refunded(changed, len(changed.refunds) - 1, visitor, self._rng) if changed else None

    def _cancel(self, order: Order) -> None:
        self._desk.cancel(order)


def main() -> None:
    """Run with the settings' addresses until TERM or INT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    settings = get_settings()
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    store = Store(settings.demo_shop_dir / "shop.sqlite")
    store.save_pricing(pricing_on(datetime.now(UTC).date()))
    rng = random.Random()
    assortment = Assortment(store.products(), settings.demo_seed)
    if not assortment.shelves:
        raise SystemExit("The demo shop has no products: fill it with `python -m demo_shop.seed`.")
    crowd = Crowd(store.customers(), assortment.demand, rng, strangers=f"stranger {uuid.uuid4().hex}")
    desk = OrderDesk(settings.demo_shop_url, settings.demo_shop_dir / "ca.pem")
    with CollectorClient(settings.collector_url, settings.write_key) as client:
        simulator = Simulator(assortment, crowd, client, desk, settings.visitor_events_per_second, rng)
        log.info("visitors are coming, about %.1f events a second", settings.visitor_events_per_second)
        simulator.run(stop)
    log.info("the last visitor left; %d messages sent", simulator.sent)


if __name__ == "__main__":
    main()
