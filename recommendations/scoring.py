"""The scores: who is near whom, what is trending, what to show to a visitor. Pure functions, event time only.

A visitor's list ranks the products they may look at next by how likely that is: a conditional logit over the
features of `features.py`, whose weights were fitted on real visits (docs/recommendations.md says how, and what every
idea gave). For a candidate c with features x, in a visit of d products with p events of the product looked at now:

    u(c) = Σ x · (base + visit · (ln d - 1) + known · (ln(1 + p) - 1.5) + again · [c was looked at before])
    score(c) = exp u(c) / Σ exp u over all candidates

so that evidence from pairs, category, brand, price and popularity weighs differently at the beginning and deep in a
visit, for well-known and for new products, and for products the visitor comes back to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from heapq import nlargest
from math import sqrt
from typing import NamedTuple, Protocol

from recommendations import ranking, reasons
from recommendations.catalogue import Catalogue
from recommendations.features import Feature, Shop, candidates
from recommendations.model import Model
from recommendations.session_counts import ProductEvent
from recommendations.visits import Visit, visit_of

LIST_LENGTH = 20  # rows of one list in the serving tables
NEAR_LENGTH = 60  # neighbours of one product that take part in a visitor's score
MAX_OF_A_BRAND = 10  # of a list, apart from products looked at before
NOISE = 1e-12  # of a direct view of this week: what is left of a pair that was taken back, in doubles

PAIR_HALF_LIFE_WEEKS = 8
TREND_HALF_LIFE_HOURS = 48
TREND_STRENGTH = (1, 4, 8)  # view, cart, purchase

VISITORS_AT_ONCE = 128  # arrays of this size stay in the cache

Neighbours = Sequence[tuple[str, float]]


class ScoringShop(Shop, Protocol):
    """A shop with the model that scores in it."""

    model: Model


class ScoredList(NamedTuple):
    """Products to show, best first, their scores (0..1, estimated chance to be looked at next), and why."""

    product_ids: list[str]
    scores: list[float]
    reasons: list[str]


def pair_decay(weeks: float) -> float:
    """Weight of a session that began `weeks` after the landmark (forward decay: order never changes with time)."""
    return float(2 ** (weeks / PAIR_HALF_LIFE_WEEKS))


def trend_decay(hours: float) -> float:
    """Weight of an event `hours` after the landmark."""
    return float(2 ** (hours / TREND_HALF_LIFE_HOURS))


def trend_weight(counts: Iterable[int]) -> int:
    """One figure for [views, carts, purchases]."""
    return sum(strength * count for strength, count in zip(TREND_STRENGTH, counts, strict=True))


def nearest(weights: Mapping[str, float], length: int, least: float) -> list[tuple[str, float]]:
    """The neighbours of one product by pair weight above `least`, best first; ties by id."""
    # the hottest loop of the stream: a well-known product has thousands of neighbours
    kept = [(weight, neighbour) for neighbour, weight in weights.items() if weight > least]
    if len(kept) > 8 * length:
        kept = nlargest(length, kept)
    else:  # short lists are sorted sooner than heaped
        kept.sort(reverse=True)
    return [(neighbour, weight) for weight, neighbour in kept[:length]]


def damped(neighbours: Neighbours, popularity: Iterable[float]) -> list[tuple[str, float]]:
    """The same neighbours, weighed against how often each is looked at anyway; ties by id."""
    both = zip(neighbours, popularity, strict=True)
    weighed = [(weight / sqrt(1 + events), neighbour) for (neighbour, weight), events in both]
    weighed.sort(reverse=True)
    return [(neighbour, weight) for weight, neighbour in weighed]


def for_visitors(recent: Mapping[str, Sequence[ProductEvent]], shop: ScoringShop) -> dict[str, ScoredList]:
    """Each visitor's list: never what they bought unless it is used up, nor the product on screen.

    Args:
        recent: what each visitor did lately, any order, not empty.
        shop: the counts, with the pairs of these products loaded.
    """
    visitors = sorted(recent)
    lists: dict[str, ScoredList] = {}
    for start in range(0, len(visitors), VISITORS_AT_ONCE):
        some = visitors[start : start + VISITORS_AT_ONCE]
        lists |= zip(some, _lists([visit_of(recent[visitor]) for visitor in some], shop), strict=True)
    return lists


def event_clock(events: Iterable[ProductEvent]) -> datetime:
    """The newest event time; the only clock that lists know."""
    return max(event.occurred_at for event in events)


def _lists(visits: Sequence[Visit], shop: ScoringShop) -> Iterable[ScoredList]:
    catalogue = shop.catalogue
    found = candidates(visits, shop)
    columns = found.values.T
    utility = ranking.utilities(
        found.start, found.values, columns[Feature.SEEN], found.depth, found.known, shop.model.weights
    )
    told = ranking.Told(
        columns[Feature.SEEN],
        columns[Feature.CATEGORY_SAME],
        columns[Feature.BRAND_SAME],
        columns[Feature.PRICE_GAP],
        found.reason_place,
        catalogue.brand[found.product],
        catalogue.alphabetical()[found.product],
    )
    chosen, scores, evidence = ranking.best(found.start, utility, told, LIST_LENGTH, MAX_OF_A_BRAND)
    numbers = found.product[chosen] if len(found.product) else chosen
    for visit, length, *row in zip(
        visits, (chosen >= 0).sum(axis=1).tolist(), numbers.tolist(), scores.tolist(), evidence.tolist(), strict=True
    ):
        shown, sure, because = (column[:length] for column in row)
        yield ScoredList([catalogue.products[number] for number in shown], sure, _why(visit, shown, because, catalogue))


def _why(visit: Visit, numbers: Sequence[int], evidence: Sequence[int], catalogue: Catalogue) -> list[str]:
    """The reason of each product, from what speaks most for it."""
    told: dict[int, str] = {}
    for what in set(evidence):
        if what >= 0:
            told[what] = reasons.goes_with(visit.latest[what], catalogue.titles.get)
        elif what == ranking.SEEN:
            told[what] = reasons.SEEN
        elif what == ranking.PRICE:
            told[what] = reasons.priced_like(visit.latest[0], catalogue.titles.get)
    return [
        told.get(what) or _of_its_kind(what, number, catalogue) for number, what in zip(numbers, evidence, strict=True)
    ]


def _of_its_kind(what: int, number: int, catalogue: Catalogue) -> str:
    if what == ranking.BRAND:
        return reasons.also_from(catalogue.brands[catalogue.brand[number]])
    return reasons.popular_in(catalogue.categories[catalogue.category[number]])
