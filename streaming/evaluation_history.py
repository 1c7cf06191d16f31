"""The shop's own history for evaluations: the newest events that the stream counted, and the product cards."""

from __future__ import annotations

import psycopg

from recommendations.evaluation import TEST_DAYS, History, split_history
from recommendations.session_counts import ProductEvent
from streaming.products import read_cards
from streaming.state import EVENT_COLUMNS

MAX_EVENTS = 500_000  # limits the memory and time of an evaluation
NEWEST_EVENTS = f"select {EVENT_COLUMNS} from serving.visitor_events order by occurred_at desc limit {MAX_EVENTS}"


def read_history(database_url: str, test_days: int = TEST_DAYS) -> History:
    """The newest `MAX_EVENTS` events, with the last `test_days` as the test part. Raises psycopg.Error."""
    with psycopg.connect(database_url) as connection:
        events = map(ProductEvent._make, connection.execute(NEWEST_EVENTS.encode()).fetchall())
        return split_history(events, list(read_cards(connection)), test_days)
