"""What visitors clicked in results, as judgements: a click on a low place says more, for few look that far down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2, sqrt
from typing import Any

import psycopg
from psycopg.rows import tuple_row

WEEKS, HELD_OUT_DAYS = 8, 7
MOST_QUERIES = 200  # those with most clicks; each is searched for some hundred times
MOST_WEIGHT = 10.0  # of one click: one far down must not decide
# a visitor counts once for a query and product; the last days are of the data, so that a shop that slept is judged, too
CLICKED = """
    select distinct on (visitor_id, search_term, first_clicked_product_id)
        search_term, first_clicked_product_id, first_click_rank,
        search_date > (select max(search_date) from marts.fct_searches where has_click) - %(held_out)s as is_held_out
    from marts.fct_searches
    where
        not is_bot and search_term <> '' and first_click_rank is not null and first_clicked_product_id is not null
        and search_date > current_date - %(weeks)s * 7
    order by visitor_id, search_term, first_clicked_product_id, searched_at
"""

Clicked = Mapping[str, Mapping[str, float]]  # query -> product -> weight of its clicks
Rankings = Mapping[str, Sequence[str]]  # query -> products in their order


@dataclass(frozen=True)
class Clicks:
    """Clicks of one time, the queries with most of them. `count`: how many clicks."""

    clicked: Clicked
    count: int

    @property
    def queries(self) -> list[str]:
        """Those that were asked."""
        return sorted(self.clicked)

    def score(self, rankings: Rankings) -> float:
        """Mean of 1 / log2(place + 1) of what was clicked, each click by its weight; 0 for a product not ranked.

        Weighing a click by the inverse of the chance that its place is looked at makes the mean one of what visitors
        want, not of what they were shown (Joachims, Swaminathan and Schnabel, 2017); the chance is taken as 1 / place.
        """
        return sum(self._gains(rankings).values()) / self._total

    def difference(self, rankings: Rankings, others: Rankings) -> tuple[float, float]:
        """How much higher the first rankings score, and the standard error of that over queries."""
        ours, theirs = self._gains(rankings), self._gains(others)
        mean = sum(ours[query] - theirs[query] for query in ours) / self._total
        residuals = (
            ours[query] - theirs[query] - mean * sum(products.values()) for query, products in self.clicked.items()
        )
        return mean, sqrt(sum(residual**2 for residual in residuals)) / self._total

    @property
    def _total(self) -> float:
        return sum(sum(products.values()) for products in self.clicked.values()) or 1.0

    def _gains(self, rankings: Rankings) -> dict[str, float]:
        gains = {}
        for query, products in self.clicked.items():
            places = {product: place for place, product in enumerate(rankings[query], start=1)}
            gains[query] = sum(
                weight / log2(places[product] + 1) for product, weight in products.items() if product in places
            )
        return gains


def read_clicks(connection: psycopg.Connection[Any]) -> tuple[Clicks, Clicks]:
    """The clicks of the last WEEKS but for the last HELD_OUT_DAYS, and those of these days. Raises psycopg.Error."""
    earlier: list[tuple[str, str, int]] = []
    later: list[tuple[str, str, int]] = []
    with connection.cursor(row_factory=tuple_row) as cursor:
        for query, product_id, rank, is_held_out in cursor.execute(
            CLICKED, {"weeks": WEEKS, "held_out": HELD_OUT_DAYS}
        ):
            (later if is_held_out else earlier).append((query, product_id, rank))
    return clicks_of(earlier), clicks_of(later)


def clicks_of(rows: Sequence[tuple[str, str, int]]) -> Clicks:
    """Of (query, product, its place, from 0 or 1): the MOST_QUERIES queries with most clicks."""
    clicked: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    counts: dict[str, int] = defaultdict(int)
    for query, product_id, rank in rows:
        clicked[query][product_id] += min(max(float(rank), 1.0), MOST_WEIGHT)
        counts[query] += 1
    kept = sorted(counts, key=lambda query: (-counts[query], query))[:MOST_QUERIES]
    return Clicks({query: dict(clicked[query]) for query in kept}, sum(counts[query] for query in kept))
