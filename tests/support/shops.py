"""A shop in memory for tests of the scores: the real counts of given visits, and events in the yardstick's format."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.support.clicks import MONDAY, random_events
from recommendations.catalogue import ProductCard
from recommendations.session_counts import ProductEvent, product_counts, session_pairs
from recommendations.shop_counts import ShopCounts


def shop_of(visits: Iterable[Sequence[ProductEvent]], catalogue: Iterable[ProductCard] = ()) -> ShopCounts:
    """The counts of these visits; a visit is the events of one session."""
    visits = list(visits)
    shop = ShopCounts(min((event.occurred_at for visit in visits for event in visit), default=MONDAY))
    shop.catalogue.describe(catalogue)
    for visit in visits:
        for event in visit:
            if event.product_id not in shop.similar:
                shop.hold(event.product_id)
        shop.add_pairs(session_pairs(visit))
        shop.add_counts(product_counts(visit), max(event.occurred_at for event in visit))
    return shop


def card(product_id: str, category: str, brand: str | None = None, price: float | None = None) -> ProductCard:
    """The card of a product on sale called "The <product>"."""
    return ProductCard(product_id, f"The {product_id}", category, brand, price)


def yardstick_events(sessions: int) -> list[dict[str, Any]]:
    """Events in the yardstick's format, ordered by time; each product has a brand and a price."""
    made = sorted(random_events(random.Random(2), sessions), key=lambda e: (e.occurred_at, e.event_id))
    return [
        {
            "session": e.session_id, "item": e.product_id, "ts": e.occurred_at.timestamp(), "type": e.kind,
            "category": e.category, "brand": f"Brand {int(e.product_id) % 3}", "price": str(int(e.product_id) / 10),
        }
        for e in made
    ]  # fmt: skip
