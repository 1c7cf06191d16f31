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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from heapq import nlargest
from itertools import pairwise
from math import exp, sqrt
from typing import NamedTuple, Protocol

import numpy as np

from streaming import reasons
from streaming.catalogue import UNKNOWN, Catalogue, Floats, Numbers
from streaming.features import FEATURES, Candidates, Shop, candidates
from streaming.model import Model
from streaming.session_counts import ProductEvent
from streaming.visits import Visit, visit_of

LIST_LENGTH = 20  # rows of one list in the serving tables
NEAR_LENGTH = 60  # neighbours of one product that take part in a visitor's score
MAX_OF_A_BRAND = 10  # of a list, apart from products looked at before
NOISE = 1e-12  # of a direct view of this week: what is left of a pair that was taken back, in doubles

PAIR_HALF_LIFE_WEEKS = 8
TREND_HALF_LIFE_HOURS = 48
TREND_STRENGTH = (1, 4, 8)  # view, cart, purchase

VISITORS_AT_ONCE = 32  # arrays of this size stay in the cache; 500 take twice the time
DIGITS = 9  # of a utility: how numpy rounds must not decide between equals

Neighbours = Sequence[tuple[str, float]]

_SEEN = FEATURES.index("seen")
_SAME_BRAND = FEATURES.index("brand_same")
_SAME_CATEGORY = FEATURES.index("category_same")
_PRICE_GAP = FEATURES.index("price_gap")

# what speaks most for a product, when it is not the place of a product of the visit
SEEN, BRAND, PRICE, POPULAR = -1, -2, -3, -4
LIKE_PRICE = 0.15  # |ln of the price ratio| that a shopper would call alike
Row = tuple[float, str, int, int, int]  # -utility, product, brand, evidence, the brand or category it is about


class ScoringShop(Shop, Protocol):
    """A shop with the model that scores in it."""

    model: Model


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


def for_visitors(recent: Mapping[str, Sequence[ProductEvent]], shop: ScoringShop) -> dict[str, list[Scored]]:
    """Each visitor's list, best first: never what they bought unless it is used up, nor the product on screen.

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
        lists |= zip(some, _ranked(visits, found, shop), strict=True)
    return lists


def utilities(found: Candidates, weights: Floats) -> Floats:
    """u of every candidate."""
    # not `@`: the threads of a BLAS cost a busy machine more than they give for so small a product
    base, visit, known, again = np.einsum("fw,fc->wc", weights, found.values)
    seen = found.values[_SEEN]
    return np.round(base + visit * found.depth[found.row] + known * found.known[found.row] + again * seen, DIGITS)


def event_clock(events: Iterable[ProductEvent]) -> datetime:
    """The newest event time; the only clock that lists know."""
    return max(event.occurred_at for event in events)


def _ranked(visits: Sequence[Visit], found: Candidates, shop: ScoringShop) -> Iterator[list[Scored]]:
    """The list of each visitor."""
    utility = utilities(found, shop.model.weights)
    catalogue, values = shop.catalogue, found.values
    ends = np.searchsorted(found.row, np.arange(len(visits) + 1)).tolist()
    likely = [_likely(utility[start:end]) + start for start, end in pairwise(ends)]
    whole = [float(np.exp(utility[start:end]).sum()) for start, end in pairwise(ends)]
    at = np.concatenate(likely)
    same_category = values[_SAME_CATEGORY, at] > 0
    evidence = np.select(
        [
            values[_SEEN, at] > 0,
            found.reason_place[at] >= 0,
            same_category & (values[_SAME_BRAND, at] > 0),
            same_category & (values[_PRICE_GAP, at] < LIKE_PRICE),
        ],
        [SEEN, found.reason_place[at], BRAND, PRICE],
        POPULAR,
    )
    numbers = found.product[at]
    ids = [catalogue.products[number] for number in numbers.tolist()]
    brands = np.where(values[_SEEN, at] > 0, UNKNOWN, catalogue.brand[numbers])
    about = np.select([evidence == BRAND, evidence == POPULAR], [brands, catalogue.category[numbers]], UNKNOWN)
    columns = (array.tolist() for array in (brands, evidence, about))
    rows = list(zip((-utility[at]).tolist(), ids, *columns, strict=True))
    end = 0
    for visit, those, sum_of_all in zip(visits, likely, whole, strict=True):
        end, start = end + len(those), end
        best = _capped(sorted(rows[start:end]))
        why = {because: _why(visit, *because, catalogue) for because in {row[3:] for row in best}}
        yield [Scored(row[1], exp(-row[0]) / sum_of_all, why[row[3:]]) for row in best]


def _likely(utility: Floats) -> Numbers:
    """Places of the best: enough to be left with a list when one brand has too many, and all that are equal."""
    surplus = len(utility) - 2 * LIST_LENGTH
    if surplus <= 0:
        return np.arange(len(utility))
    return np.flatnonzero(utility >= np.partition(utility, surplus)[surplus])


def _capped(ranked: Sequence[Row]) -> list[Row]:
    """The first `LIST_LENGTH`, at most `MAX_OF_A_BRAND` of a brand as long as there are others."""
    chosen, spare = [], []
    of_brand: dict[int, int] = {}
    for row in ranked:
        brand = row[2]
        of_brand[brand] = of_brand.get(brand, 0) + 1
        if brand != UNKNOWN and of_brand[brand] > MAX_OF_A_BRAND:
            spare.append(row)
            continue
        chosen.append(row)
        if len(chosen) == LIST_LENGTH:
            break
    return chosen + spare[: LIST_LENGTH - len(chosen)]


def _why(visit: Visit, evidence: int, about: int, catalogue: Catalogue) -> str:
    if evidence >= 0:
        return reasons.goes_with(visit.latest[evidence], catalogue.titles.get)
    if evidence == SEEN:
        return reasons.SEEN
    if evidence == BRAND:
        return reasons.also_from(catalogue.brands[about])
    if evidence == PRICE:
        return reasons.priced_like(visit.latest[0], catalogue.titles.get)
    return reasons.popular_in(catalogue.categories[about])
