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

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from heapq import nlargest
from math import sqrt
from typing import NamedTuple

import numpy as np

from streaming import reasons
from streaming.catalogue import UNKNOWN, Floats
from streaming.features import FEATURES, Candidates, Shop, Visit, candidates, visit_of
from streaming.model_weights import WEIGHTS
from streaming.session_counts import ProductEvent

MODEL_VERSION = "covisit-2"
LIST_LENGTH = 20  # rows of one list in the serving tables
NEAR_LENGTH = 60  # neighbours of one product that take part in a visitor's score
MAX_OF_A_BRAND = 14  # of a list, apart from products looked at before
NOISE = 1e-6  # what is left of a pair that was taken back, in doubles

PAIR_HALF_LIFE_WEEKS = 8
TREND_HALF_LIFE_HOURS = 48
TREND_STRENGTH = (1, 4, 8)  # view, cart, purchase

VISITORS_AT_ONCE = 500  # bounds memory: 5,000 numbers per visitor
DIGITS = 9  # of a utility: how numpy rounds must not decide between equals

Neighbours = Sequence[tuple[str, float]]

_WEIGHTS = np.array([WEIGHTS[name] for name in FEATURES])
_SEEN = FEATURES.index("seen")
_SAME_BRAND = FEATURES.index("brand_same")
_SAME_CATEGORY = FEATURES.index("category_same")
_PRICE_GAP = FEATURES.index("price_gap")
LIKE_PRICE = 0.15  # |ln of the price ratio| that a shopper would call alike


class Scored(NamedTuple):
    """A product to show, its score (0..1, estimated chance to be looked at next), and why."""

    product_id: str
    score: float
    reason: str


def pair_decay(weeks: float) -> float:
    """Weight of a session that began `weeks` after the landmark (forward decay: order never changes with time)."""
    return float(2 ** (weeks / PAIR_HALF_LIFE_WEEKS))


def trend_decay(hours: float) -> float:
    """Weight of an event `hours` after the landmark."""
    return float(2 ** (hours / TREND_HALF_LIFE_HOURS))


def trend_weight(counts: Iterable[int]) -> int:
    """One figure for [views, carts, purchases]."""
    return sum(strength * count for strength, count in zip(TREND_STRENGTH, counts, strict=True))


def nearest(weights: Mapping[str, float], length: int) -> list[tuple[str, float]]:
    """The neighbours of one product by pair weight, best first; ties by id."""
    # the hottest loop of the stream: a well-known product has thousands of neighbours
    kept = [(weight, neighbour) for neighbour, weight in weights.items() if weight > NOISE]
    return [(neighbour, weight) for weight, neighbour in nlargest(length, kept)]


def damped(neighbours: Neighbours, popularity: Callable[[str], float]) -> list[tuple[str, float]]:
    """The same neighbours, weighed against how often they are looked at anyway; ties by id."""
    weighed = ((weight / sqrt(1 + popularity(neighbour)), neighbour) for neighbour, weight in neighbours)
    return [(neighbour, weight) for weight, neighbour in sorted(weighed, reverse=True)]


def for_visitors(recent: Mapping[str, Sequence[ProductEvent]], shop: Shop) -> dict[str, list[Scored]]:
    """Each visitor's list, best first: never what they bought, nor the product they look at now.

    Args:
        recent: what each visitor did lately, any order, not empty.
        shop: the counts, with the pairs of these products loaded.
    """
    visitors = sorted(recent)
    lists: dict[str, list[Scored]] = {}
    for start in range(0, len(visitors), VISITORS_AT_ONCE):
        some = visitors[start : start + VISITORS_AT_ONCE]
        visits = [visit_of(recent[visitor]) for visitor in some]
        found = candidates(visits, shop)
        utility = utilities(found)
        ends = np.searchsorted(found.row, np.arange(len(some) + 1))
        for number, (visitor, visit) in enumerate(zip(some, visits, strict=True)):
            lists[visitor] = _best(visit, found, utility, slice(ends[number], ends[number + 1]), shop)
    return lists


def utilities(found: Candidates) -> Floats:
    """u of every candidate."""
    base, visit, known, again = (found.values @ _WEIGHTS).T
    context = found.context[found.row].T
    return np.round(base + visit * context[0] + known * context[1] + again * found.values[:, _SEEN], DIGITS)


def event_clock(events: Iterable[ProductEvent]) -> datetime:
    """The newest event time; the only clock that lists know."""
    return max(event.occurred_at for event in events)


def _best(visit: Visit, found: Candidates, utility: Floats, rows: slice, shop: Shop) -> list[Scored]:
    mine = utility[rows]
    if not len(mine):
        return []
    catalogue = shop.catalogue
    # enough to be left with a list when one brand has too many
    enough = np.partition(mine, max(len(mine) - 2 * LIST_LENGTH, 0))[max(len(mine) - 2 * LIST_LENGTH, 0)]
    likely = np.flatnonzero(mine >= enough) + rows.start
    ids = [catalogue.products[number] for number in found.product[likely]]
    ranked = sorted(zip(-utility[likely], ids, likely.tolist(), strict=True))
    chosen: list[int] = []
    spare: list[int] = []
    of_brand: dict[int, int] = {}
    for _, _, at in ranked:
        brand = int(catalogue.brand[found.product[at]])
        if brand != UNKNOWN and not found.values[at, _SEEN]:
            of_brand[brand] = of_brand.get(brand, 0) + 1
            if of_brand[brand] > MAX_OF_A_BRAND:
                spare.append(at)
                continue
        chosen.append(at)
        if len(chosen) == LIST_LENGTH:
            break
    chosen += spare[: LIST_LENGTH - len(chosen)]
    top = mine.max()
    whole = np.exp(mine - top).sum()
    return [
        Scored(
            catalogue.products[found.product[at]],
            float(np.exp(utility[at] - top) / whole),
            _why(visit, found, at, shop),
        )
        for at in chosen
    ]


def _why(visit: Visit, found: Candidates, at: int, shop: Shop) -> str:
    catalogue, values = shop.catalogue, found.values[at]
    title = catalogue.titles.get
    number = int(found.product[at])
    if values[_SEEN]:
        return reasons.SEEN
    if found.reason_place[at] >= 0:
        return reasons.goes_with(visit.latest[found.reason_place[at]], title)
    if values[_SAME_CATEGORY] and values[_SAME_BRAND]:
        return reasons.also_from(catalogue.brands[catalogue.brand[number]])
    if values[_SAME_CATEGORY] and values[_PRICE_GAP] < LIKE_PRICE:
        return reasons.priced_like(visit.latest[0], title)
    return reasons.popular_in(catalogue.categories[catalogue.category[number]])
