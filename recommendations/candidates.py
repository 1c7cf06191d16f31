"""The candidates of visitors with their features: packs visits and shop into arrays for the compiled features.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from recommendations.catalogue import Catalogue, Floats, Numbers
from recommendations.features import ShopArrays, VisitArrays, describe_candidates
from recommendations.near_lists import NearLists
from recommendations.visits import Visit


class Shop(Protocol):
    """The part of ShopCounts that candidates and their features need."""

    catalogue: Catalogue

    def near_lists(self, products: Sequence[str]) -> NearLists:
        """The nearest neighbours of the products, as arrays."""

    def popular_numbers(self, category: str) -> Numbers:
        """Catalogue numbers of what trends in a category, best first."""

    def pair_scale(self) -> float:
        """The weight that one direct view of this week has in the neighbours' lists."""


@dataclass(frozen=True)
class Candidates:
    """One per visitor and product; the candidates of a visitor are adjacent."""

    start: Numbers  # (n_visitors + 1,): where the candidates of each visitor begin
    product: Numbers  # (n_candidates,): catalogue numbers
    values: Floats  # (n_candidates, n_features), columns as `Feature`
    depth: Floats  # (n_visitors,): ln of the products of the session, less 1
    known: Floats  # (n_visitors,): ln of 1 + events of the product on screen, less 1.5
    reason_place: Numbers  # (n_candidates,): place in the visit of the product with the strongest pair, -1 = too weak

    @property
    def row(self) -> Numbers:
        """(n_candidates,): the visitor of each candidate."""
        return np.repeat(np.arange(len(self.depth)), np.diff(self.start))


def candidates_of(visits: Sequence[Visit], shop: Shop) -> Candidates:
    """Every product that might be shown to these visitors, at least one, with its features.

    Candidates are the neighbours of the visit's products, products of the same category with near prices, trending
    products of the visit's categories and of the shop, and products looked at before. Never the product on screen, a
    product that is not sold now, or one that was bought (unless it is bought again and again).
    """
    [found] = candidates_in_blocks(visits, shop, len(visits))
    return found


def candidates_in_blocks(visits: Sequence[Visit], shop: Shop, size: int) -> Iterator[Candidates]:
    """`candidates_of` each `size` visitors in turn, the last ones perhaps fewer; nothing without visits."""
    if not visits:
        return
    visit_arrays = _visit_arrays(visits, shop.catalogue)
    shop_arrays = _shop_arrays(visits, shop)  # afterwards: the catalogue knows all products of the visits now
    for first in range(0, len(visits), size):
        yield Candidates(*describe_candidates(visit_arrays, shop_arrays, first, min(first + size, len(visits))))


def _visit_arrays(visits: Sequence[Visit], catalogue: Catalogue) -> VisitArrays:
    product: list[int] = []
    weight: list[float] = []
    times: list[int] = []
    strength: list[int] = []
    start, bought_start, bought = [0], [0], []
    for visit in visits:
        product += catalogue.numbers_of([event.product_id for event in visit.latest])
        weight += visit.weights
        times += visit.times
        strength += visit.strength
        start.append(len(product))
        if visit.bought:
            bought += [catalogue.number(some) for some in visit.bought if not catalogue.is_bought_again(some)]
        bought_start.append(len(bought))
    return VisitArrays(
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


def _shop_arrays(visits: Sequence[Visit], shop: Shop) -> ShopArrays:
    catalogue = shop.catalogue
    near = shop.near_lists(list({event.product_id for visit in visits for event in visit.latest}))
    whole_shop = catalogue.category_number("")
    trends = [shop.popular_numbers(category) for category in catalogue.categories]
    shelf, shelf_start = catalogue.shelves()
    everything = np.arange(len(catalogue.category))
    return ShopArrays(
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
