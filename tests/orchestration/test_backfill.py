"""The job that builds days again: its steps, what it asks for, and what dbt is told."""

from __future__ import annotations

import os
from datetime import date

import dagster as dg
import pytest

from orchestration.backfill import Days, backfill_environment
from orchestration.definitions import defs
from tests.orchestration.test_definitions import steps

VARIABLES = ("COMPTOIR_BACKFILL_FROM", "COMPTOIR_BACKFILL_TO")


def test_a_backfill_is_a_daily_run_without_loading_that_asks_once_for_its_days() -> None:
    definitions = defs()
    waits_for = steps(definitions, "backfill")
    daily = set(steps(definitions, "daily"))
    beside = {"source_freshness", "serving__recommendations_stream_heartbeat"}
    beside |= {"serving__recommendations_no_poison_records"}
    loading = {"shop_sync", "clickstream_landing", "pii__click_pseudonyms", "archive__clickstream_events"}
    assert set(waits_for) == daily - loading - beside
    assert "pii__click_pseudonyms" in steps(definitions, "daily")["dbt_staging"]
    assert waits_for["dbt_staging"] == {"gate_raw"}
    assert waits_for["dbt_marts"] == {"dbt_staging", "gate_staging"}
    assert "gate_marts" in waits_for["serving__products"]
    job = definitions.resolve_job_def("backfill")
    days = {"first_day": "2026-10-26", "last_day": "2026-10-27"}
    resolved = dg.validate_run_config(job, days)
    assert [resolved["ops"][step]["config"] for step in ("dbt_staging", "dbt_marts")] == [days, days]
    with pytest.raises(dg.DagsterInvalidConfigError):
        dg.validate_run_config(job, {"first_day": "2026-10-26"})


def test_without_days_a_run_is_an_ordinary_one_and_dbt_is_told_nothing() -> None:
    assert Days().dates() is None
    with backfill_environment(None):
        assert not [name for name in VARIABLES if name in os.environ], "dbt would parse the models that read them anew"


def test_dbt_is_told_the_days_for_as_long_as_it_is_called() -> None:
    days = Days(first_day="2026-10-26", last_day="2026-10-27").dates()
    assert days == (date(2026, 10, 26), date(2026, 10, 27))
    with backfill_environment(days):
        assert [os.environ[name] for name in VARIABLES] == ["2026-10-26", "2026-10-27"]
    assert not [name for name in VARIABLES if name in os.environ]


@pytest.mark.parametrize(("first", "last"), [("26 October", "2026-10-27"), ("2026-10-26", ""), ("2026-02-30", "x")])
def test_a_day_that_cannot_be_read_is_refused_and_not_tried_again(first: str, last: str) -> None:
    with pytest.raises(dg.Failure, match="write each day as 2026-01-31") as refused:
        Days(first_day=first, last_day=last).dates()
    assert not refused.value.allow_retries
