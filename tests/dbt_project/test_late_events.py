"""A late event can join two visits: the increment removes the visit that no longer exists, as a full refresh does."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.support.demo_days import Dbt
from tests.support.warehouse_fixtures import insert, make_event, query

pytestmark = pytest.mark.services

VISITS = (
    "select session_id, events_count, funnel_step, has_order from marts.fct_sessions where visitor_id = 'visitor-b'"
)
TABLES = (
    "intermediate.int_events__sessionized",
    "intermediate.int_product_events__counted",
    "marts.fct_sessions",
    "marts.fct_product_interactions",
    "marts.fct_searches",
    "marts.fct_landings",
    "marts.mart_funnel_daily",
    "marts.mart_search_terms",
)
EVENT_MODELS = (
    "stg_clickstream__events",
    "int_product_events__exploded",
    *(table.rpartition(".")[2] for table in TABLES),
)


def test_a_late_event_joins_two_visits(small_shop_copy: tuple[str, Dbt]) -> None:
    url, dbt = small_shop_copy
    before = sorted(query(url, VISITS))
    assert [row[:2] for row in before] == [("b1", 2), ("b3", 1)]

    with psycopg.connect(url) as connection:
        # between the two visits, and one thirty minutes after the last event of the second: a run grows at both ends
        for event in (_late("b4", "2026-03-29T10:45:00Z"), _late("b5", "2026-03-29T11:30:01Z")):
            insert(connection, "raw_clickstream.events", **event)
    dbt("run", "--select", *EVENT_MODELS)
    assert query(url, VISITS) == [("b1", 5, 2, False)]
    increments = {table: rows_of(url, table) for table in TABLES}
    dbt("run", "--select", *EVENT_MODELS, "--full-refresh")
    for table in TABLES:
        assert rows_of(url, table) == increments[table], table


def rows_of(url: str, table: str) -> list[tuple[Any, ...]]:
    return sorted(query(url, f"select * from {table}"), key=repr)


def _late(event_id: str, at: str) -> dict[str, Any]:
    return make_event(event_id, "visitor-b", "Product Viewed", at, product_id="3") | {"is_late": True}
