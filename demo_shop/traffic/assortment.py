"""What visitors can buy: the products on sale by category, how popular they are, and what is bought together."""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import accumulate

from demo_shop.content.taxonomy import BY_NAME
from demo_shop.store.model import Product
from demo_shop.traffic.visitors import Visitor

CANDIDATES = 10  # products a visitor chooses from
COMPANIONS = 4  # draws for the companions of a product


class Shelf:
    """The products on sale in one category, with their popularity (from the number of ratings) and prices."""

    def __init__(self, products: list[Product]) -> None:
        self.products = products
        self.cumulated = list(accumulate((p.rating_count + 4) ** 0.7 for p in products))
        self._prices = sorted(float(p.price) for p in products)
        self.brands = sorted({p.vendor for p in products})

    def level(self, product: Product) -> float:
        """The product's place among the category's prices, from 0 (the cheapest) to 1 (the most expensive)."""
        return bisect_left(self._prices, float(product.price)) / max(1, len(self._prices) - 1)


class Assortment:
    """All products on sale, of any catalogue. A category outside the taxonomy has demand by its number of products."""

    def __init__(self, products: Iterable[Product], seed: int) -> None:
        self._seed = seed
        by_category: dict[str, list[Product]] = defaultdict(list)
        for product in sorted(products, key=lambda p: p.product_id):  # in any order they come in
            if product.status == "ACTIVE" and product.published_at is not None:
                by_category[product.product_type].append(product)
        self.shelves = {name: Shelf(on_shelf) for name, on_shelf in by_category.items()}
        self.demand = {name: _demand(name, shelf) for name, shelf in self.shelves.items()}
        self.categories = {p.product_id: p.product_type for shelf in self.shelves.values() for p in shelf.products}
        self._departments: dict[str, list[str]] = defaultdict(list)
        for name, shelf in self.shelves.items():
            self._departments[shelf.products[0].department].append(name)
        self._companions: dict[int, list[Product]] = {}

    def pick(
        self, category: str, visitor: Visitor, rng: random.Random, at: datetime, near: Product | None = None
    ) -> Product:
        """A product the visitor opens: popular, to their taste, and close in price to `near`, which they saw before."""
        shelf = self.shelves[category]
        favourite = shelf.brands[visitor.loyalty % len(shelf.brands)]
        candidates = rng.choices(shelf.products, cum_weights=shelf.cumulated, k=CANDIDATES)
        weights = [
            self._appeal(p, p.vendor == favourite, abs(shelf.level(p) - visitor.level), at, near) for p in candidates
        ]
        return rng.choices(candidates, weights)[0]

    def shown(self, category: str, rng: random.Random, count: int) -> list[Product]:
        """At most `count` different products of the category, popular ones more likely."""
        shelf = self.shelves[category]
        chosen = rng.choices(shelf.products, cum_weights=shelf.cumulated, k=count + 2)
        return list({p.product_id: p for p in chosen}.values())[:count]

    def companions(self, product: Product) -> list[Product]:
        """The few products that are bought with this one, always the same: what recommendations should find."""
        found = self._companions.get(product.product_id)
        if found is None:
            found = self._companions[product.product_id] = self._find_companions(product)
        return found

    def _appeal(
        self, product: Product, is_favourite: bool, off_level: float, at: datetime, near: Product | None
    ) -> float:
        if product.published_at is None or product.published_at > at:
            return 1e-9
        appeal = math.exp(-3 * off_level) * (3 if is_favourite else 1) * hotness(product.product_id, at)
        if not product.is_in_stock:
            appeal *= 0.3
        if near is not None:
            distance = abs(math.log((float(product.price) + 1) / (float(near.price) + 1)))
            appeal *= math.exp(-2 * distance) * (0.15 if product.product_id == near.product_id else 1)
        return appeal

    def _find_companions(self, product: Product) -> list[Product]:
        rng = random.Random(f"companions {self._seed} {product.product_id}")
        known = BY_NAME.get(product.product_type)
        if known:
            names = [name for name in known.companions if name in self.shelves]
        else:
            names = [name for name in self._departments[product.department] if name != product.product_type]
            names = rng.sample(names, min(2, len(names)))
        if not names:
            return []
        found: dict[int, Product] = {}
        for _ in range(COMPANIONS):
            name = rng.choices(names, [1 / rank for rank in range(1, len(names) + 1)])[0]
            candidates = rng.choices(self.shelves[name].products, cum_weights=self.shelves[name].cumulated, k=6)
            same_brand = [p for p in candidates if p.vendor == product.vendor]
            companion = (same_brand or candidates)[0]
            found[companion.product_id] = companion
        return list(found.values())


def hotness(product_id: int, at: datetime) -> float:
    """The factor on a product's views that week: 5 for one product in fifty, 1 for all others."""
    week = at.toordinal() // 7
    return 5.0 if (product_id * 2_654_435_761 + week * 40_503) % 4_294_967_296 < 85_899_346 else 1.0


def _demand(name: str, shelf: Shelf) -> float:
    known = BY_NAME.get(name)
    return known.demand if known else len(shelf.products) ** 0.7 / 1000
