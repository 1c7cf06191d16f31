"""Every product as the scores see it: a number, and by number its category, brand, price and popularity in arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import isnan, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

UNKNOWN = -1  # number of an unknown brand
LATELY_HALF_LIFE_DAYS = 7
FITTED_EVENTS, FITTED_LATELY = 4.0, 1.6  # of an average product with events, in the data that weights were fitted on
LANDMARK_REACH = timedelta(days=10 * LATELY_HALF_LIFE_DAYS)  # recent popularity is decayed from a landmark this near

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]


class Description(NamedTuple):
    """What serving.products says; price in the shop's currency."""

    product_id: str
    title: str | None
    category: str | None
    brand: str | None
    price: float | None
    is_sold: bool = True  # in stock and published


class Catalogue:
    """Products get numbers in the order in which they become known; the numbers never leave the process."""

    def __init__(self, clock: datetime) -> None:
        self.consumables: frozenset[str] = frozenset()  # categories of what is used up and bought again
        self.numbers: dict[str, int] = {}
        self.products: list[str] = []
        self.titles: dict[str, str] = {}
        self.brands: list[str] = []
        self.categories: list[str] = []
        self.category: Numbers = np.zeros(0, np.int64)
        self.brand: Numbers = np.zeros(0, np.int64)
        self.log_price: Floats = np.zeros(0)
        self.events: Floats = np.zeros(0)
        self.is_sold = np.zeros(0, np.bool_)
        self._lately: Floats = np.zeros(0)
        self.landmark = self.clock = clock
        self._all_events = self._all_lately = 0.0
        self._with_events = 0
        self._described: set[int] = set()
        self._on_offer: set[int] = set()
        self._brand_numbers: dict[str, int] = {}
        self._category_numbers: dict[str, int] = {}
        self._alphabet: list[int] = []  # products by id
        self._letter: Numbers = np.zeros(0, np.int64)
        self._shelves: tuple[Numbers, Numbers] | None = None

    def category_of(self, product: str) -> str:
        """Its category, '' when unknown."""
        number = self.number(product)  # first: a new product may need a longer array
        return self.categories[self.category[number]]

    def is_bought_again(self, product: str) -> bool:
        """Whether somebody who just bought it may want it again."""
        return self.category_of(product) in self.consumables

    def numbers_of(self, products: Sequence[str]) -> list[int]:
        """The numbers of products, most of which are known."""
        try:
            return [self.numbers[product] for product in products]
        except KeyError:
            return [self.number(product) for product in products]

    def number(self, product: str) -> int:
        """The product's number, a new one when it was not known."""
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
        """The number of a category."""
        if name not in self._category_numbers:
            self._category_numbers[name] = len(self.categories)
            self.categories.append(name)
        return self._category_numbers[name]

    def replace(self, products: Iterable[Description]) -> None:
        """Take the whole catalogue: what was in it before and is no longer cannot be sold."""
        before, self._on_offer = self._on_offer, set()
        self.describe(products)
        self.is_sold[sorted(before - self._on_offer)] = False

    def describe(self, products: Iterable[Description]) -> None:
        """Take what the shop says about its products; it counts more than what events say."""
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
        """Take `events` of the product in one hour."""
        days = (hour - self.landmark) / timedelta(days=1)
        self.add(product, category, events, events * 2.0 ** (days / LATELY_HALF_LIFE_DAYS))

    def add(self, product: str, category: str, events: float, lately: float) -> None:
        """Take events, and the same decayed to the landmark; of two categories the last in the alphabet counts."""
        number = self.number(product)
        if number not in self._described and category > self.categories[self.category[number]]:
            self._move(number, category)
        self._with_events += not self.events[number]
        self.events[number] += events
        self._lately[number] += lately
        self._all_events += events
        self._all_lately += lately

    def move_clock(self, clock: datetime) -> None:
        """Popularity is seen from the hour of the newest event; keeps forward decay inside a double's range."""
        self.clock = max(self.clock, clock)
        if self.clock - self.landmark > LANDMARK_REACH:
            fading = 2.0 ** ((self.landmark - self.clock) / timedelta(days=LATELY_HALF_LIFE_DAYS))
            self._lately *= fading
            self._all_lately *= fading
            self.landmark = self.clock

    def lately(self, products: Numbers) -> Floats:
        """Events of these products, halved for every week of age."""
        return self._lately[products] / self._now

    def popular(self, products: Numbers) -> Floats:
        """Events of these products, in a large shop told in events of a shop like the one fitted on."""
        return self.events[products] / max(self._all_events / max(self._with_events, 1) / FITTED_EVENTS, 1)

    def popular_lately(self, products: Numbers) -> Floats:
        """The same, with events halved for every week of age."""
        return self.lately(products) / max(self._all_lately / self._now / max(self._with_events, 1) / FITTED_LATELY, 1)

    @property
    def _now(self) -> float:
        """What an event of this hour weighs in `_lately`."""
        return float(2.0 ** ((self.clock - self.landmark) / timedelta(days=LATELY_HALF_LIFE_DAYS)))

    def shelves(self) -> tuple[Numbers, Numbers]:
        """All products by category and price, those without a price last; and where each category begins."""
        if self._shelves is None:
            count = len(self.products)
            category = self.category[:count]
            order = np.lexsort((self.alphabetical()[:count], self.log_price[:count], category))
            start = np.searchsorted(category[order], np.arange(len(self.categories) + 1))
            self._shelves = order, start
        return self._shelves

    def alphabetical(self) -> Numbers:
        """The place of each product when they are sorted by id; what decides between equals."""
        if len(self._alphabet) < len(self.products):
            self._alphabet.extend(range(len(self._alphabet), len(self.products)))
            self._alphabet.sort(key=self.products.__getitem__)  # most are in order: no more than a walk
            self._letter = np.empty(len(self._alphabet), np.int64)
            self._letter[self._alphabet] = np.arange(len(self._alphabet))
        return self._letter

    def _move(self, number: int, category: str) -> None:
        old, new = int(self.category[number]), self.category_number(category)
        if old != new:
            self.category[number] = new
            self._shelves = None
