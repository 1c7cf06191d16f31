"""Tables by day build a day again for what landed nowhere too: what was erased, and a term that became common."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest

from tests.support.demo_days import Dbt
from tests.support.warehouse_fixtures import insert, make_event, query

pytestmark = pytest.mark.services

MODELS = (
    "stg_clickstream__events",
    "int_events__sessionized",
    "int_identities__stitched",
    "int_product_events__exploded",
    "fct_sessions",
    "fct_searches",
    "fct_landings",
    "mart_funnel_daily",
    "mart_landing_pages",
    "mart_search_terms",
)
BY_DAY = {"fct_landings": "session_date", "mart_funnel_daily": "session_date", "mart_search_terms": "search_date"}
TERMS = "select search_date, search_term, searches_count from marts.mart_search_terms where search_term = any(%s)"
FEW = "(few visitors)"


def test_days_of_erased_visits_and_searches_are_built_again(small_shop_copy: tuple[str, Dbt]) -> None:
    url, dbt = small_shop_copy
    _search(url, dbt, ["eve"], "2026-03-27")
    before = {table: _rows(url, table, day) for table, day in BY_DAY.items()}
    with psycopg.connect(url) as connection:  # as an erasure does
        for table in (
            "raw_clickstream.events",
            "staging.stg_clickstream__events",
            "intermediate.int_events__sessionized",
        ):
            column = "anonymous_id" if table.startswith("raw") else "visitor_id"
            connection.execute(f"delete from {table} where {column} = 'eve'")
        connection.execute("delete from marts.fct_sessions where visitor_id = 'eve'")
        connection.execute("delete from marts.fct_searches where visitor_id = 'eve'")
    dbt("run", "--select", *MODELS)
    for table, day in BY_DAY.items():
        # hers was all of that day
        assert _rows(url, table, day) == [row for row in before[table] if row[0] != date(2026, 3, 27)] != before[table]


def test_a_term_is_named_on_all_its_days_once_five_have_searched_for_it_and_on_none_when_one_is_gone(
    small_shop_copy: tuple[str, Dbt],
) -> None:
    url, dbt = small_shop_copy
    _search(url, dbt, ["p1", "p2", "p3", "p4"], "2026-03-26")
    assert {term for _, term, _ in _terms(url)} == {FEW}
    _search(url, dbt, ["p5"], "2026-03-25")
    named = [(date(2026, 3, 25), "soldering iron", 1), (date(2026, 3, 26), "soldering iron", 4)]
    assert [row for row in _terms(url) if row[1] != FEW] == named
    with psycopg.connect(url) as connection:
        connection.execute("delete from marts.fct_searches where visitor_id = 'p5'")
    dbt("run", "--select", "mart_search_terms")
    assert {term for _, term, _ in _terms(url)} == {FEW}


def _search(url: str, dbt: Dbt, visitors: list[str], day: str) -> None:
    with psycopg.connect(url) as connection:
        for visitor in visitors:
            at, query_properties = f"{day}T10:00:00Z", {"query": "Soldering  iron", "results_count": 3}
            event = make_event(f"s-{visitor}", visitor, "Products Searched", at, **query_properties)
            # there is a partition for that day
            insert(connection, "raw_clickstream.events", **event | {"received_at": "2026-03-29T12:00:00Z"})
    dbt("run", "--select", *MODELS)


def _rows(url: str, table: str, day: str) -> list[tuple[Any, ...]]:
    return query(url, f"select {day}, * from marts.{table} order by 1, 2, 3, 4, 5")


def _terms(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(TERMS + " order by 1, 2", [["soldering iron", FEW]]).fetchall()
