"""The generated shop's past: the messages of all visitors, and the orders that belong to them.

Messages are made a day at a time and come in time order, so a year needs no more memory than a day. Sales in the shop
in town have orders but no messages, as in a real shop.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from demo_shop.content.aftersales import aftermath
from demo_shop.content.pricing import pricing_on
from demo_shop.content.season import intensity, till_times, visit_times
from demo_shop.store import checkout
from demo_shop.store.ids import IdCounter
from demo_shop.store.model import Customer, Order, Product
from demo_shop.traffic.assortment import Assortment
from demo_shop.traffic.messages import Message, iso, order_refunded
from demo_shop.traffic.visit import Basket, Visit, bot_visit
from demo_shop.traffic.visitors import Visitor, make_visitor, robot

# shares of all visits
OF_CUSTOMERS = 0.62
OF_BOTS = 0.006


@dataclass(frozen=True, slots=True)
class Size:
    """How much past to generate; visits and orders are those of a usual day."""

    days: int = 90
    visits_per_day: float = 145
    till_orders_per_day: float = 5  # sales in the shop in town


class History:
    """The past up to `end`. Iterate once for the messages in time order; `orders` is complete at the end of it."""

    def __init__(
        self,
        products: Iterable[Product],
        customers: Iterable[Customer],
        seed: int,
        end: datetime,
        size: Size | None = None,
    ) -> None:
        self.orders: list[Order] = []
        self._end, self._size = end, size or Size()
        self._rng = random.Random(f"history {seed}")
        self._new_id = IdCounter()
        self._shop = Assortment(products, seed)
        self._crowd = Crowd(customers, self._shop.demand, self._rng)
        self._held: list[tuple[str, int, Message]] = []
        self._numbers = itertools.count()

    def __iter__(self) -> Iterator[Message]:
        first = (self._end - timedelta(days=self._size.days)).date()
        for number in range(self._size.days + 1):
            day = first + timedelta(days=number)
            factor = intensity(day, first)
            for at in self._until_end(visit_times(day, self._about(self._size.visits_per_day * factor), self._rng)):
                self._hold(self._visit(at))
            for at in self._until_end(till_times(day, self._about(self._size.till_orders_per_day * factor), self._rng)):
                self._sell_at_the_till(at)
            midnight = datetime.combine(day + timedelta(days=1), time(), UTC)
            yield from self._held_until(iso(min(midnight, self._end)))
        self.orders.sort(key=lambda order: order.order_id)

    def _about(self, expected: float) -> int:
        return max(0, round(self._rng.gauss(expected, expected**0.5)))

    def _until_end(self, moments: list[datetime]) -> Iterator[datetime]:
        start = self._end - timedelta(days=self._size.days)
        return (at for at in moments if start <= at < self._end)

    def _visit(self, at: datetime) -> Iterable[Message]:
        if self._rng.random() < OF_BOTS:
            return bot_visit(self._shop, robot(self._rng).on(at.date()), self._rng, at)
        visitor = self._crowd.someone(at.date())
        return Visit(visitor, self._shop, self._rng, at, self._place_order)

    def _hold(self, messages: Iterable[Message]) -> None:
        for message in messages:
            heapq.heappush(self._held, (message["originalTimestamp"], next(self._numbers), message))

    def _held_until(self, until: str) -> Iterator[Message]:
        """The messages from before `until`. ISO texts of one format sort as their times do."""
        while self._held and self._held[0][0] < until:
            yield heapq.heappop(self._held)[2]

    def _place_order(self, visitor: Visitor, basket: Basket, code: str | None, at: datetime) -> Order | None:
        if at + timedelta(seconds=1) > self._end:
            return None
        order = checkout.build_order(
            basket,
            new_id=self._new_id,
            pricing=pricing_on(at.date()),
            at=at,
            customer_id=visitor.customer.customer_id if visitor.customer else None,
            currency=visitor.currency,
            country_code=visitor.country_code,
            discount_code=code,
            source_name="mobile" if visitor.is_app else "web",
        )
        later = self._keep(order)
        self._hold(order_refunded(later, number, visitor, self._rng) for number in range(len(later.refunds)))
        return order

    def _sell_at_the_till(self, at: datetime) -> None:
        """A sale in the shop in town, in the shop's currency. About six in ten buyers are known customers."""
        visitor = self._crowd.someone(at.date())
        customer = visitor.customer if visitor.customer and visitor.customer.created_at < at else None
        category = self._rng.choices(list(self._shop.demand), list(self._shop.demand.values()))[0]
        main = self._shop.pick(category, visitor, self._rng, at)
        basket = [(main, 1)]
        if self._rng.random() < 0.4:
            basket += [(companion, 1) for companion in self._shop.companions(main)[:1]]
        order = checkout.build_order(
            basket,
            new_id=self._new_id,
            pricing=pricing_on(at.date()),
            at=at,
            customer_id=customer.customer_id if customer else None,
            country_code="BE",
            source_name="pos",
        )
        self._keep(order)

    def _keep(self, order: Order) -> Order:
        later = aftermath(order, self._new_id, self._rng, self._end)
        self.orders.append(later)
        return later


class Crowd:
    """Chooses who visits next: customers, each with an activity of their own, and strangers, some of whom return.

    `strangers` is the prefix of their keys, which decide who they are; see `make_visitor`.
    """

    def __init__(
        self, customers: Iterable[Customer], demand: dict[str, float], rng: random.Random, strangers: str = "stranger"
    ) -> None:
        self._customers = list(customers)
        self._demand = demand
        self._rng = rng
        activity = (random.Random(f"activity {c.customer_id}").lognormvariate(0, 0.9) for c in self._customers)
        self._activity = list(itertools.accumulate(activity))
        self._strangers = 0
        self._prefix = strangers

    def someone(self, day: date) -> Visitor:
        """The next visitor, as of that day."""
        rng = self._rng
        if self._customers and rng.random() < OF_CUSTOMERS:
            customer = rng.choices(self._customers, cum_weights=self._activity)[0]
            taste_key = str(customer.customer_id)
            has_second = customer.customer_id % 7 == 0
            key = f"{taste_key} second" if has_second and rng.random() < 0.4 else taste_key
            return make_visitor(key, self._demand, customer, taste_key).on(day)
        if self._strangers and rng.random() < 0.25:
            number = max(0, self._strangers - int(rng.expovariate(1 / 300)) - 1)
        else:
            number = self._strangers
            self._strangers += 1
        return make_visitor(f"{self._prefix} {number}", self._demand).on(day)
