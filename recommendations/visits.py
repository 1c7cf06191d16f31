"""A visitor's recent events summarised for the scores: the latest products, how often and how strongly wanted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from recommendations.session_counts import IN_ORDER, STRENGTH, ProductEvent

RECENT_PRODUCTS = 10  # the newest products of a visitor that take part in their list
RECENT_EVENTS = 50  # the newest events of a visitor that are read for their list
INTEREST_HALF_LIFE_DAYS = 3  # of an event, counted back from the visitor's newest one


class Visit(NamedTuple):
    """A visitor's latest products, newest first, at most RECENT_PRODUCTS."""

    latest: list[ProductEvent]  # the newest event of each product
    weights: list[float]  # of each product, falling with its place and age; the newest has 1
    times: list[int]  # how often the visitor came to each product
    strength: list[int]  # strongest event of each, see session_counts.STRENGTH
    depth: int  # different products in the newest session
    returns: float  # share of the newest session's steps that went back to a product, 0..1
    bought: set[str]


def visit_of(events: Iterable[ProductEvent], bought_elsewhere: Iterable[str] = ()) -> Visit:
    """Summarise a visitor's recent events: at least one, in any order. The same product twice in a row counts once.

    `bought_elsewhere`: products that they bought in events that are not among these.
    """
    newest_first = sorted(events, key=IN_ORDER, reverse=True)
    newest = newest_first[0]
    place: dict[str, int] = {}
    latest: list[ProductEvent] = []
    times: list[int] = []
    strength: list[int] = []
    bought = set(bought_elsewhere)
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
    return Visit(
        latest,
        weights,
        times[:RECENT_PRODUCTS],
        strength[:RECENT_PRODUCTS],
        len(this_visit),
        (steps - len(this_visit)) / steps,
        bought,
    )
