"""The alerts in Postgres: opened when a condition has lasted, closed when it is gone, each told once.

One transaction brings ops.alerts to what was just seen and queues the messages (ops.alert_messages); outbox.py sends
them. A unique index allows one open alert a key, and one message an alert, channel and event.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from alerting.condition import Condition, Observed, Severity
from alerting.routing import Routing

SETTLE = timedelta(seconds=60)  # a condition is over when it was not seen for so long
LOCK = "select pg_advisory_xact_lock(hashtext('comptoir.alerts'))"


@dataclass(frozen=True)
class Changes:
    """What one look changed: keys of alerts opened and closed, and how many are open now."""

    opened: list[str]
    closed: list[str]
    open_count: int


def update_alerts(
    connection: psycopg.Connection, observed: Observed, routing: Routing, now: datetime, settle: timedelta = SETTLE
) -> Changes:
    """Bring the alerts to what was seen at `now`, and queue what has to be told. One transaction; raises psycopg.Error.

    Two watchers at once do the same as one after the other.
    """
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(LOCK)
        cursor.execute("select * from ops.alerts where closed_at is null")
        kept = {row["key"]: row for row in cursor}
        seen = {condition.key: condition for condition in observed.conditions}
        causes = [*seen, *kept]
        opened = [key for key, one in seen.items() if _see(cursor, one, kept.get(key), causes, now)]
        gone = [row for key, row in kept.items() if key not in seen]
        closed = [row["key"] for row in gone if _miss(cursor, row, observed.unknown, routing, now, settle)]
        _queue_opened(cursor, routing, now)
        _cancel_without_channel(cursor, routing, now)
        cursor.execute("select count(*) as open from ops.alerts where closed_at is null and opened_at is not null")
        count = (cursor.fetchone() or {"open": 0})["open"]
    return Changes(opened, closed, count)


def _see(cursor: Any, condition: Condition, row: dict[str, Any] | None, causes: Sequence[str], now: datetime) -> bool:
    """A condition that is there; True when it has become an alert by this look."""
    was_open = row is not None and row["opened_at"] is not None
    if not was_open and condition.is_covered_by(causes):
        if row is not None:
            cursor.execute("delete from ops.alerts where alert_id = %s", [row["alert_id"]])
        return False
    since = row["seen_since"] if row else now
    opened_at = row["opened_at"] if row and was_open else now if now - since >= condition.patience else None
    cursor.execute(
        """
        insert into ops.alerts (key, severity, title, cause, owners, rows, link, seen_since, last_seen_at, opened_at)
        values (
            %(key)s, %(severity)s, %(title)s, %(cause)s, %(owners)s, %(rows)s, %(link)s, %(now)s, %(now)s, %(opened)s
        )
        on conflict (key) where closed_at is null do update set
            severity = excluded.severity, title = excluded.title, cause = excluded.cause, owners = excluded.owners,
            rows = excluded.rows, link = excluded.link, last_seen_at = excluded.last_seen_at,
            opened_at = excluded.opened_at
        """,
        {
            "key": condition.key,
            "severity": condition.severity.value,
            "title": condition.title,
            "cause": condition.cause,
            "owners": list(condition.owners),
            "rows": Jsonb(condition.as_json()["rows"], dumps=_dumps),
            "link": condition.link,
            "now": now,
            "opened": opened_at,
        },
    )
    return opened_at is not None and not was_open


def _miss(
    cursor: Any, row: dict[str, Any], unknown: set[str], routing: Routing, now: datetime, settle: timedelta
) -> bool:
    """An alert whose condition was not seen; True when it is closed by this look."""
    alert = [row["alert_id"]]
    if row["key"].partition("/")[0] in unknown:
        cursor.execute("update ops.alerts set last_seen_at = %s where alert_id = %s", [now, *alert])
        return False
    if row["opened_at"] is None:
        cursor.execute("delete from ops.alerts where alert_id = %s", alert)
        return False
    if now - row["last_seen_at"] < settle:
        return False
    cursor.execute("update ops.alerts set closed_at = %s where alert_id = %s", [now, *alert])
    # nobody has heard of it: neither its beginning nor its end is told
    cursor.execute(
        "update ops.alert_messages set cancelled_at = %s where alert_id = %s and attempts = 0 and sent_at is null",
        [now, *alert],
    )
    cursor.execute(
        """
        insert into ops.alert_messages (alert_id, channel, event, created_at, not_before)
        select alert_id, channel, 'resolved', %(now)s, %(not_before)s from ops.alert_messages
        where alert_id = %(alert)s and event = 'opened' and cancelled_at is null
        on conflict do nothing
        """,
        {"alert": row["alert_id"], "now": now, "not_before": routing.not_before(Severity(row["severity"]), now)},
    )
    return True


def _queue_opened(cursor: Any, routing: Routing, now: datetime) -> None:
    """A message for each open alert and channel that has none, unless the alert is muted."""
    cursor.execute(
        """
        select alert_id, key, severity, owners, array(
            select channel from ops.alert_messages as sent
            where sent.alert_id = alerts.alert_id and sent.event = 'opened'
        ) as told
        from ops.alerts as alerts
        where
            closed_at is null and opened_at is not null
            and not exists (
                select 1 from ops.alert_mutes as mutes
                where mutes.muted_until > %(now)s
                    and alerts.key like replace(replace(replace(mutes.pattern, '\\', '\\\\'), '_', '\\_'), '*', '%%')
            )
        order by alert_id
        """,
        {"now": now},
    )
    for row in cursor.fetchall():
        channels = set(routing.channels_for(row["key"], row["owners"])) - set(row["told"])
        for channel in sorted(channels):
            cursor.execute(
                "insert into ops.alert_messages (alert_id, channel, event, created_at, not_before)"
                " values (%s, %s, 'opened', %s, %s)",
                [row["alert_id"], channel, now, routing.not_before(Severity(row["severity"]), now)],
            )


def _cancel_without_channel(cursor: Any, routing: Routing, now: datetime) -> None:
    cursor.execute(
        "update ops.alert_messages set cancelled_at = %s"
        " where sent_at is null and cancelled_at is null and channel <> all (%s)",
        [now, list(routing.channels)],
    )


def _dumps(value: object) -> str:
    return json.dumps(value, default=str)
