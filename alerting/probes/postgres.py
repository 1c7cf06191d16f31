"""Postgres away: kept in a file, because the alerts' own tables are away with it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import psycopg

from alerting.condition import Condition, Severity

KEY = "postgres/away"
PATIENCE = timedelta(seconds=45)  # a restart is no alert


def postgres_away(error: psycopg.OperationalError) -> Condition:
    """The condition while no connection can be made."""
    reason = " ".join(str(error).split()) or type(error).__name__
    return Condition(
        key=KEY,
        title="Postgres does not answer",
        cause=f"The warehouse cannot be reached: {reason} What needs it stands still until it is back.",
        patience=PATIENCE,
    )


@dataclass
class Outage:
    """An outage of Postgres as it is kept in `file`: since when, why, and which channels know."""

    file: Path
    since: datetime
    condition: Condition
    told: list[str] = field(default_factory=list)

    def save(self) -> None:
        """Write the file, in one step."""
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = {"since": self.since.isoformat(), "title": self.condition.title, "cause": self.condition.cause}
        scratch = self.file.with_suffix(".new")
        scratch.write_text(json.dumps(found | {"told": self.told}))
        scratch.replace(self.file)


def load_outage(file: Path) -> Outage | None:
    """The outage that `file` keeps, also that of an earlier process; None without one."""
    try:
        found = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return None
    condition = Condition(KEY, found["title"], found["cause"], patience=PATIENCE)
    return Outage(file, datetime.fromisoformat(found["since"]), condition, list(found["told"]))


def enter_outage(connection: psycopg.Connection, outage: Outage, now: datetime) -> None:
    """Write an outage that was told into ops.alerts, as an open alert; it is then closed and told as any other.

    Raises psycopg.Error; the file is deleted when the rows are committed.
    """
    condition = outage.condition
    with connection.transaction():
        row = connection.execute(
            "insert into ops.alerts (key, severity, title, cause, owners, seen_since, last_seen_at, opened_at)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing returning alert_id",
            [
                condition.key,
                Severity.ERROR.value,
                condition.title,
                condition.cause,
                list(condition.owners),
                outage.since,
                now,
                outage.since,
            ],
        ).fetchone()
        for channel in outage.told if row else []:
            connection.execute(
                "insert into ops.alert_messages (alert_id, channel, event, created_at, not_before, attempts, sent_at)"
                " values (%s, %s, 'opened', %s, %s, 1, %s)",
                [row[0] if row else None, channel, outage.since, outage.since, now],
            )
    outage.file.unlink(missing_ok=True)


def new_outage(file: Path, error: psycopg.OperationalError, now: datetime) -> Outage:
    """An outage that begins at `now`."""
    return Outage(file, now, postgres_away(error))
