"""Serving tables filled by hand, for tests of what reads them."""

from __future__ import annotations

from typing import Any

import psycopg

NEW_MODEL = ("test-1", "2026-11-01T12:00:00Z")


def fill_serving(database_url: str, shelf: list[dict[str, Any]]) -> None:
    """Product cards; trends by number of ratings; a neighbour of product 1; a list of two for `visitor-1`."""
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
        for rank, row in enumerate(wanted, start=1):
            connection.execute(
                "insert into serving.trending values ('', %s, %s, %s, 'Popular this week', %s, %s)",
                [rank, row["product_id"], 1 / rank, *NEW_MODEL],
            )
        connection.execute(
            "insert into serving.product_neighbours values ('1', 'together', 1, '4', 0.9, %s, %s, %s)",
            ["Often bought together", *NEW_MODEL],
        )
    recommend_to(database_url, "visitor-1", ["7", "5"], "Because you looked at laptops")


def recommend_to(database_url: str, visitor_id: str, product_ids: list[str], reason: str) -> None:
    """Replace the visitor's list for the home page in one transaction, as the stream does."""
    with psycopg.connect(database_url) as connection:
        connection.execute("delete from serving.recommendations where visitor_id = %s", [visitor_id])
        for rank, product_id in enumerate(product_ids, start=1):
            connection.execute(
                "insert into serving.recommendations values (%s, 'home', %s, %s, %s, %s, %s, %s)",
                [visitor_id, rank, product_id, 1 / rank, reason, *NEW_MODEL],
            )
