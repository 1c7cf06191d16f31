"""Product events and their records in the clicks topic, made for tests and benchmarks of the stream."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from benchmarks.support.events import wire
from recommendations.session_counts import ProductEvent

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
CONSENT = {"analytics": True, "personalisation": True}
NAMES = {"view": "Product Viewed", "cart": "Product Added", "purchase": "Order Completed"}
_numbers = count()


def event(product_id: str, minute: float = 0, kind: str = "view", **changes: Any) -> ProductEvent:
    """A product event of visitor v1 in session s1, `minute` minutes after MONDAY."""
    made = ProductEvent(
        event_id=f"e{next(_numbers):08d}",
        product_id=product_id,
        visitor_id="v1",
        session_id="s1",
        kind=kind,
        category="Laptops",
        occurred_at=MONDAY + timedelta(minutes=minute),
    )
    return made._replace(**changes)


def session(*products: str, **changes: Any) -> list[ProductEvent]:
    """Views of the products, one minute apart."""
    return [event(product, minute, **changes) for minute, product in enumerate(products)]


def random_events(rng: random.Random, sessions: int, products: int = 40) -> list[ProductEvent]:
    """Sessions over three weeks: with carts, orders, two categories, equal times, several sessions of a visitor."""
    events = []
    for number in range(sessions):
        visitor, start = f"v{number % (sessions // 2 + 1)}", rng.uniform(0, 21 * 24 * 60)
        for step in range(rng.randint(1, 12)):
            product = str(8000 + min(int(rng.expovariate(0.1)), products - 1))
            kind = rng.choices(["view", "cart", "purchase"], [8, 2, 1])[0]
            category = "Laptops" if int(product) % 2 else "Phones"
            at = start + rng.choice([step, step, step + 40])
            events.append(event(product, at, kind, visitor_id=visitor, session_id=f"s{number}", category=category))
    return events


def as_record(product_event: ProductEvent, **changes: Any) -> bytes:
    """A product event as a record of the clicks topic; `changes` replace fields of the record."""
    e = product_event
    properties: dict[str, Any] = {"product_id": e.product_id, "category": e.category, "price": 10.0}
    if e.kind == "purchase":
        properties = {"order_id": e.event_id, "products": [properties]}
    fields: dict[str, Any] = {
        "messageId": e.event_id,
        "event": NAMES[e.kind],
        "anonymousId": e.visitor_id,
        "timestamp": e.occurred_at,
        "receivedAt": e.occurred_at + timedelta(seconds=1),
        "context": {"sessionId": e.session_id, "consent": CONSENT, "userAgent": "Mozilla/5.0"},
        "properties": properties,
    }
    return wire(**fields | changes)


def as_records(events: Iterable[ProductEvent]) -> list[bytes]:
    """`as_record` of each event."""
    return [as_record(e) for e in events]
