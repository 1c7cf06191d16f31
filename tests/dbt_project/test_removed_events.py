"""Events that were taken out of raw: a backfill of their day builds what is left of their visits."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from tests.dbt_project.test_late_events import EVENT_MODELS, TABLES, rows_of
from tests.support.demo_days import Dbt
from tests.support.warehouse_fixtures import built_small_shop, copy_database, query

pytestmark = pytest.mark.services

VISITS = "select session_id, session_date::text, events_count from marts.fct_sessions where visitor_id = 'visitor-a'"


def test_the_rest_of_a_visit_over_midnight_is_a_visit_of_the_next_day(
    postgres_server: str,
    make_database: Callable[[], str],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = copy_database(postgres_server, make_database, built_small_shop(make_database, tmp_path_factory))
    dbt = Dbt(url, str(tmp_path_factory.mktemp("dbt")), monkeypatch)
    assert sorted(query(url, VISITS))[0] == ("a1", "2026-03-28", 5)

    with psycopg.connect(url) as connection:
        connection.execute("delete from raw_clickstream.events where event_id = 'a1'")
    for name in ("COMPTOIR_BACKFILL_FROM", "COMPTOIR_BACKFILL_TO"):
        monkeypatch.setenv(name, "2026-03-28")
    dbt("run", "--select", *EVENT_MODELS)
    assert sorted(query(url, VISITS))[0] == ("a2", "2026-03-29", 4)
    backfilled = {table: rows_of(url, table) for table in TABLES}
    dbt("run", "--select", *EVENT_MODELS, "--full-refresh")
    for table in TABLES:
        assert rows_of(url, table) == backfilled[table], table


def test_what_cannot_be_read_again_stays(
    postgres_server: str,
    make_database: Callable[[], str],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An event of the day that arrived on another, whose events are in the archive."""
    url = copy_database(postgres_server, make_database, built_small_shop(make_database, tmp_path_factory))
    dbt = Dbt(url, str(tmp_path_factory.mktemp("dbt")), monkeypatch)
    with psycopg.connect(url) as connection:
        connection.execute("delete from raw_clickstream.events_20260328")
        connection.execute(
            "insert into ops.archived_days (day, path, rows_count, checksum, bytes_count)"
            " values ('2026-03-28', 'day=2026-03-28', 5, '', 1)"
        )
    before = query(url, "select count(*) from staging.stg_clickstream__events where event_date = '2026-03-29'")
    for name in ("COMPTOIR_BACKFILL_FROM", "COMPTOIR_BACKFILL_TO"):
        monkeypatch.setenv(name, "2026-03-29")
    dbt("run", "--select", "stg_clickstream__events")
    assert query(url, "select count(*) from staging.stg_clickstream__events where event_date = '2026-03-29'") == before
