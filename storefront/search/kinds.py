"""What kind of product each one is: its category, as titles, prices and attributes of the whole catalogue have it.

Catalogues are filed by hand: a stand for monitors stands among the monitors, and a lock for laptops among the laptops.
A naive Bayes classifier learns what the products of a category have in common and says for each which category it is
most like. Accessories share words with their devices, but neither the price nor the attributes; what costs a small part
of what its kind usually costs is not taken for one of it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storefront.search.words import words

SMOOTHING = 0.1
LEAST_PRODUCTS = 3  # that have a feature
FAR_CHEAPER = 0.15  # of the median price of the kind
UNLABELLED = ("other", "autre", "divers", "misc", "miscellaneous", "uncategorized", "")  # no kind of their own


def features(product: Mapping[str, Any]) -> Iterator[str]:
    """What is known of a product: words of the title, names of attributes, its price to a factor of two."""
    yield from {word.glued for word in words(product["title"]) if not word.is_number}
    for name in product["attributes"] or {}:
        yield f"attribute {name}"
    if product["price_amount"]:
        yield f"price {round(math.log2(max(float(product['price_amount']), 0.01)))}"


class Kinds:
    """A classifier learned from labelled products."""

    def __init__(self, products: Iterable[Mapping[str, Any]]) -> None:
        labels: Counter[str] = Counter()
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        prices: dict[str, list[float]] = defaultdict(list)
        for product in products:
            category = product["category"] or ""
            if category.lower() in UNLABELLED:
                continue
            labels[category] += 1
            if product["price_amount"]:
                prices[category].append(float(product["price_amount"]))
            for feature in features(product):
                counts[feature][category] += 1
        self.categories = list(labels)
        place = {category: number for number, category in enumerate(self.categories)}
        sizes: NDArray[np.float32] = np.array([labels[c] for c in self.categories], dtype=np.float32)
        self._prior = np.log(sizes / sizes.sum()) if len(sizes) else sizes
        self._usual_price = {category: median(amounts) for category, amounts in prices.items()}
        self._likelihoods: dict[str, NDArray[np.float32]] = {}
        for feature, per_category in counts.items():
            if per_category.total() < LEAST_PRODUCTS:
                continue
            row = np.full(len(sizes), SMOOTHING, dtype=np.float32)
            for category, count in per_category.items():
                row[place[category]] += count
            self._likelihoods[feature] = np.log(row / (sizes + 1.0))

    def of(self, product: Mapping[str, Any]) -> str | None:
        """The category that the product is most like; None when it is like none, or none was learned."""
        if not self.categories:
            return None
        score = self._prior.copy()
        for feature in features(product):
            likelihood = self._likelihoods.get(feature)
            if likelihood is not None:
                score += likelihood
        kind = self.categories[int(score.argmax())]
        price = float(product["price_amount"] or math.inf)
        return kind if price >= FAR_CHEAPER * self._usual_price.get(kind, 0.0) else None
