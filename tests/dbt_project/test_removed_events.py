"""Events that were taken out of raw: a backfill of their day builds what is left of their visits."""

from __future__ import annotations

import psycopg
import pytest

from tests.dbt_project.test_late_events import EVENT_MODELS, TABLES, rows_of
from tests.support.demo_days import Dbt
from tests.support.warehouse_fixtures import query

pytestmark = pytest.mark.services

VISITS = "select session_id, session_date::text, events_count from marts.fct_sessions where visitor_id = 'visitor-a'"


def backfill_only(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COMPTOIR_BACKFILL_FROM", "COMPTOIR_BACKFILL_TO"):
        monkeypatch.setenv(name, day)


def test_the_rest_of_a_visit_over_midnight_is_a_visit_of_the_next_day(
    small_shop_copy: tuple[str, Dbt], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, dbt = small_shop_copy
    assert sorted(query(url, VISITS))[0] == ("a1", "2026-03-28", 5)

    with psycopg.connect(url) as connection:
        connection.execute("delete from raw_clickstream.events where event_id = 'a1'")
    backfill_only("2026-03-28", monkeypatch)
    dbt("run", "--select", *EVENT_MODELS)
    assert sorted(query(url, VISITS))[0] == ("a2", "2026-03-29", 4)
    backfilled = {table: rows_of(url, table) for table in TABLES}
    dbt("run", "--select", *EVENT_MODELS, "--full-refresh")
    for table in TABLES:
        assert rows_of(url, table) == backfilled[table], table


def test_what_cannot_be_read_again_stays(small_shop_copy: tuple[str, Dbt], monkeypatch: pytest.MonkeyPatch) -> None:
    """An event of the day that arrived on another, whose events are in the archive."""
    url, dbt = small_shop_copy
    with psycopg.connect(url) as connection:
        connection.execute("delete from raw_clickstream.events_20260328")
        connection.execute(
            "insert into ops.archived_days (day, path, rows_count, checksum, bytes_count)"
            " values ('2026-03-28', 'day=2026-03-28', 5, '', 1)"
        )
    before = query(url, "select count(*) from staging.stg_clickstream__events where event_date = '2026-03-29'")
    backfill_only("2026-03-29", monkeypatch)
    dbt("run", "--select", "stg_clickstream__events")
    assert query(url, "select count(*) from staging.stg_clickstream__events where event_date = '2026-03-29'") == before
