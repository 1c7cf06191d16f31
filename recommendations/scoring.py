"""The scores: nearest neighbours, trends and the lists of visitors. Pure functions; their only clock is event time.

A visitor's list ranks candidates by the chance that they are looked at next: a conditional logit (McFadden,
"Conditional Logit Analysis of Qualitative Choice Behavior", 1974) over the features of features.py. Its weights were
fitted on real visits (docs/recommendations.md). For a candidate c with features x, in a session of d products, with p
events of the product on screen:

    u(c) = Σ x · (base + visit · (ln d - 1) + known · (ln(1 + p) - 1.5) + again · [c was looked at before])
    score(c) = exp u(c) / Σ exp u over all candidates

The columns visit, known and again let the features weigh differently at the beginning and deep in a visit, for
well-known and new products, and for products the visitor comes back to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime
from heapq import nlargest
from math import sqrt
from typing import NamedTuple, Protocol

import numpy as np

from recommendations import ranking, reasons
from recommendations.candidates import Candidates, Shop, candidates_in_blocks
from recommendations.catalogue import Catalogue
from recommendations.features import Feature
from recommendations.model import Model
from recommendations.session_counts import ProductEvent
from recommendations.visits import Visit, visit_of

LIST_LENGTH = 20  # products of a visitor's list
NEAR_LENGTH = 60  # neighbours of a product that take part in the scores
MAX_OF_A_BRAND = 10  # products of one brand in a list, not counting products looked at before
NOISE = 1e-12  # share of a direct view of this week: rounding may leave that much of a pair that was taken back

PAIR_HALF_LIFE_WEEKS = 8
TREND_HALF_LIFE_HOURS = 48
TREND_STRENGTH = (1, 4, 8)  # view, cart, purchase

VISITORS_AT_ONCE = 32  # arrays of so many visitors fit the processor's cache
FACTS = (Feature.SEEN, Feature.CATEGORY_SAME, Feature.BRAND_SAME, Feature.PRICE_GAP)  # the first of CandidateFacts

Neighbours = Sequence[tuple[str, float]]  # (product, weight), best first


class ScoringShop(Shop, Protocol):
    """A shop with the model that scores in it."""

    model: Model


class ScoredList(NamedTuple):
    """A list of products, best first."""

    product_ids: list[str]
    scores: list[float]  # estimated chance to be looked at next, 0..1
    reasons: list[str]  # sentences for the shopper


def pair_decay(weeks: float) -> float:
    """Weight of a session that began `weeks` after the landmark, as forward decay (see catalogue.py)."""
    return float(2 ** (weeks / PAIR_HALF_LIFE_WEEKS))


def trend_decay(hours: float) -> float:
    """Weight of an event `hours` after the landmark, as forward decay."""
    return float(2 ** (hours / TREND_HALF_LIFE_HOURS))


def trend_weight(counts: Iterable[int]) -> int:
    """The trend weight of [views, carts, purchases]."""
    return sum(strength * count for strength, count in zip(TREND_STRENGTH, counts, strict=True))


def nearest(weights: Mapping[str, float], length: int, least: float) -> list[tuple[str, float]]:
    """The `length` heaviest neighbours with a weight above `least`, best first; ties by id, descending.

    `weights`: neighbour -> pair weight, of one product.
    """
    # the hottest loop of the stream: a well-known product has thousands of neighbours
    kept = [(weight, neighbour) for neighbour, weight in weights.items() if weight > least]
    return [(neighbour, weight) for weight, neighbour in heaviest(kept, length)]


def heaviest(weighed: list[tuple[float, str]], length: int) -> list[tuple[float, str]]:
    """The `length` first of (weight, product) in descending order."""
    # for short lists sorting is faster than a heap
    return nlargest(length, weighed) if len(weighed) > 8 * length else sorted(weighed, reverse=True)[:length]


def damped(neighbours: Neighbours, popularity: Iterable[float]) -> list[tuple[str, float]]:
    """The same neighbours by weight / √(1 + popularity), best first: less for those that are looked at anyway.

    `popularity`: the events of each neighbour, in the order of `neighbours`.
    """
    both = zip(neighbours, popularity, strict=True)
    weighed = [(weight / sqrt(1 + events), neighbour) for (neighbour, weight), events in both]
    weighed.sort(reverse=True)
    return [(neighbour, weight) for weight, neighbour in weighed]


def for_visitors(
    recent: Mapping[str, Sequence[ProductEvent]], shop: ScoringShop, bought: Mapping[str, Set[str]] | None = None
) -> dict[str, ScoredList]:
    """The list of each visitor.

    It holds neither the product on screen nor bought ones, unless they are bought again and again.

    Args:
        recent: visitor -> their recent events, at least one, in any order.
        shop: the counts; the pairs of all products in `recent` must be loaded.
        bought: visitor -> what they bought apart from `recent`.
    """
    visitors, bought = sorted(recent), bought or {}
    visits = [visit_of(recent[visitor], bought.get(visitor, ())) for visitor in visitors]
    lists: dict[str, ScoredList] = {}
    for number, found in enumerate(candidates_in_blocks(visits, shop, VISITORS_AT_ONCE)):
        block = slice(number * VISITORS_AT_ONCE, (number + 1) * VISITORS_AT_ONCE)
        lists |= zip(visitors[block], _lists(visits[block], found, shop), strict=True)
    return lists


def event_clock(events: Iterable[ProductEvent]) -> datetime:
    """The newest event time: the clock of a batch or a list. Raises ValueError without events."""
    return max(event.occurred_at for event in events)


def _lists(visits: Sequence[Visit], found: Candidates, shop: ScoringShop) -> Iterable[ScoredList]:
    catalogue = shop.catalogue
    # copies, because the column of a table of one row is contiguous anyway: numba would compile once more for it
    is_seen, is_same_category, is_same_brand, price_gap = np.ascontiguousarray(found.values.T[list(FACTS)])
    facts = ranking.CandidateFacts(
        is_seen,
        is_same_category,
        is_same_brand,
        price_gap,
        found.reason_place,
        catalogue.brand[found.product],
        catalogue.id_rank()[found.product],
    )
    utility = ranking.utilities(found.start, found.values, is_seen, found.depth, found.known, shop.model.weights)
    chosen, scores, evidence = ranking.best(found.start, utility, facts, LIST_LENGTH, MAX_OF_A_BRAND)
    numbers = found.product[chosen] if len(found.product) else chosen
    for visit, length, *row in zip(
        visits, (chosen >= 0).sum(axis=1).tolist(), numbers.tolist(), scores.tolist(), evidence.tolist(), strict=True
    ):
        shown, chances, because = (column[:length] for column in row)
        products = [catalogue.products[number] for number in shown]
        yield ScoredList(products, chances, _reasons(visit, shown, because, catalogue))


def _reasons(visit: Visit, numbers: Sequence[int], evidence: Sequence[int], catalogue: Catalogue) -> list[str]:
    """The reason of each product as a sentence; `evidence` as returned by `ranking.best`."""
    sentences: dict[int, str] = {}
    for what in set(evidence):
        if what >= 0:
            sentences[what] = reasons.goes_with(visit.latest[what], catalogue.titles.get)
        elif what == ranking.SEEN:
            sentences[what] = reasons.SEEN
        elif what == ranking.PRICE:
            sentences[what] = reasons.priced_like(visit.latest[0], catalogue.titles.get)
    return [
        sentences.get(what) or _of_its_kind(what, number, catalogue)
        for number, what in zip(numbers, evidence, strict=True)
    ]


def _of_its_kind(what: int, number: int, catalogue: Catalogue) -> str:
    """The reasons that depend on the product itself."""
    if what == ranking.BRAND:
        return reasons.also_from(catalogue.brands[catalogue.brand[number]])
    return reasons.popular_in(catalogue.categories[catalogue.category[number]])
