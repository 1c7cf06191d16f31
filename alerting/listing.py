"""The alerts as an operator reads them: open now, or of the last days, and what was sent of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

QUERY = """
    select
        key, severity, title, cause, opened_at, closed_at,
        (
            select string_agg(
                channel || case
                    when sent_at is not null then ' told'
                    when cancelled_at is not null then ' not told'
                    when attempts > 0 then ' refuses it: ' || last_error
                    else ' waits until ' || to_char(not_before at time zone 'utc', 'YYYY-MM-DD HH24:MI "UTC"')
                end, ', ' order by channel
            )
            from ops.alert_messages as messages
            where messages.alert_id = alerts.alert_id and event = 'opened'
        ) as told,
        exists (
            select 1 from ops.alert_mutes as mutes
            where mutes.muted_until > now()
                and alerts.key like replace(replace(replace(mutes.pattern, '\\', '\\\\'), '_', '\\_'), '*', '%%')
        ) as is_muted
    from ops.alerts as alerts
    where opened_at is not null and (closed_at is null or closed_at > now() - make_interval(days => %s))
    order by closed_at is not null, opened_at desc, key
"""


@dataclass(frozen=True)
class ListedAlert:
    """One alert; `told` says per channel whether its message was taken."""

    key: str
    severity: str
    title: str
    cause: str
    opened_at: datetime
    closed_at: datetime | None
    told: str | None
    is_muted: bool

    @property
    def line(self) -> str:
        """One line for a terminal."""
        times = f"{self.opened_at:%Y-%m-%d %H:%M}" + (f" to {self.closed_at:%Y-%m-%d %H:%M}" if self.closed_at else "")
        state = "muted" if self.is_muted and not self.closed_at else self.told or "nobody is told"
        return f"{self.severity:<8}{self.key:<32} {times}  {self.title} ({state})"


def list_alerts(database_url: str, days: int = 0) -> list[ListedAlert]:
    """The open alerts, and those closed in the last `days`. Raises psycopg.Error."""
    with psycopg.connect(database_url) as connection, connection.cursor(row_factory=class_row(ListedAlert)) as cursor:
        return cursor.execute(QUERY, [days]).fetchall()
