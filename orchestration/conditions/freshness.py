"""What people read and is older than promised, and checks that a schedule should have evaluated."""

from __future__ import annotations

from datetime import datetime, timedelta

import dagster as dg
from dagster._core.definitions.freshness import FreshnessState
from dagster._utils.schedules import get_latest_completed_cron_tick

from alerting.condition import DATA_ENGINEERING, Condition
from comptoir.settings import Settings
from orchestration.conditions.checks import Records
from orchestration.conditions.links import asset_link

LATEST_END = timedelta(hours=3)  # a scheduled run has ended by then
REPAIR = timedelta(minutes=30)  # a platform that was switched off catches up first


def stale_assets(instance: dg.DagsterInstance, graph: dg.AssetGraph, settings: Settings) -> list[Condition]:
    """A condition for each asset that breaks its freshness policy. What already says why comes first."""
    keys = [node.key for node in graph.asset_nodes if node.freshness_policy is not None]
    states = instance.get_freshness_state_records(keys)
    found = []
    for key in sorted(states, key=lambda one: one.path):
        if states[key].freshness_state is not FreshnessState.FAIL:
            continue
        name = ".".join(key.path)
        found.append(
            Condition(
                key=f"stale/{name}",
                title=f"{name} is older than promised",
                cause=f"{name} was not materialised as its freshness policy asks: its readers see old figures.",
                owners=tuple(dict.fromkeys((*graph.get(key).owners, DATA_ENGINEERING))),
                link=asset_link(settings.dagster_url, key),
                patience=REPAIR,
                caused_by=("run/*", "schedule/*", "gate/*", "dagster/*", "postgres/*"),
            )
        )
    return found


def overdue_checks(
    repository: dg.RepositoryDefinition, records: Records, settings: Settings, now: datetime
) -> list[Condition]:
    """A condition for each scheduled job with checks that were last evaluated before its last scheduled time."""
    found = []
    for schedule in repository.schedule_defs:
        cron, timezone = str(schedule.cron_schedule), schedule.execution_timezone or "UTC"
        due = get_latest_completed_cron_tick(cron, now - LATEST_END, timezone)
        asset_layer = repository.get_job(schedule.job_name).asset_layer
        keys = asset_layer.asset_graph.asset_check_keys & records.keys()
        late = sorted(key.to_user_string() for key in keys if records[key].create_timestamp < due.timestamp())
        # all of them: the job did not run, which its schedule's or its run's alert says
        if late:
            shown = ", ".join(late[:5]) + (f" and {len(late) - 5} more" if len(late) > 5 else "")
            cause = (
                f"{len(late)} checks of {schedule.job_name} were not evaluated since {due:%Y-%m-%d %H:%M} UTC: {shown}."
            )
            job = schedule.job_name
            found.append(
                Condition(
                    key=f"overdue/{job}",
                    title=f"checks of {job} are overdue",
                    cause=cause,
                    link=f"{settings.dagster_url}/jobs/{job}",
                    caused_by=(f"run/{job}", f"schedule/{schedule.name}", "gate/*", "dagster/*", "postgres/*"),
                )
            )
    return found
