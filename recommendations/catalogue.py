"""The products of the shop in arrays, as the scores read them: category, brand, price, popularity by product number.

Popularity fades by forward decay (Cormode et al., "Forward Decay: A Practical Time Decay Model for Streaming
Systems", 2009): an event is weighed once, by its distance to a fixed landmark, and never touched again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import isnan, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

UNKNOWN = -1  # number of an unknown brand
LATELY_HALF_LIFE_DAYS = 7
# events (and decayed events) of an average product that has any, in the data that the weights were fitted on
FITTED_EVENTS, FITTED_LATELY = 4.0, 1.6
LANDMARK_REACH = timedelta(days=10 * LATELY_HALF_LIFE_DAYS)  # a landmark farther back than this is moved

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]


class ProductCard(NamedTuple):
    """A row of serving.products, as far as the scores need it."""

    product_id: str
    title: str | None
    category: str | None
    brand: str | None
    price: float | None  # in the shop's currency
    is_sold: bool = True  # in stock and published


class Catalogue:
    """All known products. Each gets the next number when it is first heard of; numbers never leave the process.

    The arrays `category`, `brand`, `log_price`, `events` and `is_sold` have one item per product number, and spare
    items at the end for products to come.
    """

    def __init__(self, clock: datetime) -> None:
        self.consumables: frozenset[str] = frozenset()  # categories whose products are used up and bought again
        self.numbers: dict[str, int] = {}  # product id -> number
        self.products: list[str] = []  # number -> product id
        self.titles: dict[str, str] = {}  # by product id
        self.brands: list[str] = []  # by brand number
        self.categories: list[str] = []  # by category number
        self.category: Numbers = np.zeros(0, np.int64)
        self.brand: Numbers = np.zeros(0, np.int64)
        self.log_price: Floats = np.zeros(0)  # natural logarithm; NaN = no price
        self.events: Floats = np.zeros(0)  # ever
        self.is_sold = np.zeros(0, np.bool_)
        self._lately: Floats = np.zeros(0)  # events, decayed to the landmark
        self.landmark = self.clock = clock
        self._all_events = self._all_lately = 0.0
        self._with_events = 0
        self._described: set[int] = set()  # whose category the shop itself has given
        self._on_offer: set[int] = set()
        self._brand_numbers: dict[str, int] = {}
        self._category_numbers: dict[str, int] = {}
        self._by_id: list[int] = []  # product numbers in the order of their ids
        self._id_rank: Numbers = np.zeros(0, np.int64)
        self._shelves: tuple[Numbers, Numbers] | None = None

    def category_of(self, product: str) -> str:
        """The product's category, '' when unknown."""
        number = self.number(product)  # before the array is read: a new product may make it longer
        return self.categories[self.category[number]]

    def is_bought_again(self, product: str) -> bool:
        """Whether somebody who just bought the product may want it again."""
        return self.category_of(product) in self.consumables

    def numbers_of(self, products: Sequence[str]) -> list[int]:
        """The numbers of products; quick when all of them are known."""
        try:
            return [self.numbers[product] for product in products]
        except KeyError:
            return [self.number(product) for product in products]

    def number(self, product: str) -> int:
        """The product's number; a product heard of for the first time gets the next one."""
        known = self.numbers.get(product)
        if known is not None:
            return known
        number = self.numbers[product] = len(self.products)
        self.products.append(product)
        if number == len(self.category):
            more = max(1024, number)
            self.category = np.append(self.category, np.zeros(more, np.int64))
            self.brand = np.append(self.brand, np.full(more, UNKNOWN))
            self.log_price = np.append(self.log_price, np.full(more, np.nan))
            self.events = np.append(self.events, np.zeros(more))
            self.is_sold = np.append(self.is_sold, np.ones(more, np.bool_))
            self._lately = np.append(self._lately, np.zeros(more))
        self.category[number] = self.category_number("")
        self._shelves = None
        return number

    def category_number(self, name: str) -> int:
        """The number of a category; one heard of for the first time gets the next one."""
        if name not in self._category_numbers:
            self._category_numbers[name] = len(self.categories)
            self.categories.append(name)
        return self._category_numbers[name]

    def replace(self, products: Iterable[ProductCard]) -> None:
        """Read the complete catalogue: a product that was in it before and is missing now is no longer sold."""
        before, self._on_offer = self._on_offer, set()
        self.describe(products)
        self.is_sold[sorted(before - self._on_offer)] = False

    def describe(self, products: Iterable[ProductCard]) -> None:
        """Read product cards; a category from a card has precedence over those from events."""
        for product_id, title, category, brand, price, is_sold in products:
            number = self.number(product_id)
            if title:
                self.titles[product_id] = title
            if category:
                self._described.add(number)
                self._move(number, category)
            if brand and brand not in self._brand_numbers:
                self._brand_numbers[brand] = len(self.brands)
                self.brands.append(brand)
            self.brand[number] = self._brand_numbers[brand] if brand else UNKNOWN
            self._on_offer.add(number)
            self.is_sold[number] = is_sold
            log_price = log(price) if price and price > 0 else np.nan
            if not (log_price == self.log_price[number] or (isnan(log_price) and isnan(self.log_price[number]))):
                self.log_price[number] = log_price
                self._shelves = None

    def count(self, product: str, category: str, hour: datetime, events: int) -> None:
        """Add `events` of the product in one hour; a negative number takes them away."""
        days = (hour - self.landmark) / timedelta(days=1)
        self.add(product, category, events, events * 2.0 ** (days / LATELY_HALF_LIFE_DAYS))

    def add(self, product: str, category: str, events: float, lately: float) -> None:
        """Add events of the product, and the same decayed to the landmark.

        When events name several categories, the last in the alphabet counts: the order of arrival does not matter.
        """
        number = self.number(product)
        if number not in self._described and category > self.categories[self.category[number]]:
            self._move(number, category)
        had_events = bool(self.events[number])
        self.events[number] += events
        self._with_events += bool(self.events[number]) - had_events
        self._lately[number] += lately
        self._all_events += events
        self._all_lately += lately

    def move_clock(self, clock: datetime) -> None:
        """Set the hour of the newest event, from which age is measured; moves the landmark when it is far behind.

        Far from the landmark, forward decay would leave the range of a double.
        """
        self.clock = max(self.clock, clock)
        if self.clock - self.landmark > LANDMARK_REACH:
            fading = 2.0 ** ((self.landmark - self.clock) / timedelta(days=LATELY_HALF_LIFE_DAYS))
            self._lately *= fading
            self._all_lately *= fading
            self.landmark = self.clock

    def lately(self, products: Numbers) -> Floats:
        """Events of each product, halved for every week of age."""
        return self._lately[products] / self._now

    def popular(self, products: Numbers) -> Floats:
        """Events of each product; in a large shop scaled down to the average of the shop that was fitted on."""
        return self.events[products] / max(self._all_events / max(self._with_events, 1) / FITTED_EVENTS, 1)

    def popular_lately(self, products: Numbers) -> Floats:
        """Like `popular`, with events halved for every week of age."""
        return self.lately(products) / max(self._all_lately / self._now / max(self._with_events, 1) / FITTED_LATELY, 1)

    @property
    def _now(self) -> float:
        """The weight of an event of this hour in `_lately`."""
        return float(2.0 ** ((self.clock - self.landmark) / timedelta(days=LATELY_HALF_LIFE_DAYS)))

    def shelves(self) -> tuple[Numbers, Numbers]:
        """Product numbers sorted by category and price, without a price last; and where each category begins.

        Category c is `products[start[c] : start[c + 1]]`. Equal prices are sorted by product id.
        """
        if self._shelves is None:
            count = len(self.products)
            category = self.category[:count]
            order = np.lexsort((self.id_rank()[:count], self.log_price[:count], category))
            start = np.searchsorted(category[order], np.arange(len(self.categories) + 1))
            self._shelves = order, start
        return self._shelves

    def id_rank(self) -> Numbers:
        """The place of each product when all are sorted by id; decides between products with equal scores."""
        if len(self._by_id) < len(self.products):
            self._by_id.extend(range(len(self._by_id), len(self.products)))
            self._by_id.sort(key=self.products.__getitem__)  # quick: most are in order
            self._id_rank = np.empty(len(self._by_id), np.int64)
            self._id_rank[self._by_id] = np.arange(len(self._by_id))
        return self._id_rank

    def _move(self, number: int, category: str) -> None:
        old, new = int(self.category[number]), self.category_number(category)
        if old != new:
            self.category[number] = new
            self._shelves = None
