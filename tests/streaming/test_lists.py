from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from streaming.lists import NEIGHBOUR_LISTS, VISITOR_LISTS, ProductList
from tests.support.serving import product_list

pytestmark = pytest.mark.services


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def shown(connection: psycopg.Connection, visitor: str) -> list[tuple[int, str, float, str]]:
    return connection.execute(
        "select rank, product_id, score, reason from serving.recommendations where visitor_id = %s order by rank",
        [visitor],
    ).fetchall()


def test_a_list_is_read_row_by_row_with_its_own_or_its_only_reason(connection: psycopg.Connection) -> None:
    when = datetime(2026, 11, 1, 12, tzinfo=UTC)
    own = ProductList(("v", "home"), ["a", "b"], [2.5, 1.0], ['seen with "x", y', "NULL"], "m", when)
    VISITOR_LISTS.replace(connection, [own, product_list(("w", "home"), ["c", "d"], "popular")])
    assert shown(connection, "v") == [(1, "a", 2.5, 'seen with "x", y'), (2, "b", 1.0, "NULL")]
    assert shown(connection, "w") == [(1, "c", 1.0, "popular"), (2, "d", 0.5, "popular")]
    assert connection.execute(
        "select distinct computed_at from serving.recommendations where visitor_id = 'v'"
    ).fetchall() == [(when,)]


def test_a_new_list_takes_the_place_of_the_old_one_and_an_empty_one_removes_it(connection: psycopg.Connection) -> None:
    VISITOR_LISTS.replace(connection, [product_list(("v", slot), ["a", "b", "c"]) for slot in ("home", "cart")])
    VISITOR_LISTS.replace(connection, [product_list(("v", "home"), ["z"]), product_list(("v", "cart"), [])])
    assert [product for _, product, _, _ in shown(connection, "v")] == ["z"]


@pytest.mark.parametrize(
    "broken",
    [
        {"product_ids": ["a", "a"]},
        {"scores": [1.0]},
        {"reasons": ["one", ""]},
        {"reasons": ["one", "two", "three"]},
        {"product_ids": ["a", None]},
    ],
)
def test_the_database_refuses_a_list_that_is_none(connection: psycopg.Connection, broken: dict[str, list]) -> None:
    wrong = product_list(("v", "home"), ["a", "b"])
    for name, value in broken.items():
        setattr(wrong, name, value)
    with pytest.raises(psycopg.errors.CheckViolation):
        VISITOR_LISTS.replace(connection, [wrong])


def test_a_product_is_no_neighbour_of_itself(connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        NEIGHBOUR_LISTS.replace(connection, [product_list(("a", "similar"), ["b", "a"])])
