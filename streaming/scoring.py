"""The scores: who is near whom, what is trending, what to show to a visitor. Pure functions, event time only.

Session neighbours as sequential rules (co-visitation weighted by order, distance and intent; see session_counts.py),
damped by popularity, summed over what the visitor did lately, with the trend of the categories they look at as
back-off. Measured in docs; the yardstick's names for these are "sequential rules" and "category popularity".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from heapq import nlargest
from math import sqrt
from typing import NamedTuple

from streaming.session_counts import STRENGTH, ProductEvent

MODEL_VERSION = "covisit-1"
LIST_LENGTH = 20  # rows of one list in the serving tables
NEAR_LENGTH = 60  # neighbours of one product that take part in a visitor's score
NOISE = 1e-6  # what is left of a pair that was taken back, in doubles

PAIR_HALF_LIFE_WEEKS = 8
TREND_HALF_LIFE_HOURS = 48
TREND_STRENGTH = (1, 4, 8)  # view, cart, purchase
INTEREST_HALF_LIFE_DAYS = 3  # of what the visitor did, seen from their newest event
RECENT_PRODUCTS = 10
CATEGORY_SHARE = 0.3  # of a trending product against the best neighbour
FILL_SHARE = 0.01  # of a bestseller that fills a short list
RETURN_SHARE = 1.0  # of a product looked at before and not bought: shoppers compare and come back


class Scored(NamedTuple):
    """A product to show, its score, and the sentence that says why."""

    product_id: str
    score: float
    reason: str


Neighbours = Sequence[tuple[str, float]]


def pair_decay(weeks: float) -> float:
    """Weight of a session that began `weeks` after the landmark (forward decay: order never changes with time)."""
    return float(2 ** (weeks / PAIR_HALF_LIFE_WEEKS))


def trend_decay(hours: float) -> float:
    """Weight of an event `hours` after the landmark."""
    return float(2 ** (hours / TREND_HALF_LIFE_HOURS))


def trend_weight(counts: Iterable[int]) -> int:
    """One figure for [views, carts, purchases]."""
    return sum(strength * count for strength, count in zip(TREND_STRENGTH, counts, strict=True))


def nearest(weights: Mapping[str, float], popularity: Mapping[str, int], length: int) -> list[tuple[str, float]]:
    """The neighbours of one product, best first: pair weight damped by the neighbour's popularity; ties by id."""
    # the hottest loop of the stream: a well-known product has thousands of neighbours
    damped = [
        (weight / sqrt(1 + popularity.get(neighbour, 0)), neighbour)
        for neighbour, weight in weights.items()
        if weight > NOISE
    ]
    return [(neighbour, score) for score, neighbour in nlargest(length, damped)]


def interests(events: Iterable[ProductEvent]) -> list[tuple[ProductEvent, float]]:
    """The visitor's latest products, newest first, each with its weight: recent and wanted ones count more."""
    newest_first = sorted(events, key=lambda e: (e.occurred_at, e.event_id, e.product_id), reverse=True)
    strength: dict[str, int] = {}
    latest: dict[str, ProductEvent] = {}
    for event in newest_first:
        latest.setdefault(event.product_id, event)
        strength[event.product_id] = max(strength.get(event.product_id, 0), STRENGTH[event.kind])
    weighted = []
    for place, event in enumerate(list(latest.values())[:RECENT_PRODUCTS], start=1):
        days = (newest_first[0].occurred_at - event.occurred_at).total_seconds() / 86_400
        weight = sqrt(strength[event.product_id]) / place * 2 ** (-days / INTEREST_HALF_LIFE_DAYS)
        weighted.append((event, weight))
    return weighted


def for_visitor(
    events: Sequence[ProductEvent],
    near: Callable[[str], Neighbours],
    trending: Callable[[str], Sequence[str]],
    title: Callable[[str], str | None],
) -> list[Scored]:
    """The visitor's list, best first: never what they have bought, nor the product they look at now.

    Args:
        events: what the visitor did lately, any order, not empty.
        near: neighbours of a product, best first.
        trending: products of a category ('' = all), best first.
        title: a product's title, None when the catalogue does not know it.
    """
    liked = interests(events)
    hidden = {event.product_id for event in events if event.kind == "purchase"} | {liked[0][0].product_id}
    total: dict[str, float] = {}
    strongest: dict[str, tuple[float, ProductEvent]] = {}
    for event, weight in liked:
        for neighbour, score in near(event.product_id):
            if neighbour in hidden:
                continue
            share = weight * score
            total[neighbour] = total.get(neighbour, 0.0) + share
            if neighbour not in strongest or share > strongest[neighbour][0]:
                strongest[neighbour] = (share, event)
    best = max(total.values(), default=1.0)
    scored = {product: score / best for product, score in total.items()}

    seen = {event.product_id for event, _ in liked} - hidden
    for event, weight in liked:
        if event.product_id in seen:
            scored[event.product_id] = scored.get(event.product_id, 0.0) + RETURN_SHARE * weight

    popular: dict[str, str] = {}
    for category, weight in _categories(liked):
        for place, product in enumerate(trending(category)[:LIST_LENGTH]):
            if product not in hidden:
                scored[product] = scored.get(product, 0.0) + CATEGORY_SHARE * weight / (1 + 0.1 * place)
                popular.setdefault(product, category)

    for place, product in enumerate(trending("")):
        if len(scored) >= LIST_LENGTH:
            break
        if product not in hidden and product not in scored:
            scored[product] = FILL_SHARE / (1 + 0.1 * place)
            popular[product] = ""

    ranked = nlargest(LIST_LENGTH, ((score, product) for product, score in scored.items()))

    def reason(product: str) -> str:
        if product in seen:
            return "You looked at this recently"
        return _why(strongest[product][1], title) if product in strongest else popular_in(popular[product])

    return [Scored(product, score, reason(product)) for score, product in ranked]


def popular_in(category: str) -> str:
    """The reason of a trending product."""
    return f"Popular in {category}" if category else "Popular right now"


def seen_with(title: str | None, kind: str) -> str:
    """The reason of a neighbour of the product called `title`; kind as in serving.product_neighbours."""
    verb = "bought" if kind == "together" else "viewed"
    return f"Often {verb} with {_short(title)}" if title else f"Often {verb} together"


def event_clock(events: Iterable[ProductEvent]) -> datetime:
    """The newest event time; the only clock that lists know."""
    return max(event.occurred_at for event in events)


def _categories(liked: Sequence[tuple[ProductEvent, float]]) -> list[tuple[str, float]]:
    """The two categories the visitor cares about most, as shares of 1."""
    weights: dict[str, float] = {}
    for event, weight in liked:
        weights[event.category] = weights.get(event.category, 0.0) + weight
    whole = sum(weights.values())
    return sorted(((c, w / whole) for c, w in weights.items()), key=lambda pair: (-pair[1], pair[0]))[:2]


def _why(because: ProductEvent, title: Callable[[str], str | None]) -> str:
    name = title(because.product_id)
    verb = {"view": "viewed", "cart": "chosen", "purchase": "bought"}[because.kind]
    return f"Often {verb} with {_short(name)}" if name else f"Goes with what you {_DID[because.kind]}"


_DID = {"view": "looked at", "cart": "put in your cart", "purchase": "bought"}


def _short(title: str, length: int = 60) -> str:
    return title if len(title) <= length else title[: length - 1].rstrip(" ,-") + "…"
