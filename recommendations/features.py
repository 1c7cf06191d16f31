"""The candidates of each visitor, and their features: what is known about visitor and product, as numbers.

Compiled by numba, because a list is made for every click: some 180 candidates, each with a number per `Feature`.
candidates.py packs the arguments, scoring.py has the weights; tests/support/plain_lists.py computes the same in plain
Python. Numba caches compiled code until this file changes, so nothing compiled here may depend on constants, functions
or tuple types of other files. Importing numba takes a fifth of a second: Dagster's graph must not import this module.
"""

from __future__ import annotations

from enum import IntEnum
from math import log, sqrt
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from recommendations.catalogue import Floats, Numbers

PRICE_SHELF = 80  # candidates of the same category with the nearest prices
SHELF_CATEGORIES = 3  # latest categories of the visit whose trending products are candidates


class Feature(IntEnum):
    """Columns of `Candidates.values`. Pairs are measured in "views": 1 = a direct view of this week."""

    PAIR_LAST = 0  # ln of the views of the candidate after the product on screen
    PAIR_BEFORE = 1  # ... after the product looked at before that
    PAIR_EARLIER = 2  # ... after the rest of the visit, weights falling with distance
    PAIR_ANY = 3  # ln of the weighted sum of these three
    PAIR_COUNT = 4  # views after the product on screen, at most 3
    PAIR_SEEN = 5  # 1 if there are any
    PAIR_TWICE = 6  # 1 if at least two of the first three have views
    POPULAR = 7  # ln of 1 + events ever
    POPULAR_LATELY = 8  # ln of 0.1 + events, halved for every week of age
    CATEGORY_SAME = 9  # 1 if it is the category of the product on screen
    CATEGORY_SHARE = 10  # share of the category in the visit, weights falling with distance
    BRAND_SAME = 11  # the same two for the brand
    BRAND_SHARE = 12
    PRICE_GAP = 13  # |ln of the price ratio| to the product on screen, at most 2; 0 in another category
    PRICE_GAP_ROOT = 14  # its square root
    PRICE_UP = 15  # ln of the price ratio with its sign, between -1 and 1
    PRICE_GAP_VISIT = 16  # the same three to the mean price of the visit's products of that category
    PRICE_GAP_VISIT_ROOT = 17
    PRICE_UP_VISIT = 18
    SEEN = 19  # 1 if the visitor looked at it lately: shoppers compare and come back; the next five are 0 otherwise
    SEEN_BEFORE_LAST = 20  # 1 if it was looked at just before the product on screen
    SEEN_PLACE = 21  # ln of 1 + how many products ago
    SEEN_TWICE = 22  # 1 if the visitor came to it at least twice
    SEEN_IN_CART = 23  # 1 if putting it into the cart was the strongest thing done
    SEEN_BY_RETURNER = 24  # share of this session's steps that went back to a product


FEATURES = tuple(feature.name.lower() for feature in Feature)
FEATURE_COUNT = len(FEATURES)
PAIR_FLOOR = 0.02  # views of a pair that was never seen
MAX_DEPTH, MAX_KNOWN = 2.5, 3.0  # highest values in the data that was fitted on: 33 products, 89 events
REASON_VIEWS = 0.4  # views of a pair, weighted by distance, from which it is given as the reason
UNKNOWN_PRICE_GAP = 0.3  # a typical one
MEAN_PRICE_OF = 6  # latest products of the visit in its mean price
IN_CART = 2  # strength of a product in the cart, see session_counts.STRENGTH
NO_BRAND = -1
HIDDEN, NEW = -2, -1  # in `at`: not to be shown, not a candidate yet; others are the place among the candidates


class VisitArrays(NamedTuple):
    """Visits as arrays, see `visits.Visit`; the products of a visit are adjacent, newest first."""

    start: Numbers  # (n_visits + 1,): where the products of each visit begin
    product: Numbers  # (n_products,), like the next three
    weight: Floats
    times: Numbers
    strength: Numbers
    depth: Numbers  # (n_visits,), like the next
    returns: Floats
    bought_start: Numbers  # (n_visits + 1,): where the bought products of each visit begin
    bought: Numbers  # and are not to be shown again


class ShopArrays(NamedTuple):
    """The shop as arrays, by catalogue number of product or category."""

    category: Numbers  # by product, like the next five
    brand: Numbers
    log_price: Floats
    popular: Floats
    lately: Floats
    is_sold: NDArray[np.bool_]
    shelf_start: Numbers  # by category: where it begins in `shelf`
    shelf: Numbers  # products by category and price
    trend_start: Numbers  # by category: where it begins in `trend`
    trend: Numbers  # trending products by category, best first
    whole_shop: int  # the category that stands for the shop
    near_row: Numbers  # by product: its row in the next three, see near_lists.NearLists
    near: NDArray[np.int32]
    near_weight: Floats
    near_length: Numbers
    pair_scale: float  # weight of one direct view of this week in `near_weight`


