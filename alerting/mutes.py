"""Mutes: alerts that an operator knows of, kept without being told until a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import class_row


@dataclass(frozen=True)
class Mute:
    """One mute that is not over; `muted_by` is who set it, times in UTC."""

    pattern: str
    muted_until: datetime
    reason: str
    muted_by: str

    @property
    def line(self) -> str:
        """One line for a terminal."""
        return f"{self.pattern:<32} until {self.muted_until:%Y-%m-%d %H:%M} UTC  {self.reason} ({self.muted_by})"


def mute(database_url: str, pattern: str, duration: timedelta, reason: str, actor: str) -> list[str]:
    """Mute alerts whose key is `pattern`, in which * stands for anything; returns the open ones it matches.

    Raises ValueError for a pattern that matches everything or a duration that is none, psycopg.Error.
    """
    if not pattern.strip("*/ "):
        raise ValueError(f"{pattern!r} would mute every alert: name a kind, as run/*.")
    if duration <= timedelta(0):
        raise ValueError("A mute lasts some hours: name more than 0.")
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into ops.alert_mutes (pattern, muted_until, reason, muted_by) values (%s, now() + %s, %s, %s)",
            [pattern, duration, reason, actor],
        )
        found = connection.execute(
            """
            select key from ops.alerts
            where closed_at is null and key like replace(replace(replace(%s, '\\', '\\\\'), '_', '\\_'), '*', '%%')
            order by key
            """,
            [pattern],
        ).fetchall()
    return [key for (key,) in found]


def list_mutes(database_url: str) -> list[Mute]:
    """The mutes that are not over, the first to end first. Raises psycopg.Error."""
    with psycopg.connect(database_url) as connection, connection.cursor(row_factory=class_row(Mute)) as cursor:
        return cursor.execute(
            """
            select pattern, muted_until at time zone 'utc' as muted_until, reason, muted_by from ops.alert_mutes
            where muted_until > now()
            order by ops.alert_mutes.muted_until, pattern
            """
        ).fetchall()


def unmute(database_url: str, pattern: str) -> int:
    """End all mutes of exactly this pattern now; returns how many. They are kept, as ended.

    Raises ValueError when there is none, naming those there are, and psycopg.Error.
    """
    with psycopg.connect(database_url) as connection:
        ended = connection.execute(
            "update ops.alert_mutes set muted_until = now() where pattern = %s and muted_until > now()", [pattern]
        ).rowcount
    if not ended:
        muted = sorted({mute.pattern for mute in list_mutes(database_url)})
        raise ValueError(f"Nothing is muted as {pattern}: there is {', '.join(muted) or 'no mute'}.")
    return ended
