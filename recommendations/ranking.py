"""The utility of every candidate, and the best of each visitor's candidates.

Compiled by numba like features.py, with the same rule: nothing here may depend on other files, because numba's cache
does not notice when they change.
"""

from __future__ import annotations

from math import exp
from typing import NamedTuple

import numpy as np
from numba import njit

from recommendations.catalogue import Floats, Numbers

DECIMALS = 1e9  # utilities are rounded to 9 decimals: how a processor rounds must not decide between equals
LIKE_PRICE = 0.15  # |ln of the price ratio| up to which prices are called similar
NO_BRAND = -1

# why a product is shown, when the reason is not a product of the visit (then it is that product's place)
SEEN, BRAND, PRICE, POPULAR = -1, -2, -3, -4


class CandidateFacts(NamedTuple):
    """What the ranking needs of each candidate apart from its utility; every array is (n_candidates,)."""

    is_seen: Floats  # the first four are columns of `Candidates.values`
    is_same_category: Floats
    is_same_brand: Floats
    price_gap: Floats
    reason_place: Numbers  # see `Candidates`
    brand: Numbers  # catalogue number
    id_rank: Numbers  # see `Catalogue.id_rank`


@njit(cache=True, nogil=True)
def utilities(start: Numbers, values: Floats, is_seen: Floats, depth: Floats, known: Floats, weights: Floats) -> Floats:
    """The utility of every candidate, (n_candidates,): u(c) of scoring.py.

    `start`, `values`, `depth` and `known` as in `Candidates`, `is_seen` its column SEEN, `weights` as in `Model`.
    """
    utility = np.empty(len(values))
    features = len(weights)
    new, again = np.empty(features), np.empty(features)
    for visitor in range(len(start) - 1):
        for feature in range(features):
            base, visit, popularity, returning = weights[feature]
            new[feature] = base + visit * depth[visitor] + popularity * known[visitor]
            again[feature] = new[feature] + returning
        for candidate in range(start[visitor], start[visitor + 1]):
            weight = again if is_seen[candidate] > 0 else new
            total = 0.0
            for feature in range(features):
                total += weight[feature] * values[candidate, feature]
            utility[candidate] = np.rint(total * DECIMALS) / DECIMALS
    return utility


@njit(cache=True, nogil=True)
def best(
    start: Numbers, utility: Floats, facts: CandidateFacts, length: int, brand_limit: int
) -> tuple[Numbers, Floats, Numbers]:
    """The `length` best candidates of each visitor, their scores and reasons, each of shape (n_visitors, length).

    Candidates are places in `facts`, best first, filled up with -1. At most `brand_limit` new products are of one
    brand, as long as there are others among the best 2 `length`. Reasons are a place in the visit, or SEEN, BRAND,
    PRICE or POPULAR.
    """
    visitors = len(start) - 1
    chosen = np.full((visitors, length), -1)
    scores, reason = np.zeros((visitors, length)), np.zeros((visitors, length), np.int64)
    for visitor in range(visitors):
        begin, end = start[visitor], start[visitor + 1]
        total = 0.0
        for candidate in range(begin, end):
            total += exp(utility[candidate])
        ranked = _ranked(begin, utility[begin:end], facts, length, brand_limit)
        for place, candidate in enumerate(ranked):
            chosen[visitor, place] = candidate
            scores[visitor, place] = exp(utility[candidate]) / total
            reason[visitor, place] = _reason(candidate, facts)
    return chosen, scores, reason


@njit(cache=True, nogil=True)
def _ranked(begin, utility, facts, length, brand_limit):  # type: ignore[no-untyped-def]
    id_rank, brands, is_seen = facts.id_rank, facts.brand, facts.is_seen
    left, worth = np.arange(begin, begin + len(utility)), utility.copy()  # what is not chosen yet, side by side
    chosen, spare = np.empty(length, np.int64), np.empty(length, np.int64)
    count, spare_count, looked_at, lowest = 0, 0, 0, 0.0
    while looked_at < len(left) and count < length:
        first, highest = looked_at, worth[looked_at]
        for other in range(looked_at + 1, len(left)):
            if worth[other] >= highest and (worth[other] > highest or id_rank[left[other]] < id_rank[left[first]]):
                first, highest = other, worth[other]
        candidate = left[first]
        if looked_at >= 2 * length and highest < lowest:
            break
        left[first], left[looked_at] = left[looked_at], candidate
        worth[first], worth[looked_at] = worth[looked_at], highest
        lowest = highest
        looked_at += 1
        brand = brands[candidate]
        same = 0
        if brand != NO_BRAND and is_seen[candidate] == 0:
            for place in range(count):
                same += brands[chosen[place]] == brand and is_seen[chosen[place]] == 0
        if same >= brand_limit:
            if spare_count < length:
                spare[spare_count] = candidate
                spare_count += 1
        else:
            chosen[count] = candidate
            count += 1
    for other in spare[: min(spare_count, length - count)]:
        chosen[count] = other
        count += 1
    return chosen[:count]


@njit(cache=True, nogil=True)
def _reason(candidate, facts):  # type: ignore[no-untyped-def]
    if facts.is_seen[candidate] > 0:
        return SEEN
    if facts.reason_place[candidate] >= 0:
        return facts.reason_place[candidate]
    if facts.is_same_category[candidate] > 0:
        if facts.is_same_brand[candidate] > 0:
            return BRAND
        if facts.price_gap[candidate] < LIKE_PRICE:
            return PRICE
    return POPULAR