@njit(cache=True, nogil=True)
def describe_candidates(
    visits: VisitArrays, shop: ShopArrays, first_visitor: int, end_visitor: int
) -> tuple[Numbers, Numbers, Floats, Floats, Floats, Numbers]:
    """The fields of `candidates.Candidates`, in their order, for the visitors from `first_visitor` to `end_visitor`."""
    visitors = end_visitor - first_visitor
    trending = 0
    for category in range(len(shop.trend_start) - 1):
        trending = max(trending, shop.trend_start[category + 1] - shop.trend_start[category])
    most = PRICE_SHELF + (SHELF_CATEGORIES + 1) * trending
    proposed_by_visits = (visits.start[end_visitor] - visits.start[first_visitor]) * (1 + shop.near.shape[1])
    room = visitors * most + proposed_by_visits
    start = np.zeros(visitors + 1, np.int64)
    product, reason = np.empty(room, np.int64), np.empty(room, np.int64)
    # of each candidate: views after the product on screen, after the one before, after the rest, and the highest
    # views, weighted by distance, after any one product of the visit
    views = np.empty((room, 4))
    values = np.empty((room, FEATURE_COUNT))
    depth, known = np.empty(visitors), np.empty(visitors)
    at = np.full(len(shop.category), NEW)  # by product: NEW, HIDDEN or its place among the candidates
    proposed = np.empty(most + proposed_by_visits, np.int64)
    popularity = np.full((len(shop.category), 2), np.nan)  # by product that was described: POPULAR and POPULAR_LATELY
    for number in range(visitors):
        visitor = first_visitor + number
        begin, end = visits.start[visitor], visits.start[visitor + 1]
        first = visits.product[begin]
        hidden = visits.bought[visits.bought_start[visitor] : visits.bought_start[visitor + 1]]
        at[hidden] = HIDDEN
        at[first] = HIDDEN
        here = start[number]
        count = _gather(
            visits.product[begin:end], visits.weight[begin:end], shop, at, proposed, product, views, reason, here
        )
        _describe(visits, visitor, shop, product, views, values, popularity, here, count)
        for place in range(begin + 1, end):
            if at[visits.product[place]] >= 0:
                _returns(visits, visitor, place - begin, values[at[visits.product[place]]])
        depth[number] = min(log(visits.depth[visitor]) - 1, MAX_DEPTH)
        known[number] = min(log(1 + shop.popular[first]) - 1.5, MAX_KNOWN)
        start[number + 1] = count
        at[product[here:count]] = NEW
        at[hidden] = NEW
        at[first] = NEW
    end = start[visitors]
    return start, product[:end], values[:end], depth, known, reason[:end]


@njit(cache=True, nogil=True)
def _gather(latest, weights, shop, at, proposed, product, views, reason, count):  # type: ignore[no-untyped-def]
    """Find the candidates of one visitor and the views of their pairs; returns the end of the candidates."""
    is_sold, near, near_weight = shop.is_sold, shop.near, shop.near_weight
    # a function for the next loop would count references of each array for each product, most of the time of all this
    for other in proposed[: _propose(latest, shop, proposed)]:
        if at[other] == NEW and is_sold[other]:
            at[other] = count
            product[count] = other
            views[count, 0] = views[count, 1] = views[count, 2] = views[count, 3] = 0
            reason[count] = -1
            count += 1
    for place in range(len(latest)):
        row = shop.near_row[latest[place]]
        for neighbour in range(shop.near_length[row] if row >= 0 else 0):
            candidate = at[near[row, neighbour]]
            if candidate < 0:
                continue
            strength = near_weight[row, neighbour] / shop.pair_scale
            weighted_views = strength * weights[place]
            views[candidate, min(place, 2)] += strength if place < 2 else weighted_views
            if weighted_views > views[candidate, 3]:
                views[candidate, 3] = weighted_views
                if weighted_views >= REASON_VIEWS:
                    reason[candidate] = place
    return count


@njit(cache=True, nogil=True)
def _propose(latest, shop, proposed):  # type: ignore[no-untyped-def]
    """Write to `proposed` what might be a candidate of one visitor, some more than once; returns how many."""
    near, shelf, trend, log_prices = shop.near, shop.shelf, shop.trend, shop.log_price
    count = 0
    for product in latest:
        row = shop.near_row[product]
        for neighbour in range(shop.near_length[row] if row >= 0 else 0):
            proposed[count] = near[row, neighbour]
            count += 1
    for product in latest:
        proposed[count] = product
        count += 1
    category = shop.category[latest[0]]
    begin, end = shop.shelf_start[category], shop.shelf_start[category + 1]
    first = begin + _priced_near(log_prices[latest[0]], shelf[begin:end], log_prices)
    for place in range(first, min(first + PRICE_SHELF, end)):
        proposed[count] = shelf[place]
        count += 1
    chosen, categories = 0, np.empty(SHELF_CATEGORIES + 1, np.int64)
    for product in latest:
        category = shop.category[product]
        if chosen < SHELF_CATEGORIES and category not in categories[:chosen]:
            categories[chosen] = category
            chosen += 1
    categories[chosen] = shop.whole_shop
    for category in categories[: chosen + 1]:
        for place in range(shop.trend_start[category], shop.trend_start[category + 1]):
            proposed[count] = trend[place]
            count += 1
    return count


