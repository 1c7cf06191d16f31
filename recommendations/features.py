"""What is known about a visitor and a product they might look at next, as numbers. No weights here: see scoring.py.

Compiled by numba, because a list is made for every click: some 180 candidates of a visitor, each with a number per
`Feature`; tests/support/plain_lists.py says the same in plain words. Numba keeps what it compiled until this file
changes, so nothing compiled here may depend on constants or functions of other files. Importing it takes a fifth of a
second: Dagster's graph does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import log, sqrt
from typing import NamedTuple, Protocol

import numpy as np
from numba import njit
from numpy.typing import NDArray

from recommendations.catalogue import Catalogue, Floats, Numbers
from recommendations.near_lists import NearLists
from recommendations.visits import Visit

PRICE_SHELF = 80  # products of the same category with the nearest prices
SHELF_CATEGORIES = 3  # categories of the visit whose popular products are candidates


class Feature(IntEnum):
    """Columns of `Candidates.values`; "views" are direct views of this week, in which pairs are weighed."""

    PAIR_LAST = 0  # ln of views of the candidate after the product looked at now
    PAIR_BEFORE = 1  # the same after the product before that
    PAIR_EARLIER = 2  # and after the rest of the visit, falling with distance
    PAIR_ANY = 3  # ln of the weighted sum of the three
    PAIR_COUNT = 4  # views after the product looked at now, at most 3
    PAIR_SEEN = 5  # whether there was any
    PAIR_TWICE = 6  # whether at least two of the three say so
    POPULAR = 7  # ln of events ever
    POPULAR_LATELY = 8  # the same, events halved every week
    CATEGORY_SAME = 9  # as the product looked at now
    CATEGORY_SHARE = 10  # of the visit's products, falling with distance
    BRAND_SAME = 11
    BRAND_SHARE = 12
    PRICE_GAP = 13  # |ln of the price ratio| to the product looked at now, in the same category, at most 2
    PRICE_GAP_ROOT = 14
    PRICE_UP = 15
    PRICE_GAP_VISIT = 16  # the same to the mean of the visit's products of that category
    PRICE_GAP_VISIT_ROOT = 17
    PRICE_UP_VISIT = 18
    SEEN = 19  # in this visit or lately: shoppers compare and come back
    SEEN_BEFORE_LAST = 20  # the product looked at just before
    SEEN_PLACE = 21  # ln of how many products ago
    SEEN_TWICE = 22
    SEEN_IN_CART = 23
    SEEN_BY_RETURNER = 24  # share of this visit's steps that went back to a product


FEATURES = tuple(feature.name.lower() for feature in Feature)
FEATURE_COUNT = len(FEATURES)
PAIR_FLOOR = 0.02  # views that a pair never seen counts for
MAX_DEPTH, MAX_KNOWN = 2.5, 3.0  # of what was fitted on: 33 products, 89 events
TOLD_VIEWS = 0.4  # of a pair, by distance, before a shopper is told of it
UNKNOWN_PRICE_GAP = 0.3  # a usual one
MEAN_PRICE_OF = 6  # products of the visit
IN_CART = 2  # strength of a product in the cart, see session_counts.STRENGTH
NO_BRAND, HIDDEN, NEW = -1, -2, -1


class Shop(Protocol):
    """What features ask of the memory."""

    catalogue: Catalogue

    def near_lists(self, products: Sequence[str]) -> NearLists: ...

    def popular_numbers(self, category: str) -> Numbers: ...

    def pair_scale(self) -> float: ...


@dataclass(frozen=True)
class Candidates:
    """One per visitor and product; those of a visitor are adjacent."""

    start: Numbers  # per visitor, where theirs begin; and the end of all
    product: Numbers
    values: Floats  # candidates x Feature
    depth: Floats  # per visitor: ln of the products of the visit, less 1
    known: Floats  # per visitor: ln of 1 + events of the product looked at now, less 1.5
    reason_place: Numbers  # which of the visit's products speaks most for it, -1 = none does enough

    @property
    def row(self) -> Numbers:
        """Whose candidate each is."""
        return np.repeat(np.arange(len(self.depth)), np.diff(self.start))


def candidates(visits: Sequence[Visit], shop: Shop) -> Candidates:
    """Everything that might be shown to these visitors, with its features.

    Candidates are the neighbours of the visit's products, products of a like price, what is popular in the visit's
    categories and in the shop, and what was looked at before; never what was bought (unless it is used up) or cannot be
    sold now, nor the product looked at now.
    """
    return Candidates(*_candidates(_visit_arrays(visits, shop.catalogue), _shop_arrays(visits, shop)))


class _Visits(NamedTuple):
    """Visits as arrays; the products of a visit are adjacent, newest first."""

    start: Numbers
    product: Numbers
    weight: Floats
    times: Numbers
    strength: Numbers
    depth: Numbers
    returns: Floats
    bought_start: Numbers
    bought: Numbers  # for good


class _Shop(NamedTuple):
    """The shop as arrays, by number of product or of category; lists of a category are adjacent."""

    category: Numbers
    brand: Numbers
    log_price: Floats
    popular: Floats
    lately: Floats
    is_sold: NDArray[np.bool_]
    shelf_start: Numbers
    shelf: Numbers  # by price
    trend_start: Numbers
    trend: Numbers
    whole_shop: int  # the category that stands for all
    near_row: Numbers  # of the product in the next two, -1 = none
    near: NDArray[np.int32]
    near_weight: Floats
    near_length: Numbers
    pair_scale: float


def _visit_arrays(visits: Sequence[Visit], catalogue: Catalogue) -> _Visits:
    product: list[int] = []
    weight: list[float] = []
    times: list[int] = []
    strength: list[int] = []
    start, bought_start, bought = [0], [0], []
    for visit in visits:
        length = len(visit.latest)
        product += catalogue.numbers_of([event.product_id for event in visit.latest])
        weight += visit.weights
        times += visit.times[:length]
        strength += visit.strength[:length]
        start.append(len(product))
        if visit.bought:
            bought += [catalogue.number(some) for some in visit.bought if not catalogue.is_bought_again(some)]
        bought_start.append(len(bought))
    return _Visits(
        np.array(start, np.int64),
        np.array(product, np.int64),
        np.array(weight, np.float64),
        np.array(times, np.int64),
        np.array(strength, np.int64),
        np.array([visit.depth for visit in visits], np.int64),
        np.array([visit.returns for visit in visits], np.float64),
        np.array(bought_start, np.int64),
        np.array(bought, np.int64),
    )


def _shop_arrays(visits: Sequence[Visit], shop: Shop) -> _Shop:
    catalogue = shop.catalogue
    near = shop.near_lists(list({event.product_id for visit in visits for event in visit.latest}))
    whole_shop = catalogue.category_number("")
    trends = [shop.popular_numbers(category) for category in catalogue.categories]
    shelf, shelf_start = catalogue.shelves()
    everything = np.arange(len(catalogue.category))
    return _Shop(
        catalogue.category,
        catalogue.brand,
        catalogue.log_price,
        catalogue.popular(everything),
        catalogue.popular_lately(everything),
        catalogue.is_sold,
        shelf_start,
        shelf,
        np.cumsum([0, *map(len, trends)]),
        np.concatenate(trends),
        whole_shop,
        near.row,
        near.products,
        near.weights,
        near.length,
        shop.pair_scale(),
    )


@njit(cache=True, nogil=True)
def _candidates(visits: _Visits, shop: _Shop) -> tuple[Numbers, Numbers, Floats, Floats, Floats, Numbers]:
    """The fields of `Candidates`."""
    visitors = len(visits.start) - 1
    trending = 0
    for category in range(len(shop.trend_start) - 1):
        trending = max(trending, shop.trend_start[category + 1] - shop.trend_start[category])
    most = PRICE_SHELF + (SHELF_CATEGORIES + 1) * trending
    room = visitors * most + len(visits.product) * (1 + shop.near.shape[1])
    start = np.zeros(visitors + 1, np.int64)
    product, reason = np.empty(room, np.int64), np.empty(room, np.int64)
    # of each candidate: views after the product looked at now, after the one before, after the rest, and the most
    # that one of the visit's products says, by distance
    views = np.empty((room, 4))
    values = np.empty((room, FEATURE_COUNT))
    depth, known = np.empty(visitors), np.empty(visitors)
    at = np.full(len(shop.category), NEW)  # the place of a product among the candidates of the visitor at work
    for visitor in range(visitors):
        begin, end = visits.start[visitor], visits.start[visitor + 1]
        first = visits.product[begin]
        hidden = visits.bought[visits.bought_start[visitor] : visits.bought_start[visitor + 1]]
        at[hidden] = HIDDEN
        at[first] = HIDDEN
        here = start[visitor]
        count = _gather(visits.product[begin:end], visits.weight[begin:end], shop, at, product, views, reason, here)
        _describe(visits, visitor, shop, product, views, values, here, count)
        for place in range(begin + 1, end):
            if at[visits.product[place]] >= 0:
                _returns(visits, visitor, place - begin, values[at[visits.product[place]]])
        depth[visitor] = min(log(visits.depth[visitor]) - 1, MAX_DEPTH)
        known[visitor] = min(log(1 + shop.popular[first]) - 1.5, MAX_KNOWN)
        start[visitor + 1] = count
        at[product[here:count]] = NEW
        at[hidden] = NEW
        at[first] = NEW
    whole = start[visitors]
    return start, product[:whole], values[:whole], depth, known, reason[:whole]


@njit(cache=True, nogil=True)
def _gather(latest, weights, shop, at, product, views, reason, count):  # type: ignore[no-untyped-def]
    """Find the candidates of one visitor and what pairs say of each; returns the end of theirs."""
    is_sold, near, near_weight, trend = shop.is_sold, shop.near, shop.near_weight, shop.trend
    for place in range(len(latest)):
        row = shop.near_row[latest[place]]
        for neighbour in range(shop.near_length[row] if row >= 0 else 0):
            other = near[row, neighbour]
            count = _add(other, is_sold, at, product, views, reason, count)
            candidate = at[other]
            if candidate < 0:
                continue
            strength = near_weight[row, neighbour] / shop.pair_scale
            spoken = strength * weights[place]
            views[candidate, min(place, 2)] += strength if place < 2 else spoken
            if spoken > views[candidate, 3]:
                views[candidate, 3] = spoken
                if spoken >= TOLD_VIEWS:
                    reason[candidate] = place
    for other in latest:
        count = _add(other, is_sold, at, product, views, reason, count)
    category = shop.category[latest[0]]
    shelf = shop.shelf[shop.shelf_start[category] : shop.shelf_start[category + 1]]
    first = _priced_near(shop.log_price[latest[0]], shelf, shop.log_price)
    for other in shelf[first : first + PRICE_SHELF]:
        count = _add(other, is_sold, at, product, views, reason, count)
    chosen, categories = 0, np.empty(SHELF_CATEGORIES + 1, np.int64)
    for other in latest:
        category = shop.category[other]
        if chosen < SHELF_CATEGORIES and category not in categories[:chosen]:
            categories[chosen] = category
            chosen += 1
    categories[chosen] = shop.whole_shop
    for category in categories[: chosen + 1]:
        for place in range(shop.trend_start[category], shop.trend_start[category + 1]):
            count = _add(trend[place], is_sold, at, product, views, reason, count)
    return count


@njit(cache=True, nogil=True, inline="always")  # a call would count references to every array
def _add(other, is_sold, at, product, views, reason, count):  # type: ignore[no-untyped-def]
    """Make it a candidate unless it is one, or must not be; returns the end of the candidates."""
    if at[other] == NEW and is_sold[other]:
        at[other] = count
        product[count] = other
        for column in range(4):
            views[count, column] = 0
        reason[count] = -1
        count += 1
    return count


@njit(cache=True, nogil=True)
def _priced_near(log_price, shelf, log_prices):  # type: ignore[no-untyped-def]
    """Where the `PRICE_SHELF` products of the category begin whose prices are next below and above this one.

    A shelf is sorted by price and ends with what has none, which is where something without a price stands.
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
def _describe(visits, visitor, shop, product, views, values, start, end):  # type: ignore[no-untyped-def]
    """Fill in all features of one visitor's candidates but what the visitor did with them."""
    latest = visits.product[visits.start[visitor] : visits.start[visitor + 1]]
    weights = visits.weight[visits.start[visitor] : visits.start[visitor + 1]]
    whole = 0.0
    for weight in weights:
        whole += weight
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
        x[Feature.PAIR_LAST] = log(PAIR_FLOOR + last)
        x[Feature.PAIR_BEFORE] = log(PAIR_FLOOR + before)
        x[Feature.PAIR_EARLIER] = log(PAIR_FLOOR + earlier)
        x[Feature.PAIR_ANY] = log(PAIR_FLOOR + last + 0.6 * before + 0.5 * earlier)
        x[Feature.PAIR_COUNT] = min(last, 3.0)
        x[Feature.PAIR_SEEN] = last > 0
        x[Feature.PAIR_TWICE] = int(last > 0) + int(before > 0) + int(earlier > 0) >= 2
        x[Feature.POPULAR] = log(1 + popular[number])
        x[Feature.POPULAR_LATELY] = log(0.1 + lately[number])
        category, brand = categories[number], brands[number]
        for place in range(len(latest)):
            if categories[latest[place]] == category:
                x[Feature.CATEGORY_SHARE] += weights[place] / whole
            if brand != NO_BRAND and brands[latest[place]] == brand:
                x[Feature.BRAND_SHARE] += weights[place] / whole
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
    """What the visitor did with a candidate that they saw at this place of the visit."""
    seen = visits.start[visitor] + place
    x[Feature.SEEN] = 1
    x[Feature.SEEN_BEFORE_LAST] = place == 1
    x[Feature.SEEN_PLACE] = log(1 + place)
    x[Feature.SEEN_TWICE] = visits.times[seen] >= 2
    x[Feature.SEEN_IN_CART] = visits.strength[seen] == IN_CART
    x[Feature.SEEN_BY_RETURNER] = visits.returns[visitor]
