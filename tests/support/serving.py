"""Fills the serving tables, for tests of what reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg

from streaming.lists import NEIGHBOUR_LISTS, TRENDING_LISTS, VISITOR_LISTS, ProductList

COMPUTED_AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


def fill_serving(database_url: str, shelf: list[dict[str, Any]]) -> None:
    """Write product cards, a trending list by number of ratings, a neighbour of product 1, a list of `visitor-1`."""
    with psycopg.connect(database_url) as connection:
        for row in shelf:
            connection.execute(
                """
                insert into serving.products (
                    product_id, title, brand, category, department, price, currency, image_url, rating, rating_count,
                    is_in_stock, is_published
                ) values (
                    %(product_id)s, %(title)s, %(brand)s, %(category)s, %(department)s, %(price_amount)s, %(currency)s,
                    %(image_url)s, %(rating)s, %(rating_count)s, %(is_in_stock)s, true
                )
                """,
                row,
            )
        wanted = sorted(shelf, key=lambda row: -row["rating_count"])
        bestsellers = product_list(("",), [row["product_id"] for row in wanted], "Popular this week")
        TRENDING_LISTS.replace(connection, [bestsellers])
        NEIGHBOUR_LISTS.replace(connection, [product_list(("1", "together"), ["4"], "Often bought together")])
    recommend_to(database_url, "visitor-1", ["7", "5"], "Because you looked at laptops")


def recommend_to(
    database_url: str, visitor_id: str, product_ids: list[str], reason: str, computed_at: datetime = COMPUTED_AT
) -> None:
    """Replace the visitor's list for the home page."""
    with psycopg.connect(database_url) as connection:
        VISITOR_LISTS.replace(connection, [product_list((visitor_id, "home"), product_ids, reason, computed_at)])


def product_list(
    key: tuple[str, ...], product_ids: Sequence[str], reason: str = "because", computed_at: datetime = COMPUTED_AT
) -> ProductList:
    """A list whose scores fall with the rank."""
    scores = [1 / rank for rank in range(1, len(product_ids) + 1)]
    return ProductList(key, product_ids, scores, [reason], "test-1", computed_at)
