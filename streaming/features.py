"""What is known about a visitor and a product they might look at next, as numbers. No weights here: see scoring.py.

All visitors of a micro-batch at once, in numpy: an array over visitors and their candidates per name of `FEATURES`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from streaming.catalogue import UNKNOWN, Catalogue, Floats, Numbers
from streaming.visits import RECENT_PRODUCTS, Visit

PRICE_SHELF = 80  # products of the same category with the nearest prices
SHELF_CATEGORIES = 3  # categories of the visit whose popular products are candidates

# columns; "views" are direct views of this week, in which pairs are weighed
FEATURES = (
    "pair_last",  # ln of views of the candidate after the product looked at now
    "pair_before",  # the same after the product before that
    "pair_earlier",  # and after the rest of the visit, falling with distance
    "pair_any",  # ln of the weighted sum of the three
    "pair_count",  # views after the product looked at now, at most 3
    "pair_seen",  # whether there was any
    "pair_twice",  # whether at least two of the three say so
    "popular",  # ln of events ever
    "popular_lately",  # the same, events halved every week
    "category_same",  # as the product looked at now
    "category_share",  # of the visit's products, falling with distance
    "brand_same",
    "brand_share",
    "price_gap",  # |ln of the price ratio| to the product looked at now, in the same category, at most 2
    "price_gap_root",
    "price_up",
    "price_gap_visit",  # the same to the mean of the visit's products of that category
    "price_gap_visit_root",
    "price_up_visit",
    "seen",  # in this visit or lately: shoppers compare and come back
    "seen_before_last",  # the product looked at just before
    "seen_place",  # ln of how many products ago
    "seen_twice",
    "seen_in_cart",
    "seen_by_returner",  # share of this visit's steps that went back to a product
)
PAIR_FLOOR = 0.02  # views that a pair never seen counts for
MAX_DEPTH, MAX_KNOWN = 2.5, 3.0  # of what was fitted on: 33 products, 89 events
TOLD_VIEWS = 0.4  # of a pair, by distance, before a shopper is told of it
UNKNOWN_PRICE_GAP = 0.3  # a usual one


class Shop(Protocol):
    """What features ask of the memory."""

    catalogue: Catalogue

    def near_numbers(self, product: str) -> tuple[Numbers, Floats]: ...

    def popular_numbers(self, category: str) -> Numbers: ...

    def pair_scale(self) -> float: ...


@dataclass(frozen=True)
class Candidates:
    """One per visitor and product; those of a visitor are adjacent."""

    row: Numbers  # the visitor's place
    product: Numbers
    values: Floats  # FEATURES x candidates
    depth: Floats  # per visitor: ln of the products of the visit, less 1
    known: Floats  # per visitor: ln of 1 + events of the product looked at now, less 1.5
    reason_place: Numbers  # which of the visit's products speaks most for it, -1 = none does enough


def candidates(visits: Sequence[Visit], shop: Shop) -> Candidates:
    """Everything that might be shown to these visitors, with its features.

    Candidates are the neighbours of the visit's products, products of a like price, what is popular in the visit's
    categories and in the shop, and what was looked at before; never what was bought (unless it is used up) or cannot be
    sold now, nor the product looked at now.
    """
    catalogue = shop.catalogue
    looked_at = [catalogue.numbers_of([event.product_id for event in visit.latest]) for visit in visits]
    never = [
        {numbers[0], *(catalogue.number(product) for product in visit.bought if not catalogue.is_bought_again(product))}
        for numbers, visit in zip(looked_at, visits, strict=True)
    ]
    found: list[Numbers] = []
    pairs: list[Floats] = []
    origin: list[tuple[int, int, float]] = []  # visitor, place in the visit or -1, weight
    for visitor, (visit, numbers) in enumerate(zip(visits, looked_at, strict=True)):
        for place, event in enumerate(visit.latest):
            products, weights = shop.near_numbers(event.product_id)
            found.append(products)
            pairs.append(weights)
            origin.append((visitor, place, visit.weights[place]))
        for products in _shelves(catalogue, shop, numbers):
            found.append(products)
            pairs.append(np.zeros(len(products)))
            origin.append((visitor, -1, 0.0))
    lengths = [len(products) for products in found]
    rows, places, shares = (np.repeat(np.array(column), lengths) for column in zip(*origin, strict=True))
    width = len(catalogue.products)
    entries, order = _sorted(rows * width + np.concatenate(found))
    places, strength = places[order], np.concatenate(pairs)[order] / shop.pair_scale()
    starts = np.flatnonzero(np.diff(entries, prepend=-1))
    keys = entries[starts]
    spoken = strength * shares[order]
    loudest = np.maximum.reduceat(spoken, starts)
    is_loudest = spoken == np.repeat(loudest, np.diff(starts, append=len(entries)))
    reason = np.where(
        loudest >= TOLD_VIEWS, np.minimum.reduceat(np.where(is_loudest, places, RECENT_PRODUCTS), starts), -1
    )
    hidden = [visitor * width + number for visitor, numbers in enumerate(never) for number in numbers]
    shown = catalogue.is_sold[keys % width]
    shown[_places(keys, np.array(hidden))] = False
    last, before, earlier = (
        np.add.reduceat(np.where(which, weight, 0.0), starts)[shown]
        for which, weight in ((places == 0, strength), (places == 1, strength), (places > 1, spoken))
    )
    keys, reason = keys[shown], reason[shown]
    row, product = keys // width, keys % width

    columns: dict[str, NDArray] = {
        "pair_last": np.log(PAIR_FLOOR + last),
        "pair_before": np.log(PAIR_FLOOR + before),
        "pair_earlier": np.log(PAIR_FLOOR + earlier),
        "pair_any": np.log(PAIR_FLOOR + last + 0.6 * before + 0.5 * earlier),
        "pair_count": np.minimum(last, 3),
        "pair_seen": last > 0,
        "pair_twice": (last > 0).astype(int) + (before > 0) + (earlier > 0) >= 2,
        "popular": np.log(1 + catalogue.popular(product)),
        "popular_lately": np.log(0.1 + catalogue.popular_lately(product)),
    }
    columns |= _likeness(catalogue, visits, looked_at, row, product)
    columns |= _returns(visits, looked_at, keys, width)
    values = np.array([columns[name] for name in FEATURES], np.float64)
    depth = np.log([visit.depth for visit in visits]) - 1
    known = np.log(1 + catalogue.popular(np.array([numbers[0] for numbers in looked_at]))) - 1.5
    return Candidates(row, product, values, np.minimum(depth, MAX_DEPTH), np.minimum(known, MAX_KNOWN), reason)


def _places(keys: Numbers, wanted: Numbers) -> Numbers:
    """Where the wanted ones stand in the sorted keys; those that are missing are left out."""
    at = np.searchsorted(keys, wanted)
    at[at == len(keys)] = 0
    return at[keys[at] == wanted] if len(keys) else at[:0]


def _sorted(entries: Numbers) -> tuple[Numbers, Numbers]:
    """Entries in order, equal ones as they came, and where each was; several times as fast as a stable argsort."""
    bits = len(entries).bit_length()
    packed = np.sort((entries << bits) | np.arange(len(entries)))
    return packed >> bits, packed & ((1 << bits) - 1)


def _shelves(catalogue: Catalogue, shop: Shop, numbers: Sequence[int]) -> Iterable[Numbers]:
    yield np.array(numbers)
    yield catalogue.priced_near(numbers[0], PRICE_SHELF)
    categories = dict.fromkeys(int(catalogue.category[number]) for number in numbers)
    for category in list(categories)[:SHELF_CATEGORIES]:
        yield shop.popular_numbers(catalogue.categories[category])
    yield shop.popular_numbers("")


def _likeness(
    catalogue: Catalogue, visits: Sequence[Visit], looked_at: Sequence[Sequence[int]], row: Numbers, product: Numbers
) -> dict[str, NDArray]:
    """Category, brand and price beside the visit's."""
    first = np.array([numbers[0] for numbers in looked_at])[row]
    category, brand = catalogue.category[product], catalogue.brand[product]
    same = category == catalogue.category[first]
    columns: dict[str, NDArray] = {
        "category_same": same,
        "category_share": _share(visits, looked_at, catalogue.category, row, category),
        "brand_same": (brand == catalogue.brand[first]) & (brand != UNKNOWN),
        "brand_share": np.where(brand != UNKNOWN, _share(visits, looked_at, catalogue.brand, row, brand), 0),
    }
    means = []
    for numbers in looked_at:
        alike = [n for n in numbers[:6] if catalogue.category[n] == catalogue.category[numbers[0]]]
        means.append(sum(catalogue.log_price[alike].tolist()) / len(alike))
    price = catalogue.log_price[product]
    for name, other in (("", catalogue.log_price[first]), ("_visit", np.array(means)[row])):
        ratio = price - other
        gap = np.where(np.isnan(ratio), UNKNOWN_PRICE_GAP, np.minimum(np.abs(ratio), 2)) * same
        columns[f"price_gap{name}"] = gap
        columns[f"price_gap{name}_root"] = np.sqrt(gap)
        columns[f"price_up{name}"] = np.clip(np.nan_to_num(ratio), -1, 1) * same
    return columns