@njit(cache=True, nogil=True)
def _priced_near(log_price, shelf, log_prices):  # type: ignore[no-untyped-def]
    """Where the `PRICE_SHELF` products begin whose prices are nearest to `log_price`, half of them below it.

    `shelf` is sorted by price and ends with the products without one, where a product without a price belongs.
    """
    low, high = 0, len(shelf)
    while low < high:
        middle = (low + high) // 2
        price = log_prices[shelf[middle]]
        if price < log_price or (np.isnan(log_price) and not np.isnan(price)):
            low = middle + 1
        else:
            high = middle
    return max(0, min(low - PRICE_SHELF // 2, len(shelf) - PRICE_SHELF))


@njit(cache=True, nogil=True)
def _describe(visits, visitor, shop, product, views, values, popularity, start, end):  # type: ignore[no-untyped-def]
    """Set the features of one visitor's candidates, apart from those of `_returns`."""
    latest = visits.product[visits.start[visitor] : visits.start[visitor + 1]]
    weights = visits.weight[visits.start[visitor] : visits.start[visitor + 1]]
    total = 0.0
    for weight in weights:
        total += weight
    shares = weights / total
    unseen = log(PAIR_FLOOR)  # of most candidates: each logarithm takes longer than the rest of a feature
    first = latest[0]
    mean_price, alike = 0.0, 0
    for other in latest[:MEAN_PRICE_OF]:
        if shop.category[other] == shop.category[first]:
            mean_price += shop.log_price[other]
            alike += 1
    mean_price /= alike
    categories, brands, log_price = shop.category, shop.brand, shop.log_price
    popular, lately = shop.popular, shop.lately
    for candidate in range(start, end):
        number, x = product[candidate], values[candidate]
        x[:] = 0
        last, before, earlier = views[candidate, 0], views[candidate, 1], views[candidate, 2]
        is_pair = last + before + earlier > 0
        x[Feature.PAIR_LAST] = log(PAIR_FLOOR + last) if last > 0 else unseen
        x[Feature.PAIR_BEFORE] = log(PAIR_FLOOR + before) if before > 0 else unseen
        x[Feature.PAIR_EARLIER] = log(PAIR_FLOOR + earlier) if earlier > 0 else unseen
        x[Feature.PAIR_ANY] = log(PAIR_FLOOR + last + 0.6 * before + 0.5 * earlier) if is_pair else unseen
        x[Feature.PAIR_COUNT] = min(last, 3.0)
        x[Feature.PAIR_SEEN] = last > 0
        x[Feature.PAIR_TWICE] = int(last > 0) + int(before > 0) + int(earlier > 0) >= 2
        if np.isnan(popularity[number, 0]):
            popularity[number, 0] = log(1 + popular[number])
            popularity[number, 1] = log(0.1 + lately[number])
        x[Feature.POPULAR] = popularity[number, 0]
        x[Feature.POPULAR_LATELY] = popularity[number, 1]
        category, brand = categories[number], brands[number]
        for place in range(len(latest)):
            if categories[latest[place]] == category:
                x[Feature.CATEGORY_SHARE] += shares[place]
            if brand != NO_BRAND and brands[latest[place]] == brand:
                x[Feature.BRAND_SHARE] += shares[place]
        x[Feature.BRAND_SAME] = brand != NO_BRAND and brand == brands[first]
        if category == categories[first]:
            x[Feature.CATEGORY_SAME] = 1
            for gap, other in ((Feature.PRICE_GAP, log_price[first]), (Feature.PRICE_GAP_VISIT, mean_price)):
                ratio = log_price[number] - other
                known = not np.isnan(ratio)
                x[gap] = min(abs(ratio), 2.0) if known else UNKNOWN_PRICE_GAP
                x[gap + 1] = sqrt(x[gap])
                x[gap + 2] = max(-1.0, min(ratio, 1.0)) if known else 0.0


@njit(cache=True, nogil=True)
def _returns(visits, visitor, place, x):  # type: ignore[no-untyped-def]
    """Set the SEEN features of a candidate that stands at this place of the visit."""
    seen = visits.start[visitor] + place
    x[Feature.SEEN] = 1
    x[Feature.SEEN_BEFORE_LAST] = place == 1
    x[Feature.SEEN_PLACE] = log(1 + place)
    x[Feature.SEEN_TWICE] = visits.times[seen] >= 2
    x[Feature.SEEN_IN_CART] = visits.strength[seen] == IN_CART
    x[Feature.SEEN_BY_RETURNER] = visits.returns[visitor]
