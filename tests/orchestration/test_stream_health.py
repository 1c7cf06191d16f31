"""The stream as Dagster sees it: from its heartbeat and its tables, without a run."""

from __future__ import annotations

import dagster as dg
import psycopg
import pytest

from comptoir.settings import Settings
from orchestration.defs.stream import counts_equal_recompute, no_poison_records, observe_stream, stream_heartbeat
from orchestration.stream_health import StreamHealth, read_stream_health
from streaming.lists import TRENDING_LISTS
from tests.support.serving import product_list

DETAILS = '{"read_until": [{"clicks.v1": {"0": 40, "1": 2}}], "newest": [{"clicks.v1": {"0": 45, "1": 2}}]}'


def beat(database_url: str, seconds_ago: float, details: str = DETAILS) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into ops.heartbeats (process, beat_at, details)"
            " values ('stream', now() - make_interval(secs => %s), %s)",
            [seconds_ago, details],
        )


def recommend(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        TRENDING_LISTS.replace(connection, [product_list(("",), ["8001"])])


def watch(database_url: str) -> dg.SensorResult:
    return observe_stream(Settings(postgres_url=database_url))


@pytest.mark.services
@pytest.mark.parametrize(
    ("seconds_ago", "passed", "message"),
    [(3, True, "last heartbeat was"), (3600, False, "last heartbeat is 36"), (None, False, "never")],
)
def test_the_check_fails_when_the_heartbeat_is_old_or_missing(
    database: str, seconds_ago: float | None, passed: bool, message: str
) -> None:
    if seconds_ago is not None:
        beat(database, seconds_ago)
    found = stream_heartbeat(settings=Settings(postgres_url=database))

    assert isinstance(found, dg.AssetCheckResult)
    assert found.passed is passed
    assert message in (found.description or "")
    lag = (found.metadata or {}).get("events not read yet")
    assert ("unknown since" in str(lag)) is (seconds_ago == 3600)  # what a dead stream said last is no lag


@pytest.mark.services
def test_the_sensor_reports_rows_newest_event_and_lag_of_each_table(database: str) -> None:
    beat(database, 1)
    recommend(database)
    events = {event.asset_key.to_user_string(): event for event in watch(database).asset_events[2:]}

    assert set(events) == {"serving/recommendations", "serving/product_neighbours", "serving/trending"}
    trending = events["serving/trending"].metadata
    assert trending["dagster/row_count"].value == 1
    assert trending["events not read yet"].value == 5
    assert trending["newest event"].value == 1793534400.0
    assert "newest event" not in events["serving/recommendations"].metadata


@pytest.mark.services
def test_the_sensor_evaluates_the_heartbeat_check_without_a_run(database: str) -> None:
    evaluation, *_ = watch(database).asset_events

    assert isinstance(evaluation, dg.AssetCheckEvaluation)
    assert (evaluation.asset_key.to_user_string(), evaluation.check_name) == (
        "serving/recommendations",
        "stream_heartbeat",
    )
    assert not evaluation.passed


@pytest.mark.services
def test_a_stream_that_has_not_read_yet_has_no_lag(database: str) -> None:
    beat(database, 1, details="{}")
    assert read_stream_health(database).lag is None


@pytest.mark.services
def test_a_count_that_raw_does_not_explain_fails_the_recount_and_is_shown(database: str) -> None:
    settings = Settings(postgres_url=database)
    assert counts_equal_recompute(settings=settings).passed

    with psycopg.connect(database) as connection:
        connection.execute(
            "insert into serving.pair_counts (product_id, neighbour_id, week_start, similar_weight, together_weight)"
            " values ('8001', '8002', '2026-11-23', 1000, 0)"
        )
    found = counts_equal_recompute(settings=settings)

    assert not found.passed
    assert "serving.pair_counts" in (found.description or "")
    assert "8002" in str(found.metadata["differences"].value)


@pytest.mark.services
def test_a_record_set_apart_warns_with_its_place_and_reason(database: str) -> None:
    settings = Settings(postgres_url=database)
    assert no_poison_records(settings=settings).passed
    with psycopg.connect(database) as connection:
        connection.execute(
            'insert into serving.poison_records (query_name, topic, "partition", "offset", event_id, reason)'
            " select 'recommendations', 'clicks.v1', 0, n, 'e' || n, 'RaiseException: no room'"
            " from generate_series(1, 30) as n"
        )
    _, watched, *_ = watch(database).asset_events
    assert isinstance(watched, dg.AssetCheckEvaluation)
    for found in (no_poison_records(settings=settings), watched):
        assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
        assert (found.description or "").startswith("30 records could not be counted, the newest because of RaiseExc")
        assert str(found.metadata["records"].value).count("no room") == 20


def test_a_stream_is_alive_for_a_minute_after_its_last_beat() -> None:
    assert StreamHealth(60.0, {}).is_alive
    assert not StreamHealth(60.1, {}).is_alive
