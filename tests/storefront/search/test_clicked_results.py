"""Clicks as judgements: what counts for how much, and whether one ranking is better than another beyond chance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import log2

import psycopg
import pytest

from storefront.search.clicked_results import MOST_QUERIES, clicks_of, read_clicks
from tests.support.marts import create_marts, insert

NOW = datetime.now(UTC)


def test_a_click_counts_by_its_place_and_one_far_down_does_not_decide() -> None:
    clicks = clicks_of([("tv", "a", 1), ("tv", "a", 0), ("tv", "b", 4), ("tv", "c", 90)])
    assert clicks.clicked == {"tv": {"a": 2.0, "b": 4.0, "c": 10.0}}
    assert clicks.count == 4


def test_the_score_is_the_mean_of_the_places_by_weight() -> None:
    clicks = clicks_of([("tv", "a", 1), ("radio", "b", 3)])
    assert clicks.score({"tv": ["a"], "radio": ["x", "b"]}) == pytest.approx((1 + 3 / log2(3)) / 4)
    assert clicks.score({"tv": [], "radio": []}) == 0, "not among the first hundred"


def test_only_the_queries_with_most_clicks_are_searched() -> None:
    asked = [(f"rare {number}", "a", 1) for number in range(MOST_QUERIES + 5)] + [("tv", "a", 1)] * 2
    assert len(clicks_of(asked).queries) == MOST_QUERIES
    assert "tv" in clicks_of(asked).queries


def test_a_difference_that_one_query_makes_is_chance() -> None:
    clicks = clicks_of([(f"query {number}", "good", 1) for number in range(50)])
    before = {query: ["other", "good"] for query in clicks.queries}
    one_better = before | {"query 0": ["good", "other"]}
    all_better = {query: ["good", "other"] for query in clicks.queries}
    gain, error = clicks.difference(one_better, before)
    assert 0 < gain < 2 * error
    gain, error = clicks.difference(all_better, before)
    assert gain == pytest.approx(1 - 1 / log2(3)) and gain > 2 * error
    assert clicks.difference(before, before) == (0, 0)


@pytest.mark.services
def test_clicks_are_read_by_time_and_a_visitor_counts_once(database: str) -> None:
    create_marts(database, "fct_searches")

    def search(number: int, days_ago: int, **changed: object) -> dict[str, object]:
        at = NOW - timedelta(days=days_ago)
        return {
            "search_id": str(number), "visitor_id": f"v{number}", "search_term": "tv", "has_click": True,
            "first_click_rank": 2, "first_clicked_product_id": "a", "searched_at": at, "search_date": at.date(),
        } | changed  # fmt: skip

    insert(database, "fct_searches", [
        search(1, 3), search(2, 4, visitor_id="v1"), search(3, 5, first_clicked_product_id="b"),
        search(4, 20), search(5, 30, search_term="radio"),
        search(6, 3, is_bot=True), search(7, 90), search(8, 3, first_click_rank=None), search(9, 3, search_term=""),
        search(10, 3, first_clicked_product_id=None),
    ])  # fmt: skip
    with psycopg.connect(database) as connection:
        earlier, later = read_clicks(connection)
    assert later.clicked == {"tv": {"a": 2.0, "b": 2.0}}
    assert earlier.clicked == {"tv": {"a": 2.0}, "radio": {"a": 2.0}}
