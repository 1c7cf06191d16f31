"""Accessories of a product: wanted (cart or purchase) by others in the same session.

A product of which too little is known gets the accessories of its category. Pure functions over the counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple, Protocol

from recommendations.catalogue import Catalogue
from recommendations.reasons import chosen_with
from recommendations.scoring import LIST_LENGTH, Neighbours

BACK_OFF = 0.5  # share of the best accessory of the category; the best of the product itself has 1


class Accessory(NamedTuple):
    """A product that goes with another."""

    product_id: str
    share: float  # of the weight of the best accessory, 0..1
    reason: str  # a sentence for the shopper


class Counts(Protocol):
    """The part of ShopCounts that accessories need."""

    catalogue: Catalogue

    def wanted_with(self, product: str) -> Neighbours:
        """(product, weight) of products wanted in the same visits, best first."""

    def bought_together(self, product: str, neighbour: str) -> int:
        """In how many sessions both were bought."""

    def accessories(self, category: str) -> Neighbours:
        """(product, weight) of what goes with a category, best first."""


def accessories_of(product: str, shop: Counts) -> list[Accessory]:
    """The accessories of a product, best first: its own, then those of its category until LIST_LENGTH is reached."""
    title, bought = shop.catalogue.titles.get(product), partial(shop.bought_together, product)
    own = list(_shares(shop.wanted_with(product), 1.0, lambda other: chosen_with(title, bought(other))))
    if len(own) >= LIST_LENGTH:
        return own
    known = {product, *(accessory.product_id for accessory in own)}
    category = shop.catalogue.category_of(product)
    reason = chosen_with(category or None)
    more = _shares(shop.accessories(category), BACK_OFF, lambda _: reason)
    fitting = (accessory for accessory in more if accessory.product_id not in known)
    return own + list(islice(fitting, LIST_LENGTH - len(own)))


def _shares(neighbours: Neighbours, best_share: float, reason_of: Callable[[str], str]) -> Iterator[Accessory]:
    """A generator, because a list takes only a few of the sixty accessories of a category."""
    if neighbours:
        best_weight = neighbours[0][1]
        for neighbour, weight in neighbours:
            yield Accessory(neighbour, best_share * weight / best_weight, reason_of(neighbour))
