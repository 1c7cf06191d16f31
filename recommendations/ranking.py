"""The best of each visitor's candidates. Compiled like features.py.

Nothing here may depend on constants of other files, which numba's cache does not watch.
"""

from __future__ import annotations

from math import exp
from typing import NamedTuple

import numpy as np
from numba import njit

from recommendations.catalogue import Floats, Numbers

DECIMALS = 1e9  # of a utility: how processors round must not decide between equals
LIKE_PRICE = 0.15  # |ln of the price ratio| that a shopper would call alike
NO_BRAND = -1

# what speaks most for a product, when it is not the place of a product of the visit
SEEN, BRAND, PRICE, POPULAR = -1, -2, -3, -4


class Told(NamedTuple):
    """What the ranking asks of each candidate, beside its utility."""

    is_seen: Floats
    is_same_category: Floats
    is_same_brand: Floats
    price_gap: Floats
    reason_place: Numbers
    brand: Numbers
    letter: Numbers  # place of the product's id in the alphabet


@njit(cache=True, nogil=True)
def utilities(start: Numbers, values: Floats, is_seen: Floats, depth: Floats, known: Floats, weights: Floats) -> Floats:
    """u of every candidate, see scoring.py."""
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
def best(start: Numbers, utility: Floats, told: Told, length: int, of_a_brand: int) -> tuple[Numbers, Floats, Numbers]:
    """Per visitor `length` candidates, best first, -1 when there are fewer; their scores; and what speaks for each.

    At most `of_a_brand` are of one brand, apart from those seen before, as long as there are others among the best
    2 `length`.
    """
    visitors = len(start) - 1
    chosen = np.full((visitors, length), -1)
    scores, evidence = np.zeros((visitors, length)), np.zeros((visitors, length), np.int64)
    for visitor in range(visitors):
        begin, end = start[visitor], start[visitor + 1]
        whole = 0.0
        for candidate in range(begin, end):
            whole += exp(utility[candidate])
        ranked = _ranked(begin, utility[begin:end], told, length, of_a_brand)
        for place, candidate in enumerate(ranked):
            chosen[visitor, place] = candidate
            scores[visitor, place] = exp(utility[candidate]) / whole
            evidence[visitor, place] = _evidence(candidate, told)
    return chosen, scores, evidence


@njit(cache=True, nogil=True)
def _ranked(begin, utility, told, length, of_a_brand):  # type: ignore[no-untyped-def]
    left = np.arange(len(utility))
    chosen, spare = np.empty(length, np.int64), np.empty(length, np.int64)
    many, spares, looked_at, lowest = 0, 0, 0, 0.0
    while looked_at < len(utility) and many < length:
        first = looked_at
        for other in range(looked_at + 1, len(left)):
            a, b = left[other], left[first]
            if utility[a] > utility[b] or (
                utility[a] == utility[b] and told.letter[begin + a] < told.letter[begin + b]
            ):
                first = other
        candidate = left[first]
        if looked_at >= 2 * length and utility[candidate] < lowest:
            break
        left[first], left[looked_at] = left[looked_at], candidate
        lowest = utility[candidate]
        looked_at += 1
        candidate += begin
        brand = told.brand[candidate]
        same = 0
        if brand != NO_BRAND and told.is_seen[candidate] == 0:
            for other in chosen[:many]:
                same += told.brand[other] == brand and told.is_seen[other] == 0
        if same >= of_a_brand:
            if spares < length:
                spare[spares] = candidate
                spares += 1
        else:
            chosen[many] = candidate
            many += 1
    for other in spare[: min(spares, length - many)]:
        chosen[many] = other
        many += 1
    return chosen[:many]


@njit(cache=True, nogil=True)
def _evidence(candidate, told):  # type: ignore[no-untyped-def]
    if told.is_seen[candidate] > 0:
        return SEEN
    if told.reason_place[candidate] >= 0:
        return told.reason_place[candidate]
    if told.is_same_category[candidate] > 0:
        if told.is_same_brand[candidate] > 0:
            return BRAND
        if told.price_gap[candidate] < LIKE_PRICE:
            return PRICE
    return POPULAR
