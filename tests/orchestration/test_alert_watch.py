"""The sensor alert_watch: what it reports is told, and it looks in the watcher's place when that is gone."""

import json
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from alerting.outbox import FAILS_AFTER
from alerting.probes.dagster import SOURCE
from alerting.reports import read_report
from comptoir.settings import Settings
from orchestration.defs.alerts import read_watcher_state, watch

pytestmark = pytest.mark.services


@dg.asset(key=["marts", "sales"], owners=["team:bi"])
def sales() -> None:
    raise RuntimeError("the shop is closed")


DEFINITIONS = dg.Definitions(
    assets=[sales], jobs=[dg.define_asset_job("daily", dg.AssetSelection.all(), executor_def=dg.in_process_executor)]
)


def evaluate(instance: dg.DagsterInstance, settings: Settings, cursor: str | None = None) -> dg.SensorResult:
    repository = DEFINITIONS.get_repository_def()
    with dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=repository) as context:
        return watch(context, settings)


def test_a_failed_run_is_reported_and_told_by_the_sensor_itself_while_the_watcher_is_gone(
    database: str, tmp_path: Path
) -> None:
    settings = Settings(postgres_url=database, data_dir=tmp_path, watched_processes=[])
    with dg.instance_for_test() as instance:
        DEFINITIONS.resolve_job_def("daily").execute_in_process(instance=instance, raise_on_error=False)
        first = evaluate(instance, settings)
        with psycopg.connect(database) as connection:
            report = read_report(connection, SOURCE)
        assert report and {one.key: one.cause for one in report.conditions}["run/daily"].endswith("the shop is closed")
        told = (tmp_path / "alerts" / "alerts.log").read_text()
        assert "ERROR the last run of daily failed" in told and "marts__sales: the shop is closed" in told

        alive, delivers = first.asset_events[:2]
        assert not alive.passed and "never run" in alive.description
        assert delivers.passed
        assert "run/daily" in first.asset_events[2].metadata["alerts"].value
        assert not evaluate(instance, settings, first.cursor).asset_events  # as before: nothing is written

        with psycopg.connect(database) as connection:
            connection.execute("insert into ops.heartbeats (process, beat_at) values ('alerts', now())")
            connection.execute(
                "update ops.alert_messages set sent_at = null, attempts = %s, last_error = 'full'", [FAILS_AFTER]
            )
        back = evaluate(instance, settings, first.cursor)
        assert back.asset_events[0].passed
        assert not back.asset_events[1].passed and "full" in back.asset_events[1].description
        assert json.loads(back.cursor or "{}")["verdicts"][0] is True
        assert read_watcher_state(database).is_alive
