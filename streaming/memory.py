"""The counts of shop_counts.py kept in the stream's process over the tables in Postgres.

The tables are the truth; this is what was read from them plus what this process wrote to them since, so it is
valid as long as this process is the only writer. After a rolled back transaction it is not: start anew.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import LiteralString

import psycopg

from recommendations.catalogue import LATELY_HALF_LIFE_DAYS, ProductCard
from recommendations.scoring import PAIR_HALF_LIFE_WEEKS, TREND_HALF_LIFE_HOURS, TREND_STRENGTH
from recommendations.shop_counts import LANDMARK_WEEK, ShopCounts
from streaming.published_model import load_published

SMALLEST_POWER = -1000  # of two, in a double; Postgres raises where Python gives zero
MAX_PRODUCTS = 50_000  # products whose pairs are kept; the rest is read again when wanted
CATALOGUE_EVERY_SECONDS = 300


class ShopMemory(ShopCounts):
    """Pairs of products (read when first wanted, oldest forgotten), trends, popularity and the catalogue."""

    def __init__(self, connection: psycopg.Connection, consumables: Iterable[str] = ()) -> None:
        """`consumables`: categories whose products may be recommended again to who bought them."""
        row = connection.execute("select max(hour) from serving.product_counts").fetchone()
        super().__init__(row[0].astimezone(UTC) if row and row[0] else datetime.fromtimestamp(0, UTC))
        self.connection = connection
        self.catalogue.consumables = frozenset(consumables)
        self.published: dict[tuple[str, str], tuple[str, ...]] = {}
        self.read_catalogue()
        for category, product, count, trend, lately in connection.execute(
            """
            with counts as (
                select *, extract(epoch from hour - %(now)s) / 3600 as hours from serving.product_counts
            )
            select
                category, product_id, sum(views_count + carts_count + purchases_count)::float8,
                sum(
                    (%(view)s * views_count + %(cart)s * carts_count + %(purchase)s * purchases_count)
                    * power(2::float8, greatest(hours / %(trend)s, %(least)s)::float8)
                ),
                sum(
                    (views_count + carts_count + purchases_count)
                    * power(2::float8, greatest(hours / 24 / %(lately)s, %(least)s)::float8)
                )
            from counts
            group by category, product_id
            """,
            {
                **dict(zip(("view", "cart", "purchase"), TREND_STRENGTH, strict=True)),
                "now": self.clock,
                "trend": TREND_HALF_LIFE_HOURS,
                "lately": LATELY_HALF_LIFE_DAYS,
                "least": SMALLEST_POWER,
            },
        ):
            self.catalogue.add(product, category, count, lately)
            self.add_trend(category, product, trend)
        for product, neighbour, weight in connection.execute(
            """
            select
                product_id, neighbour_id,
                sum(together_weight * power(2::float8, (week_start - %s) / 7 / %s::float8))
            from serving.pair_counts
            where together_weight > 0
            group by product_id, neighbour_id
            """,
            [LANDMARK_WEEK, PAIR_HALF_LIFE_WEEKS],
        ):
            self.add_wanted(product, neighbour, weight)

    def load(self, products: Iterable[str]) -> None:
        """Read the pairs of products that are not in memory."""
        wanted = set(products)
        missing = sorted(wanted - self.similar.keys())
        for product in wanted & self.similar.keys():
            self.similar.move_to_end(product)
        for product in missing:
            self.hold(product)
        if missing:
            for row in self.connection.execute(
                "select product_id, neighbour_id, week_start, similar_weight, together_weight"
                " from serving.pair_counts where product_id = any(%s)",
                [missing],
            ):
                self.add_pair(*row)
        if unknown := sorted(wanted - self.catalogue.titles.keys() - self._undescribed):
            self.catalogue.describe(self._cards("where product_id = any(%s)", [unknown]))
            self._undescribed.update(unknown)

    def read_catalogue(self) -> None:
        """Read every product card, and which model scores."""
        self._undescribed: set[str] = set()  # products asked for since
        self.catalogue.replace(self._cards("", []))
        self.model = load_published(self.connection)
        self._catalogue_read = time.monotonic()

    def forget_oldest(self) -> None:
        """Keep memory bounded and the catalogue fresh; called between batches."""
        while len(self.similar) > MAX_PRODUCTS:
            product = next(iter(self.similar))
            self.forget(product)
            for kind in ("similar", "together"):
                self.published.pop((product, kind), None)
        if time.monotonic() - self._catalogue_read > CATALOGUE_EVERY_SECONDS:
            self.read_catalogue()

    def _cards(self, condition: LiteralString, parameters: list[object]) -> Iterator[ProductCard]:
        for row in self.connection.execute(
            "select product_id, title, category, brand, price::float8, is_in_stock and is_published"
            " from serving.products " + condition,
            parameters,
        ):
            yield ProductCard(*row)
