"""What a set of events adds to the counts: pairs of products per session, and products per hour.

Both are pure functions of a set of events and give integers, so the counts are the same whatever the batches,
replays, duplicates and order in which the events came. `streaming/recompute.py` says the same in SQL.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from operator import attrgetter
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


# of events, the same whatever the order in which they came
IN_ORDER = attrgetter("occurred_at", "event_id", "product_id")


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


class _Errand(NamedTuple):
    """What counts of a session: the week of its start, and its products with the strongest thing done to each."""

    week: date
    strength: dict[str, int]  # in the order of each product's first event


def session_pairs(events: Iterable[ProductEvent]) -> dict[PairKey, PairWeight]:
    """Weights of the ordered pairs (product, neighbour, week of the session's start) of one session's events.

    Products stand in the order of their first event. The weight falls with the distance between the two, is halved
    against the order of viewing, and grows with what was done with the neighbour.
    """
    return _pairs(_errand(events), 0)


def pair_changes(before: Iterable[ProductEvent], after: Iterable[ProductEvent]) -> dict[PairKey, PairWeight]:
    """What one session adds to the pair counts when its events grow from `before` to `after`; without zeros."""
    was, now = _errand(before), _errand(after)
    known = len(was.strength)
    if not known or (was.week == now.week and list(was.strength.items()) == list(now.strength.items())[:known]):
        return _pairs(now, known)  # products were only added: nothing between the old ones changed
    old, new = _pairs(was, 0), _pairs(now, 0)
    nothing = PairWeight(0, 0)
    changes = {}
    for key in old.keys() | new.keys():
        gone, come = old.get(key, nothing), new.get(key, nothing)
        if gone != come:
            changes[key] = PairWeight(come.similar - gone.similar, come.together - gone.together)
    return changes


def _errand(events: Iterable[ProductEvent]) -> _Errand:
    ordered = sorted(events, key=IN_ORDER)[:MAX_SESSION_EVENTS]
    strength: dict[str, int] = {}
    for event in ordered:
        strength[event.product_id] = max(strength.get(event.product_id, 0), STRENGTH[event.kind])
    return _Errand(week_of(ordered[0].occurred_at) if ordered else date.min, strength)


def _pairs(errand: _Errand, known: int) -> dict[PairKey, PairWeight]:
    """The pairs in which at least one product is not among the first `known`."""
    week, strengths = errand.week, list(errand.strength.items())[:MAX_SESSION_PRODUCTS]
    pairs: dict[PairKey, PairWeight] = {}
    for place in range(known, len(strengths)):
        later, later_strength = strengths[place]
        for distance in range(1, min(place, MAX_DISTANCE) + 1):
            earlier, earlier_strength = strengths[place - distance]
            both_wanted = min(earlier_strength, later_strength) >= WANTED
            together = TOGETHER * (earlier_strength + later_strength - 3) if both_wanted else 0
            pairs[earlier, later, week] = PairWeight(FORWARD // distance * later_strength, together)
            pairs[later, earlier, week] = PairWeight(BACKWARD // distance * earlier_strength, together)
    return pairs


CountKey = tuple[datetime, str, str]


def product_counts(events: Iterable[ProductEvent]) -> dict[CountKey, list[int]]:
    """[views, carts, purchases] per (hour, category, product)."""
    counts: dict[CountKey, list[int]] = {}
    for event in events:
        counts.setdefault((hour_of(event.occurred_at), event.category, event.product_id), [0, 0, 0])[
            STRENGTH[event.kind] - 1
        ] += 1
    return counts
