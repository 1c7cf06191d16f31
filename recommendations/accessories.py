"""What goes with a product: wanted by others in the same visit; where too little is known, what goes with its kind.

Pure functions over the counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple, Protocol

from recommendations.catalogue import Catalogue
from recommendations.reasons import seen_with
from recommendations.scoring import LIST_LENGTH, Neighbours

BACK_OFF = 0.5  # what the best accessory of the category counts beside the best of the product itself


class Accessory(NamedTuple):
    """A product that goes with another, how well (0..1, 1 = as well as the best), and why."""

    product_id: str
    share: float
    reason: str


class Counts(Protocol):
    """What is asked of the memory."""

    catalogue: Catalogue

    def wanted_with(self, product: str) -> Neighbours: ...

    def accessories(self, category: str) -> Neighbours: ...


def accessories_of(product: str, shop: Counts) -> list[Accessory]:
    """Best first: the product's own, then, to fill the list, those of its category."""
    own = list(_shares(shop.wanted_with(product), shop.catalogue.titles.get(product), 1.0))
    if len(own) >= LIST_LENGTH:
        return own
    known = {product, *(accessory.product_id for accessory in own)}
    category = shop.catalogue.category_of(product)
    more = _shares(shop.accessories(category), category or None, BACK_OFF)
    fitting = (accessory for accessory in more if accessory.product_id not in known)
    return own + list(islice(fitting, LIST_LENGTH - len(own)))


def _shares(neighbours: Neighbours, name: str | None, whole: float) -> Iterator[Accessory]:
    """One by one: of sixty that go with a category, a list takes a few."""
    if neighbours:
        reason, best = seen_with(name, "together"), neighbours[0][1]
        for neighbour, weight in neighbours:
            yield Accessory(neighbour, whole * weight / best, reason)
