"""Weights fitted on a shop's clicks: learned where there is something to learn, published only when better."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from storefront.search.builder import build_search_index, index_products
from storefront.search.clicked_results import clicks_of
from storefront.search.fitting import Ranker
from storefront.search.learned_weights import FEWEST_CLICKS, TooFewClicksError, compare, refit
from storefront.search.published_weights import publish_built_in, published_weights
from storefront.search.reader import SearchIndex
from storefront.search.versions import IndexMissingError, open_version
from storefront.search.weights import WEIGHTS, weights_of
from tests.support.marts import create_marts, insert
from tests.support.products import product

COLOURS = [
    "amber", "azure", "beige", "black", "bronze", "copper", "coral", "cream", "cyan", "ebony", "golden", "green",
    "indigo", "ivory", "khaki", "lilac", "maroon", "navy", "ochre", "olive", "orange", "pearl", "pink", "purple",
]  # fmt: skip
# Of each colour one thing named so, and one whose maker is: which of the two comes first is a matter of two weights.
SHELF = [
    row
    for number, colour in enumerate(COLOURS)
    for row in (
        product(f"named {colour}", f"Lamp {colour}", "Lumen", "Lamps", 20 + number),
        product(f"made by {colour}", "Lamp", colour.title(), "Lamps", 20 + number),
    )
]
QUERIES = [f"lamp {colour}" for colour in COLOURS]


@pytest.fixture(scope="module")
def ranker(tmp_path_factory: pytest.TempPathFactory) -> Ranker:
    folder = tmp_path_factory.mktemp("index")
    index_products(SHELF, folder)
    return Ranker(open_version((folder / "current").resolve()))


def first(ranker: Ranker, query: str) -> str:
    return ranker.ranked(WEIGHTS, [query])[query][0]


def second(ranker: Ranker, query: str) -> str:
    return ranker.ranked(WEIGHTS, [query])[query][1]


def test_what_visitors_prefer_is_learned_and_holds_for_queries_that_were_not_fitted(ranker: Ranker) -> None:
    earlier = clicks_of([(query, second(ranker, query), 2) for query in QUERIES[::2] for _ in range(20)])
    later = clicks_of([(query, second(ranker, query), 2) for query in QUERIES[1::2] for _ in range(20)])
    found = compare(ranker, earlier, later, WEIGHTS)
    assert found.weights != WEIGHTS
    assert found.before < 0.7 and found.after == pytest.approx(1), "the clicked one was second and is first"
    assert found.is_better
    assert found.message.startswith("Better: fitted on 240 clicks")


def test_clicks_on_what_is_first_change_nothing(ranker: Ranker) -> None:
    clicks = clicks_of([(query, first(ranker, query), 1) for query in QUERIES])
    found = compare(ranker, clicks, clicks, WEIGHTS)
    assert found.weights == WEIGHTS
    assert not found.is_better
    assert found.message.startswith("Not better beyond chance, so not published")


def test_what_was_learned_from_a_passing_taste_is_not_published(ranker: Ranker) -> None:
    earlier = clicks_of([(query, second(ranker, query), 2) for query in QUERIES])
    later = clicks_of([(query, first(ranker, query), 1) for query in QUERIES])
    found = compare(ranker, earlier, later, WEIGHTS)
    assert found.weights != WEIGHTS
    assert found.after < found.before and not found.is_better


def test_weights_of_another_version_of_the_code_keep_what_is_known() -> None:
    assert weights_of({"title": 4, "no_such_weight": 1.0}) == replace(WEIGHTS, title=4.0)


@pytest.fixture
def shop(database: str, tmp_path: Path) -> tuple[str, Path]:
    """A warehouse with the shelf, whose visitors click what the ranking shows second, and its index."""
    create_marts(database, "dim_products", "fct_searches")
    insert(database, "dim_products", [
        {name: row[name] for name in ("product_id", "title", "brand", "category", "price_amount", "currency")}
        | {"is_in_stock": True, "is_published": True, "abc_class": "C"} for row in SHELF
    ])  # fmt: skip
    build_search_index(database, tmp_path)
    ranker = Ranker(open_version((tmp_path / "current").resolve()))
    at = datetime.now(UTC)
    rows = []
    for number in range(3 * FEWEST_CLICKS):
        day = at - timedelta(days=3 if number % 2 else 20)
        query = QUERIES[number % len(QUERIES)]
        rows.append({
            "search_id": str(number), "visitor_id": f"v{number}", "search_term": query, "has_click": True,
            "first_click_rank": 2, "first_clicked_product_id": second(ranker, query), "searched_at": day,
            "search_date": day.date(),
        })  # fmt: skip
    insert(database, "fct_searches", rows)
    return database, tmp_path


@pytest.mark.services
def test_better_weights_are_published_and_used_by_the_next_index(shop: tuple[str, Path]) -> None:
    url, index_dir = shop
    query = QUERIES[0]
    [before, clicked] = [hit["product_id"] for hit in SearchIndex(index_dir).search(query).hits[:2]]
    told: list[str] = []
    found = refit(url, index_dir, told.append)
    assert found.is_better and told
    with psycopg.connect(url) as connection:
        assert published_weights(connection) == found.weights
        [kept] = connection.execute(
            "select is_published, clicks_count, held_out_clicks_count, score_after > score_before"
            " from serving.search_weights"
        ).fetchall()
    assert kept == (True, found.clicks, found.held_out_clicks, True)

    build_search_index(url, index_dir)
    assert SearchIndex(index_dir).search(query).hits[0]["product_id"] == clicked

    publish_built_in(url)
    build_search_index(url, index_dir)
    assert SearchIndex(index_dir).search(query).hits[0]["product_id"] == before


@pytest.mark.services
def test_few_clicks_and_a_missing_index_are_told(database: str, tmp_path: Path, shop: tuple[str, Path]) -> None:
    with pytest.raises(IndexMissingError, match="comptoir search index"):
        refit(database, tmp_path / "nowhere")
    with psycopg.connect(database) as connection:
        connection.execute("delete from marts.fct_searches where search_id::integer >= 300")
    with pytest.raises(TooFewClicksError, match="150 clicks in results to fit on and 150 of the last week"):
        refit(database, tmp_path)
