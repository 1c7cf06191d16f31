"""Schedules and sensors whose last tick failed or that have not ticked, and parts of the daemon that stand still."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import dagster as dg
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import InstigatorState, InstigatorStatus, InstigatorTick, TickStatus
from dagster._utils.schedules import get_latest_completed_cron_tick

from alerting.condition import Condition
from comptoir.settings import Settings

GRACE = timedelta(minutes=10)  # a tick that waits for a code server that starts
SENSOR_INTERVALS = 10  # that a sensor may miss
MAX_REASON = 1_000  # characters
OWN = "alert_watch"  # its silence is seen by the watcher


def broken_ticks(
    instance: dg.DagsterInstance, repository: dg.RepositoryDefinition, settings: Settings, now: datetime
) -> list[Condition]:
    """A condition for each running schedule or sensor of ours that failed or is silent."""
    found = []
    schedules = {schedule.name: schedule for schedule in repository.schedule_defs}
    sensors = {sensor.name: sensor for sensor in repository.sensor_defs}
    for name, state in _newest_states(instance).items():
        if state.status is InstigatorStatus.STOPPED or name == OWN or name not in schedules.keys() | sensors.keys():
            continue
        ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=2)
        ended = next((tick for tick in ticks if tick.status is not TickStatus.STARTED), None)
        is_schedule = state.instigator_type is InstigatorType.SCHEDULE
        kind = "schedule" if is_schedule else "sensor"
        link = f"{settings.dagster_url}/automation"
        if ended and ended.status is TickStatus.FAILURE:
            error = " ".join(ended.error.message.split())[:MAX_REASON] if ended.error else "no reason was kept"
            cause = f"The last tick of {kind} {name} failed: {error}"
            found.append(Condition(f"{kind}/{name}", f"{kind} {name} fails", cause, link=link))
            continue
        due = (
            _due(schedules[name], now)
            if is_schedule
            else now - timedelta(seconds=SENSOR_INTERVALS * (sensors[name].minimum_interval_seconds or 30))
        )
        if _is_silent(state, ticks, due, now):
            cause = f"{kind} {name} should have ticked at {due:%Y-%m-%d %H:%M} UTC at the latest, and has not."
            found.append(
                Condition(
                    f"{kind}/{name}", f"{kind} {name} is silent", cause, link=link, caused_by=("dagster/*",),
                    patience=timedelta(minutes=2),
                )
            )  # fmt: skip
    return found


def dead_daemons(instance: dg.DagsterInstance, settings: Settings) -> list[Condition]:
    """One condition for all parts of Dagster's daemon without a recent heartbeat."""
    statuses = instance.get_daemon_statuses().values()
    dead = sorted(one.daemon_type.lower() for one in statuses if one.required and not one.healthy)
    if not dead:
        return []
    return [
        Condition(
            key="dagster/parts",
            title="parts of Dagster's daemon stand still",
            cause=f"Without a recent heartbeat: {', '.join(dead)}. What they do is not done.",
            link=f"{settings.dagster_url}/deployment/daemons",
            patience=timedelta(minutes=3),
        )
    ]


def _newest_states(instance: dg.DagsterInstance) -> Mapping[str, InstigatorState]:
    """By name; a state of an earlier code location of the same name is older."""
    found: dict[str, InstigatorState] = {}
    for state in instance.all_instigator_state():
        found.setdefault(state.name, state)
    return found


def _due(schedule: dg.ScheduleDefinition, now: datetime) -> datetime:
    """When the schedule should have ticked last."""
    cron, timezone = str(schedule.cron_schedule), schedule.execution_timezone or "UTC"
    return get_latest_completed_cron_tick(cron, now - GRACE, timezone)


def _is_silent(state: InstigatorState, ticks: list[InstigatorTick], due: datetime, now: datetime) -> bool:
    data = state.instigator_data
    started = getattr(data, "start_timestamp", None) or getattr(data, "last_sensor_start_timestamp", None)
    known = max([tick.timestamp for tick in ticks], default=started)
    if known is None or (started is not None and started > due.timestamp()):
        return False  # it has not been on for long enough to know
    return known < due.timestamp() and now > due
