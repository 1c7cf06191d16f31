"""A visitor's recent events as one visit: what they looked at last, how often, how earnestly."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from recommendations.session_counts import IN_ORDER, STRENGTH, ProductEvent

RECENT_PRODUCTS = 10
RECENT_EVENTS = 50  # of a visitor, for their list
INTEREST_HALF_LIFE_DAYS = 3  # of what the visitor did, seen from their newest event


class Visit(NamedTuple):
    """A visitor's latest products, newest first."""

    latest: list[ProductEvent]  # newest event of each
    weights: list[float]  # falling with distance and age
    times: list[int]
    strength: list[int]  # of the strongest thing done, see session_counts.STRENGTH
    depth: int  # different products in the visit
    returns: float  # share of the visit's steps that went back to a product
    bought: set[str]


def visit_of(events: Iterable[ProductEvent]) -> Visit:
    """Read a visitor's recent events, any order, not empty. A product twice in a row counts as once."""
    newest_first = sorted(events, key=IN_ORDER, reverse=True)
    newest = newest_first[0]
    place: dict[str, int] = {}
    latest: list[ProductEvent] = []
    times: list[int] = []
    strength: list[int] = []
    bought = set()
    steps, this_visit, before = 0, set(), None
    for event in newest_first:
        product, does = event.product_id, STRENGTH[event.kind]
        if event.kind == "purchase":
            bought.add(product)
        if product not in place:
            place[product] = len(latest)
            latest.append(event)
            times.append(1)
            strength.append(does)
        else:
            known = place[product]
            times[known] += product != before
            strength[known] = max(strength[known], does)
        if event.session_id == newest.session_id:
            steps += product != before
            this_visit.add(product)
        before = product
    latest = latest[:RECENT_PRODUCTS]
    weights = []
    for number, event in enumerate(latest, start=1):
        days = (newest.occurred_at - event.occurred_at).total_seconds() / 86_400
        weights.append(2 ** (-days / INTEREST_HALF_LIFE_DAYS) / number)
    return Visit(latest, weights, times, strength, len(this_visit), (steps - len(this_visit)) / steps, bought)
