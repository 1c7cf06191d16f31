"""What only another process can see: it writes its conditions into ops.alert_reports, the watcher reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg.types.json import Jsonb

from alerting.condition import Condition, condition_of


@dataclass(frozen=True)
class Report:
    """The newest report of a source: its age in seconds, and what it found."""

    age: float
    conditions: list[Condition]


def write_report(database_url: str, source: str, conditions: Sequence[Condition]) -> None:
    """Replace the report of `source`. Raises psycopg.Error."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into ops.alert_reports (source, reported_at, conditions) values (%s, now(), %s)"
            " on conflict (source) do update set reported_at = now(), conditions = excluded.conditions",
            [source, Jsonb([condition.as_json() for condition in conditions], dumps=_dumps)],
        )


def read_report(connection: psycopg.Connection, source: str) -> Report | None:
    """The newest report of `source`; None when it has never reported. Raises psycopg.Error."""
    row = connection.execute(
        "select extract(epoch from now() - reported_at)::float8, conditions from ops.alert_reports where source = %s",
        [source],
    ).fetchone()
    return Report(row[0], [condition_of(found) for found in row[1]]) if row else None


def _dumps(value: object) -> str:
    return json.dumps(value, default=str)
