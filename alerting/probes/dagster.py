"""What Dagster's sensor reports about runs, checks and ticks, and whether it still does."""

from __future__ import annotations

from datetime import timedelta

import psycopg

from alerting.condition import Condition
from alerting.reports import read_report
from comptoir.settings import Settings

SOURCE = "dagster"
KINDS = ("run", "gate", "check", "overdue", "stale", "schedule", "sensor")
OLDEST = timedelta(minutes=5)  # the sensor reports every minute
START = timedelta(minutes=3)  # a start on a busy small machine


class ReportTooOldError(RuntimeError):
    """Nothing is known of what Dagster does; `condition` says since when."""

    def __init__(self, condition: Condition) -> None:
        super().__init__(condition.cause)
        self.condition = condition


def look_at_dagster(settings: Settings, connection: psycopg.Connection) -> list[Condition]:
    """The conditions of the newest report. Raises ReportTooOldError when Dagster reports no more, psycopg.Error."""
    if not settings.schedules_run:
        return []  # the sensor waits until it is switched on, as the schedules do
    report = read_report(connection, SOURCE)
    if report is not None and report.age <= OLDEST.total_seconds():
        return report.conditions
    since = f"for {report.age / 60:.0f} min" if report else "since it was installed"
    raise ReportTooOldError(
        Condition(
            key="dagster/daemon",
            title="Dagster's daemon stands still",
            cause=f"Dagster has evaluated none of its sensors {since}: its daemon or its code server is gone, or the "
            "sensor alert_watch fails or was stopped. Nothing scheduled runs.",
            caused_by=("postgres/*",),
            patience=START,
        )
    )
