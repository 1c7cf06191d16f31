"""Requests of persons about their data: whether each is answered within the month that the law gives."""

from __future__ import annotations

import psycopg

from alerting.condition import Condition, Severity
from comptoir.settings import Settings
from privacy.deadlines import read_deadlines


def look_at_privacy(settings: Settings, connection: psycopg.Connection) -> list[Condition]:
    """Requests that are late, or will be soon; one condition, the graver. Raises psycopg.Error."""
    found = read_deadlines(connection)
    if found.late_count:
        return [Condition("privacy/late", "requests of persons about their data are late", found.message)]
    if found.near_count:
        title = "requests of persons about their data are due soon"
        return [Condition("privacy/due", title, found.message, Severity.WARNING)]
    return []
