"""What the daily look at the shop's own metrics found: figures past their limits, and unusual days."""

from __future__ import annotations

import psycopg

from alerting.condition import Condition
from alerting.reports import read_report
from comptoir.settings import Settings

SOURCE = "metrics"


def look_at_shop_metrics(settings: Settings, connection: psycopg.Connection) -> list[Condition]:
    """The conditions of the newest look, however old: an asset that looks no more is an alert of its own.

    Raises psycopg.Error.
    """
    report = read_report(connection, SOURCE)
    return report.conditions if report else []
