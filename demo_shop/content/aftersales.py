"""What happens to orders later: some are cancelled within hours, some are returned, all or in part, days later."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from demo_shop.store import checkout
from demo_shop.store.ids import FIRST_IDS, NewId
from demo_shop.store.model import Checkout, Order

# shares of all orders
CANCELLED = 0.025
RETURNED = 0.085
REASONS = ("customer", "customer", "inventory", "fraud", "other")
NOTES = ("Does not fit", "Changed their mind", "Arrived damaged", "Found it cheaper", "Wrong article")


def aftermath(order: Order, new_id: NewId, rng: random.Random, end: datetime) -> Order:
    """The order as it stands at `end`: cancelled, returned or unchanged."""
    chance = rng.random()
    if chance < CANCELLED:
        changes = _cancellation(order, new_id, rng)
    elif chance < CANCELLED + RETURNED:
        changes = _returns(order, new_id, rng)
    else:
        return order
    for changed in changes:
        if changed.updated_at > end:
            break
        order = changed
    return order


def _cancellation(order: Order, new_id: NewId, rng: random.Random) -> Iterator[Order]:
    at = order.created_at + timedelta(minutes=rng.randrange(20, 2400))
    if len(order.lines) > 1 and rng.random() < 0.3:  # one line was refunded before the order was cancelled
        order = checkout.refund(order, {order.lines[0].line_id: 1}, new_id=new_id, at=at, note="Not available")
        yield order
        at += timedelta(minutes=rng.randrange(10, 600))
    yield checkout.cancel(order, at=at, reason=rng.choice(REASONS))


def _returns(order: Order, new_id: NewId, rng: random.Random) -> Iterator[Order]:
    at = order.created_at + timedelta(days=rng.uniform(2, 21))
    while left := {line: units for line, units in checkout.refundable(order).items() if units}:
        if rng.random() < 0.55:  # in part
            line_id = rng.choice(list(left))
            left = {line_id: rng.randrange(1, left[line_id] + 1)}
        order = checkout.refund(order, left, new_id=new_id, at=at, note=rng.choice(NOTES), restock=rng.random() < 0.8)
        yield order
        if rng.random() < 0.85:
            return
        at += timedelta(days=rng.uniform(1, 10))


def abandoned(orders: Iterable[Order]) -> Iterator[Checkout]:
    """Checkouts left behind: the customer of one web order in nine began one some days before they bought."""
    numbers = itertools.count(FIRST_IDS["checkout"])
    for position, order in enumerate(orders):
        if position % 9 == 0 and order.source_name == "web":
            at = order.created_at - timedelta(days=1 + position % 3, minutes=position % 50)
            left = replace(order, created_at=at, updated_at=at, discount_code=None, refunds=(), cancelled_at=None)
            yield Checkout(next(numbers), left, at, at + timedelta(minutes=3))
