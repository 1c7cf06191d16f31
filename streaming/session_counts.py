"""What a set of events adds to the counts: pairs of products per session, and products per hour.

Both are pure functions of a set of events and give integers, so the counts are the same whatever the batches,
replays, duplicates and order in which the events came. `streaming/recompute.py` says the same in SQL.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

# what the shopper meant by it: a purchase says more than a view
STRENGTH = {"view": 1, "cart": 2, "purchase": 3}
WANTED = STRENGTH["cart"]

# a session longer than this is not one shopper's errand; the rest of it does not count for pairs
MAX_SESSION_EVENTS = 200
MAX_SESSION_PRODUCTS = 30
MAX_DISTANCE = 10

FORWARD = 1000  # thousandths: a view that follows directly
BACKWARD = 500  # the same pair the other way round
TOGETHER = 1000


class ProductEvent(NamedTuple):
    """One product in one event; `occurred_at` in UTC. An order of three products is three of these."""

    event_id: str
    product_id: str
    visitor_id: str
    session_id: str
    kind: str
    category: str
    occurred_at: datetime


class PairWeight(NamedTuple):
    """Thousandths of a direct view, and of having been wanted in the same visit."""

    similar: int
    together: int


PairKey = tuple[str, str, date]


def week_of(moment: datetime) -> date:
    """The Monday of the week, UTC."""
    return moment.date() - timedelta(days=moment.weekday())


def hour_of(moment: datetime) -> datetime:
    """The beginning of the hour."""
    return moment.replace(minute=0, second=0, microsecond=0)


def session_pairs(events: Iterable[ProductEvent]) -> dict[PairKey, PairWeight]:
    """Weights of the ordered pairs (product, neighbour, week of the session's start) of one session's events.

    Products stand in the order of their first event. The weight falls with the distance between the two, is halved
    against the order of viewing, and grows with what was done with the neighbour.
    """
    ordered = sorted(events, key=lambda e: (e.occurred_at, e.event_id, e.product_id))[:MAX_SESSION_EVENTS]
    if not ordered:
        return {}
    week = week_of(ordered[0].occurred_at)
    strength: dict[str, int] = {}
    for event in ordered:
        strength[event.product_id] = max(strength.get(event.product_id, 0), STRENGTH[event.kind])
    products = list(strength)[:MAX_SESSION_PRODUCTS]

    pairs: dict[PairKey, PairWeight] = {}
    for place, product in enumerate(products):
        for other_place in range(max(0, place - MAX_DISTANCE), min(len(products), place + MAX_DISTANCE + 1)):
            if other_place == place:
                continue
            neighbour = products[other_place]
            distance = other_place - place
            direct = FORWARD if distance > 0 else BACKWARD
            both_wanted = min(strength[product], strength[neighbour]) >= WANTED
            pairs[product, neighbour, week] = PairWeight(
                similar=direct // abs(distance) * strength[neighbour],
                together=TOGETHER * (strength[product] + strength[neighbour] - 3) if both_wanted else 0,
            )
    return pairs


def pair_changes(before: Iterable[ProductEvent], after: Iterable[ProductEvent]) -> dict[PairKey, PairWeight]:
    """What one session adds to the pair counts when its events grow from `before` to `after`; without zeros."""
    old, new = session_pairs(before), session_pairs(after)
    nothing = PairWeight(0, 0)
    changes = {}
    for key in old.keys() | new.keys():
        was, now = old.get(key, nothing), new.get(key, nothing)
        if was != now:
            changes[key] = PairWeight(now.similar - was.similar, now.together - was.together)
    return changes


CountKey = tuple[datetime, str, str]


def product_counts(events: Iterable[ProductEvent]) -> dict[CountKey, list[int]]:
    """[views, carts, purchases] per (hour, category, product)."""
    counts: dict[CountKey, list[int]] = {}
    for event in events:
        counts.setdefault((hour_of(event.occurred_at), event.category, event.product_id), [0, 0, 0])[
            STRENGTH[event.kind] - 1
        ] += 1
    return counts
