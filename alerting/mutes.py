"""Mutes: alerts that an operator knows of, kept without being told until a time."""

from __future__ import annotations

from datetime import timedelta

import psycopg


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
