"""The jobs and schedules: what each runs, when, and what waits for what."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg

from comptoir.repository import REPOSITORY
from orchestration.defs.automation import NOT_DAILY
from orchestration.defs.clickstream import clickstream_landing
from tests.support.dagster_steps import GATES, steps


def test_the_daily_job_does_everything_that_can_be_done_in_a_run(
    definitions: dg.Definitions, graph: dg.AssetGraph
) -> None:
    daily = set(definitions.resolve_job_def("daily").asset_layer.selected_asset_keys)
    assert daily == set(graph.executable_asset_keys) - set(NOT_DAILY)
    assert {*GATES, "serving__recommendations_stream_heartbeat"} <= set(steps(definitions, "daily"))
    assert "serving__recommendations_counts_equal_recompute" not in steps(definitions, "daily")


def test_the_frequent_job_lands_clicks_and_nothing_else(definitions: dg.Definitions) -> None:
    assert set(steps(definitions, "clickstream")) == {"clickstream_landing"}


def test_a_refresh_brings_the_sources_to_the_marts_through_the_gates_and_publishes_nothing(
    definitions: dg.Definitions,
) -> None:
    known, daily = steps(definitions, "refresh"), steps(definitions, "daily")
    loading = {"shop_sync", "clickstream_landing", "pii__click_pseudonyms", "source_freshness"}
    assert loading | {*GATES, "dbt_staging", "dbt_marts"} <= set(known) <= set(daily)
    assert not [step for step in known if step.startswith(("bi__", "serving__", "storefront__", "archive__"))]
    assert known["dbt_staging"] == daily["dbt_staging"] and known["gate_marts"] == daily["gate_marts"]
    assert "refresh_schedule" not in [one.name for one in definitions.get_repository_def().schedule_defs], "off"


REFRESH = """
import sys
import dagster as dg
from orchestration.definitions import defs

repository = defs().get_repository_def()
schedule = repository.get_schedule_def("refresh_schedule")
print(schedule.cron_schedule)
with dg.DagsterInstance.local_temp(sys.argv[1]) as instance:
    def tick():
        context = dg.build_schedule_context(instance, repository_def=repository)
        found = schedule.evaluate_tick(context)
        return len(found.run_requests), found.skip_message

    print(*tick())
    instance.create_run_for_job(repository.get_job("daily"), status=dg.DagsterRunStatus.STARTED)
    print(*tick())
"""


def test_a_refresh_waits_for_no_run_but_leaves_out_a_time(tmp_path: Path) -> None:
    environment = {**os.environ, "COMPTOIR_REFRESH_MINUTES": "15"}
    process = subprocess.run(
        [sys.executable, "-c", REFRESH, str(tmp_path)], cwd=REPOSITORY, env=environment, capture_output=True, text=True
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout.splitlines() == ["*/15 * * * *", "1 None", "0 daily has not ended"]


def test_schedules_and_sensors_resolve(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    schedules = {schedule.name: schedule for schedule in repository.schedule_defs}
    assert schedules["daily_schedule"].cron_schedule == "0 5 * * *"
    assert schedules["daily_schedule"].execution_timezone == "Europe/Paris"
    assert schedules["clickstream_schedule"].cron_schedule == "*/5 * * * *"
    assert schedules["weekly_report_schedule"].cron_schedule == "0 8 * * 1", "Monday, when the daily run is over"
    assert [sensor.name for sensor in repository.sensor_defs] == ["alert_watch", "stream_watch"]


def test_every_job_has_a_time_limit_and_the_landing_comes_first(definitions: dg.Definitions) -> None:
    jobs = [job for job in definitions.get_repository_def().get_all_jobs() if not job.name.startswith("__")]
    limits = {job.name: int(job.tags["dagster/max_runtime"]) for job in jobs}
    priorities = {job.name: int(job.tags.get("dagster/priority", 0)) for job in jobs}
    assert all(limits.values()) and limits["clickstream"] < limits["daily"]
    assert max(priorities, key=lambda name: priorities[name]) == "clickstream"
    assert clickstream_landing.op.pool is None  # one would be held by the daily run to its end
