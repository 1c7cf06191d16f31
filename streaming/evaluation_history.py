"""The shop's own history for an evaluation: the newest events that the stream counted, and the product cards."""

from __future__ import annotations

import psycopg

from recommendations.catalogue import ProductCard
from recommendations.evaluation import TEST_DAYS, History, split_history
from recommendations.session_counts import ProductEvent

MAX_EVENTS = 500_000  # the newest: bounds the memory and time of an evaluation
NEWEST_EVENTS = f"""
    select {", ".join(ProductEvent._fields)} from serving.visitor_events order by occurred_at desc limit %s
"""


def read_history(database_url: str, test_days: int = TEST_DAYS) -> History:
    """The newest `MAX_EVENTS` events that the stream counted, cut in two. Raises psycopg.Error."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(NEWEST_EVENTS.encode(), [MAX_EVENTS]).fetchall()
        cards = connection.execute(
            "select product_id, title, category, brand, price::float8, is_in_stock and is_published"
            " from serving.products"
        ).fetchall()
    return split_history(map(ProductEvent._make, rows), [ProductCard(*card) for card in cards], test_days)
