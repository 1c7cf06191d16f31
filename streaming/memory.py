"""The counts of shop_counts.py, kept in the memory of the stream's process as a cache of its tables in Postgres.

It holds what was read from the tables plus what this process has written since. So it is valid no longer after a
transaction was rolled back, or when another process has written: make a new one then. Whoever changes counts moves the
fence of offsets in the same transaction, so the fence says whether a memory knows all of them (`fence`).
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime

import psycopg

from recommendations.catalogue import LATELY_HALF_LIFE_DAYS
from recommendations.scoring import PAIR_HALF_LIFE_WEEKS, TREND_HALF_LIFE_HOURS, TREND_STRENGTH
from recommendations.shop_counts import LANDMARK_WEEK, ShopCounts
from streaming import change_log
from streaming.count_changes import CountChanges
from streaming.products import read_cards, read_changed_cards
from streaming.published_model import load_published
from streaming.recent_events import RecentEvents
from streaming.state import StreamName, read_offsets

SMALLEST_POWER = -1000  # of two: below, Postgres raises an error where Python returns zero
MAX_PRODUCTS = 50_000  # products whose pairs are kept; those of others are read again when needed
CATALOGUE_EVERY_SECONDS = 300  # the whole of it: what is no longer there
CHANGES_EVERY_SECONDS = 20  # what was sold out meanwhile must not be in a new list
LONGEST_WRITE = 60  # seconds that a transaction may take that writes cards


class ShopMemory(ShopCounts):
    """Trends, popularity, catalogue, and the pairs of the products that were used last."""

    def __init__(
        self, connection: psycopg.Connection, consumables: Iterable[str] = (), name: StreamName | None = None
    ) -> None:
        """Read everything but the pairs.

        Args:
            connection: for this and all later reading.
            consumables: categories whose products may be recommended again to visitors who bought them.
            name: the stream whose batches the memory knows; None for a process that is the only writer.
        """
        # before the counts: a batch committed in between makes the memory stale, and it is read once more
        self.fence: dict[int, int] | None = read_offsets(connection, name) if name else None
        row = connection.execute("select max(hour) from serving.product_counts").fetchone()
        super().__init__(row[0].astimezone(UTC) if row and row[0] else datetime.fromtimestamp(0, UTC))
        self.connection = connection
        self.catalogue.consumables = frozenset(consumables)
        self.published: dict[tuple[str, str], tuple[str, ...]] = {}  # the lists last written, see publish.py
        self.recent = RecentEvents()
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
        # one by one: a difference from `keys()` would look at all products held, many times a batch
        missing = sorted(product for product in wanted if product not in self.similar)
        for product in wanted.difference(missing):
            self.similar.move_to_end(product)
        for product in missing:
            self.hold(product)
        if missing:
            for row in self.connection.execute(
                "select product_id, neighbour_id, week_start, similar_weight, together_weight, bought_count"
                " from serving.pair_counts where product_id = any(%s)",
                [missing],
            ):
                self.add_pair(*row)
        titles = self.catalogue.titles
        if unknown := sorted(product for product in wanted - self._undescribed if product not in titles):
            self.catalogue.describe(read_cards(self.connection, unknown))
            self._undescribed.update(unknown)

    def add_changes(self, changes: CountChanges) -> None:
        """Add what a batch changed in the tables."""
        if changes.counts:
            self.add_counts(changes.counts, changes.clock)  # before the pairs, which need the categories of products
        if changes.pairs:
            self.add_pairs(changes.pairs)

    def catch_up(self, name: StreamName) -> bool:
        """Learn what other workers have counted since; False when that is not known, and a new memory must be read."""
        if self.fence is None:
            return True
        with self.connection.transaction():
            self.connection.execute("set transaction isolation level repeatable read")
            newest = read_offsets(self.connection, name)
            log = change_log.read_since(self.connection, name, self.fence) if newest != self.fence else []
        if log is None:
            return False
        if newest != self.fence:
            self.recent.clear()
        for changes in log:
            self.add_changes(changes)
            # others may have written their lists
            for product in {product for product, _, _ in changes.pairs}:
                for kind in ("similar", "together"):
                    self.published.pop((product, kind), None)
            for category in {category for _, category, _ in changes.counts} | {""}:
                self.published.pop((category, "trending"), None)
        self.fence = newest
        return True

    def read_catalogue(self) -> None:
        """Read every product card, and the published model."""
        self._undescribed: set[str] = set()  # products without a card that were looked up since
        self.catalogue.replace(read_cards(self.connection))
        self.model = load_published(self.connection)
        self._catalogue_read = self._changes_read = time.monotonic()

    def forget_oldest(self) -> None:
        """Drop the pairs that were unused longest, and read the catalogue again when it is old. Between batches."""
        while len(self.similar) > MAX_PRODUCTS:
            product = next(iter(self.similar))
            self.forget(product)
            for kind in ("similar", "together"):
                self.published.pop((product, kind), None)
        now = time.monotonic()
        if now - self._catalogue_read > CATALOGUE_EVERY_SECONDS:
            self.read_catalogue()
        elif now - self._changes_read > CHANGES_EVERY_SECONDS:
            # and those that a transaction wrote before, and committed only now
            self.catalogue.describe(read_changed_cards(self.connection, now - self._changes_read + LONGEST_WRITE))
            self._changes_read = now