def _share(
    visits: Sequence[Visit],
    looked_at: Sequence[Sequence[int]],
    group_of: Numbers,
    row: Numbers,
    group: Numbers,
) -> Floats:
    """How much of each visit belongs to the group (category or brand) of its candidates, 0..1."""
    groups = int(group_of.max(initial=0)) + 2
    keys, weights = [], []
    for number, (visit, numbers) in enumerate(zip(visits, looked_at, strict=True)):
        whole = sum(visit.weights)
        first = number * groups + 1
        keys += [first + known for known in group_of[numbers].tolist()]
        weights += [weight / whole for weight in visit.weights]
    shares = np.bincount(keys, weights, len(visits) * groups)
    return shares[row * groups + group + 1]


def _returns(
    visits: Sequence[Visit], looked_at: Sequence[Sequence[int]], keys: Numbers, width: int
) -> dict[str, NDArray]:
    """What the visitor did with the candidates they saw before; `keys` are sorted."""
    names = ("seen", "seen_before_last", "seen_place", "seen_twice", "seen_in_cart", "seen_by_returner")
    facts = {
        row * width + product: (
            1, place == 1, log(1 + place), visit.times[place] >= 2, visit.strength[place] == 2, visit.returns
        )
        for row, (visit, products) in enumerate(zip(visits, looked_at, strict=True))
        for place, product in enumerate(products)
    }  # fmt: skip
    wanted = np.array(sorted(facts))
    at = _places(keys, wanted)
    columns = np.zeros((len(names), len(keys)))
    columns[:, at] = np.array([facts[key] for key in keys[at].tolist()], float).reshape(-1, len(names)).T
    return dict(zip(names, columns, strict=True))
