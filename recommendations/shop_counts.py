"""The counts in memory, as the scores read them: neighbours of products, trends of categories, popularity.

Weights fade by forward decay, see catalogue.py.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

from recommendations.catalogue import Catalogue, Floats, Numbers
from recommendations.model import BUILT_IN_MODEL
from recommendations.near_lists import NearLists
from recommendations.scoring import (
    NEAR_LENGTH,
    NOISE,
    TREND_HALF_LIFE_HOURS,
    Neighbours,
    damped,
    heaviest,
    nearest,
    pair_decay,
    trend_decay,
    trend_weight,
)
from recommendations.session_counts import FORWARD, CountKey, PairKey, PairWeight, hour_of, week_of

LANDMARK_WEEK = date(2020, 1, 6)  # of pairs, for ever: a double's range is enough for 150 years
LANDMARK_REACH = timedelta(hours=10 * TREND_HALF_LIFE_HOURS)  # a landmark of trends farther back than this is moved
TREND_LENGTH = 50  # products of a trending list
NO_TREND = 1e-9  # what is left of a weight that was taken away again is the rounding of doubles

Weights = dict[str, float]  # product -> weight, decayed to the landmark


class ShopCounts:
    """Pairs, trends and popularity as sums of what was added, so the order of adding does not matter."""

    def __init__(self, clock: datetime) -> None:
        self.clock = clock  # newest event time
        self.model = BUILT_IN_MODEL
        self.catalogue = Catalogue(hour_of(clock))
        self.similar: OrderedDict[str, Weights] = OrderedDict()  # held product -> neighbours, by PairWeight.similar
        self.together: dict[str, Weights] = {}  # held product -> neighbours, by PairWeight.together
        self._bought: dict[str, dict[str, int]] = {}  # held product -> neighbours, by PairWeight.bought
        self._wanted: defaultdict[str, Weights] = defaultdict(dict)  # category -> products wanted with its products
        self._accessories: dict[str, list[tuple[str, float]]] = {}  # by category, until `_wanted` changes
        self._near = NearLists(NEAR_LENGTH)  # of the products asked for so far
        self._trend: defaultdict[str, Weights] = defaultdict(dict)  # by category, "" = the shop
        self._top: dict[str, list[tuple[str, float]]] = {}  # category -> the best of `_trend`
        self._risen: defaultdict[str, set[str]] = defaultdict(set)  # category -> products that grew since `_top`
        self._popular: dict[str, Numbers] = {}  # category -> `_top` as catalogue numbers
        self._landmark_hour = hour_of(clock)

    # ---- adding events

    def add_counts(self, changes: Mapping[CountKey, list[int]], clock: datetime) -> None:
        """Add views, carts and purchases per hour, negative ones too; `clock` is their newest event time."""
        self.clock = max(self.clock, clock)
        self.catalogue.move_clock(hour_of(self.clock))
        if self.clock - self._landmark_hour > LANDMARK_REACH:
            self._move_landmark()
        for (hour, category, product), counts in changes.items():
            self.catalogue.count(product, category, hour, sum(counts))
            age = (hour - self._landmark_hour) / timedelta(hours=1)
            self.add_trend(category, product, trend_weight(counts) * trend_decay(age))

    def add_pairs(self, changes: Mapping[PairKey, PairWeight]) -> None:
        """Add pair weights: to the pairs of held products, and to what is wanted with each category."""
        numbers = self.catalogue.numbers
        grown: list[tuple[int, int, float]] = []
        for (product, neighbour, week), weight in changes.items():
            if weight.together:
                self.add_wanted(product, neighbour, weight.together * _week_decay(week))
            if product in self.similar:
                self.add_pair(product, neighbour, week, *weight)
                if product not in numbers or not self._near.has(numbers[product]):
                    continue
                if weight.similar >= 0:
                    grown.append((numbers[product], self.catalogue.number(neighbour), self.similar[product][neighbour]))
                else:  # another neighbour may be nearer now: the list is made again when asked for
                    self._near.remove(numbers[product])
        self._near.raise_weights(grown, self.catalogue.id_rank(), self._noise())

    def hold(self, product: str) -> None:
        """Start keeping the pairs of a product."""
        self.similar[product], self.together[product], self._bought[product] = {}, {}, {}

    def forget(self, product: str) -> None:
        """Drop the pairs of a product."""
        self.similar.pop(product, None)
        self.together.pop(product, None)
        self._bought.pop(product, None)
        self._near.remove(self.catalogue.number(product))

    def add_pair(self, product: str, neighbour: str, week: date, similar: int, together: int, bought: int = 0) -> None:
        """Add the weights of one pair of a held product, in the units of `PairWeight`."""
        decay = _week_decay(week)
        weights = self.similar[product]
        weights[neighbour] = weights.get(neighbour, 0.0) + similar * decay
        if together:
            weights = self.together[product]
            weights[neighbour] = weights.get(neighbour, 0.0) + together * decay
        if bought:
            times = self._bought[product]
            times[neighbour] = times.get(neighbour, 0) + bought

    def add_wanted(self, product: str, neighbour: str, weight: float) -> None:
        """Add the weight of a pair wanted together, decayed to LANDMARK_WEEK, to the product's category."""
        category = self.catalogue.category_of(product)
        weights = self._wanted[category]
        weights[neighbour] = weights.get(neighbour, 0.0) + weight
        self._accessories.pop(category, None)

    def add_trend(self, category: str, product: str, weight: float) -> None:
        """Add the weight of events, decayed to the landmark of trends, to the category and the shop."""
        for group in {category, ""}:
            weights = self._trend[group]
            weights[product] = weights.get(product, 0.0) + weight
            self._risen[group].add(product)
            if weight < 0:  # any product may take its place
                if weights[product] < NO_TREND:
                    del weights[product]
                self._top.pop(group, None)
                self._popular.pop(group, None)
                self._risen[group] = set(weights)

    # ---- asked by the scores

    def near(self, product: str) -> Neighbours:
        """The `NEAR_LENGTH` nearest neighbours of a held product."""
        numbers, weights = self._near_of(product)
        return list(
            zip([self.catalogue.products[number] for number in numbers.tolist()], weights.tolist(), strict=True)
        )

    def near_lists(self, products: Iterable[str]) -> NearLists:
        """The same as catalogue numbers, in arrays that hold at least the lists of these products."""
        for product in products:
            number = self.catalogue.number(product)
            if not self._near.has(number) and product in self.similar:
                near = nearest(self.similar[product], NEAR_LENGTH, self._noise())
                neighbours = self.catalogue.numbers_of([neighbour for neighbour, _ in near])
                self._near.replace(number, neighbours, [weight for _, weight in near])
        self._near.make_room(len(self.catalogue.category))
        return self._near

    def _near_of(self, product: str) -> tuple[NDArray[np.int32], Floats]:
        return self.near_lists([product]).of(self.catalogue.number(product))

    def similar_to(self, products: Sequence[str], length: int) -> Iterator[Neighbours]:
        """The neighbours of each product for the shopper, at most `length`.

        Those that are near only because they are popular come later.
        """
        near, numbers = self.near_lists(products), self.catalogue.numbers_of(products)
        found = near.damped(numbers, self.catalogue.events, self.catalogue.id_rank(), length)
        names = self.catalogue.products
        for neighbours, scores, count in zip(*(column.tolist() for column in found), strict=True):
            yield [(names[number], score) for number, score in zip(neighbours[:count], scores, strict=False)]

    def wanted_with(self, product: str) -> Neighbours:
        """The neighbours of a product that were wanted (cart, purchase) in the same session, best first."""
        wanted = self.together.get(product)
        if not wanted:
            return []
        near = nearest(wanted, NEAR_LENGTH, self._noise())
        return damped(near, [self.popularity(neighbour) for neighbour, _ in near])

    def bought_together(self, product: str, neighbour: str) -> int:
        """In how many sessions both were bought; the product must be held."""
        return self._bought.get(product, {}).get(neighbour, 0)

    def accessories(self, category: str) -> Neighbours:
        """Products of other categories that were wanted in one session with products of this one, best first.

        They stand in for the accessories of a product of which too little is known.
        """
        if category not in self._accessories:
            others = {
                product: weight
                for product, weight in self._wanted.get(category, {}).items()
                if self.catalogue.category_of(product) != category
            }
            near = nearest(others, NEAR_LENGTH, self._noise())
            self._accessories[category] = damped(near, [self.popularity(product) for product, _ in near])
        return self._accessories[category]

    def is_sold(self, product: str) -> bool:
        """Whether the product is in stock and published; True for one that the catalogue does not know."""
        return bool(self.catalogue.is_sold[self.catalogue.number(product)])

    def popularity(self, product: str) -> float:
        """Events of the product, ever."""
        return float(self.catalogue.events[self.catalogue.number(product)])

    def trending(self, category: str) -> list[str]:
        """The trending products of a category ('' = the shop), best first."""
        return [product for product, _ in self._trending(category)]

    def trend(self, category: str) -> list[tuple[str, float]]:
        """The same with their scores: trend weights of their events, decayed to the clock."""
        now = trend_decay((hour_of(self.clock) - self._landmark_hour) / timedelta(hours=1))
        return [(product, weight / now) for product, weight in self._trending(category)]

    def popular_numbers(self, category: str) -> Numbers:
        """The same as catalogue numbers."""
        if category in self._risen or category not in self._popular:
            self._popular[category] = np.array(self.catalogue.numbers_of(self.trending(category)), np.int64)
        return self._popular[category]

    def _trending(self, category: str) -> Neighbours:
        """What trends in a category with its weight at the landmark, best first."""
        if risen := self._risen.pop(category, None):
            # only products that grew can have entered the list; when one shrank, all count as grown
            weights = self._trend[category]
            risen.update(product for product, _ in self._top.get(category, ()))
            best = heaviest([(weights[product], product) for product in risen], TREND_LENGTH)
            self._top[category] = [(product, weight) for weight, product in best]
            self._popular.pop(category, None)
        return self._top.get(category, ())

    def categories(self) -> list[str]:
        """Every category with a trend; '' (the shop) among them."""
        return list(self._trend)

    def pair_scale(self) -> float:
        """The weight of a direct view of this week in `near`."""
        return FORWARD * _week_decay(week_of(self.clock))

    def _noise(self) -> float:
        return NOISE * self.pair_scale()

    def _move_landmark(self) -> None:
        """Move the landmark of trends to now: a history of years ago would push weights out of a double's range."""
        hour = hour_of(self.clock)
        fading = trend_decay((self._landmark_hour - hour) / timedelta(hours=1))
        for weights in self._trend.values():
            for product in weights:
                weights[product] *= fading
        for category, top in self._top.items():
            self._top[category] = [(product, weight * fading) for product, weight in top]
        self._landmark_hour = hour


@cache
def _week_decay(week: date) -> float:
    return pair_decay((week - LANDMARK_WEEK).days / 7)
