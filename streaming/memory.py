"""The counts as the scores need them, kept in the stream's process over the tables in Postgres.

The tables are the truth; this is what was read from them plus what this process wrote to them since, so it is
valid as long as this process is the only writer. After a rolled back transaction it is not: start anew.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from heapq import nlargest

import psycopg

from streaming.scoring import (
    NEAR_LENGTH,
    TREND_HALF_LIFE_HOURS,
    TREND_STRENGTH,
    Neighbours,
    nearest,
    pair_decay,
    trend_decay,
    trend_weight,
)
from streaming.session_counts import FORWARD, CountKey, PairKey, PairWeight, hour_of, week_of

LANDMARK_WEEK = date(2020, 1, 6)  # forward decay from here; doubles hold 150 years of it
LANDMARK_REACH = timedelta(hours=10 * TREND_HALF_LIFE_HOURS)  # trends are decayed from a landmark this near
SMALLEST_POWER = -1000  # of two, in a double; Postgres raises where Python gives zero
MAX_PRODUCTS = 50_000  # products whose pairs are kept; the rest is read again when wanted
TREND_LENGTH = 50

Weights = dict[str, float]


class ShopMemory:
    """Pairs of products (read when first wanted, oldest forgotten), trends, popularity and titles."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.similar: OrderedDict[str, Weights] = OrderedDict()
        self.together: dict[str, Weights] = {}
        self.published: dict[tuple[str, str], tuple[str, ...]] = {}
        self.popularity: defaultdict[str, int] = defaultdict(int)
        self.titles: dict[str, str] = {}
        self._near: dict[str, list[tuple[str, float]]] = {}
        self._trend: defaultdict[str, Weights] = defaultdict(dict)
        self._top: dict[str, list[tuple[str, float]]] = {}
        row = connection.execute("select max(hour) from serving.product_counts").fetchone()
        self.clock: datetime = row[0].astimezone(UTC) if row and row[0] else datetime.fromtimestamp(0, UTC)
        self._landmark_hour = self.clock
        for category, product, count, weight in connection.execute(
            """
            select
                category, product_id, sum(views_count + carts_count + purchases_count)::bigint,
                sum(
                    (%s * views_count + %s * carts_count + %s * purchases_count)
                    * power(2::float8, greatest(extract(epoch from hour - %s) / 3600 / %s, %s)::float8)
                )
            from serving.product_counts
            group by category, product_id
            """,
            [*TREND_STRENGTH, self._landmark_hour, TREND_HALF_LIFE_HOURS, SMALLEST_POWER],
        ):
            self.popularity[product] += count
            self._add_trend(category, product, weight)

    # ---- what a batch changed

    def add_counts(self, changes: Mapping[CountKey, list[int]], clock: datetime) -> None:
        """Add what was written to serving.product_counts; `clock` is the batch's newest event time."""
        self.clock = max(self.clock, clock)
        if self.clock - self._landmark_hour > LANDMARK_REACH:
            self._move_landmark()
        for (hour, category, product), counts in changes.items():
            self.popularity[product] += sum(counts)
            age = (hour - self._landmark_hour) / timedelta(hours=1)
            self._add_trend(category, product, trend_weight(counts) * trend_decay(age))

    def add_pairs(self, changes: Mapping[PairKey, PairWeight]) -> None:
        """Add what was written to serving.pair_counts, for the products that are in memory."""
        for (product, neighbour, week), weight in changes.items():
            if product in self.similar:
                self._add_pair(product, neighbour, week, weight.similar, weight.together)
                self._near.pop(product, None)

    def load(self, products: Iterable[str]) -> None:
        """Read the pairs and titles of products that are not in memory."""
        wanted = set(products)
        missing = sorted(wanted - self.similar.keys())
        for product in wanted & self.similar.keys():
            self.similar.move_to_end(product)
        for product in missing:
            self.similar[product], self.together[product] = {}, {}
        if missing:
            for row in self.connection.execute(
                "select product_id, neighbour_id, week_start, similar_weight, together_weight"
                " from serving.pair_counts where product_id = any(%s)",
                [missing],
            ):
                self._add_pair(*row)
        if untitled := sorted(wanted - self.titles.keys()):
            self.titles.update(
                self.connection.execute(
                    "select product_id, title from serving.products where product_id = any(%s)", [untitled]
                ).fetchall()
            )

    def forget_oldest(self) -> None:
        """Keep memory bounded; called between batches."""
        while len(self.similar) > MAX_PRODUCTS:
            product, _ = self.similar.popitem(last=False)
            self.together.pop(product, None)
            self._near.pop(product, None)
            for kind in ("similar", "together"):
                self.published.pop((product, kind), None)

    # ---- what the scores ask

    def near(self, product: str) -> Neighbours:
        """The best `NEAR_LENGTH` neighbours of a product that was loaded."""
        if product not in self._near:
            weights = self.similar.get(product, {})
            self._near[product] = nearest(weights, self.popularity, NEAR_LENGTH)
        return self._near[product]

    def wanted_with(self, product: str) -> Neighbours:
        """The best neighbours by having been wanted (cart, purchase) in the same visit."""
        return nearest(self.together.get(product, {}), self.popularity, NEAR_LENGTH)

    def trending(self, category: str) -> list[str]:
        """Products of a category ('' = all), best first."""
        return [product for product, _ in self.trend(category)]

    def trend(self, category: str) -> list[tuple[str, float]]:
        """The same with their scores: events decayed to the clock."""
        if category not in self._top:
            best = nlargest(TREND_LENGTH, ((weight, product) for product, weight in self._trend[category].items()))
            self._top[category] = [(product, weight) for weight, product in best]
        now = trend_decay((hour_of(self.clock) - self._landmark_hour) / timedelta(hours=1))
        return [(product, weight / now) for product, weight in self._top[category]]

    def categories(self) -> list[str]:
        """Every category with a trend, '' (all) among them."""
        return list(self._trend)

    def pair_scale(self) -> float:
        """What a direct view of this week weighs in `near`, so that published scores can be told in views."""
        return FORWARD * pair_decay((week_of(self.clock) - LANDMARK_WEEK).days / 7)

    def _add_pair(self, product: str, neighbour: str, week: date, similar: int, together: int) -> None:
        decay = pair_decay((week - LANDMARK_WEEK).days / 7)
        weights = self.similar[product]
        weights[neighbour] = weights.get(neighbour, 0.0) + similar * decay
        if together:
            weights = self.together[product]
            weights[neighbour] = weights.get(neighbour, 0.0) + together * decay

    def _move_landmark(self) -> None:
        """Keep forward decay inside a double's range, also when live clicks follow a history of years ago."""
        hour = hour_of(self.clock)
        fading = trend_decay((self._landmark_hour - hour) / timedelta(hours=1))
        for weights in self._trend.values():
            for product in weights:
                weights[product] *= fading
        self._top.clear()
        self._landmark_hour = hour

    def _add_trend(self, category: str, product: str, weight: float) -> None:
        for group in {category, ""}:
            self._trend[group][product] = self._trend[group].get(product, 0.0) + weight
            self._top.pop(group, None)
