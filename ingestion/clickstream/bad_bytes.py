"""Forgets the bytes of bad events and of conflicting repeats after some days; what was wrong with each stays."""

from __future__ import annotations

import re
from typing import Any

import psycopg
from msgspec import DecodeError, json

AT_A_TIME = 1_000
FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")  # another name may be what somebody typed
MAX_NAMES = 100


def forget_old_bytes(database_url: str, days: int) -> int:
    """Clear the payload of bad events and conflicts that landed over `days` days ago; returns of how many.

    Their reason, detail and position in Kafka stay; of a bad event also size and field names, of a conflict its event
    id. Such a bad event can no longer be landed again by `comptoir clicks replay-bad`. Raises psycopg.Error; what was
    forgotten before stays so.
    """
    forgotten = 0
    with psycopg.connect(database_url, autocommit=True, application_name="bad bytes") as connection:
        while rows := connection.execute(
            """
            select topic, partition, "offset", payload from raw_clickstream.bad_events
            where payload is not null and landed_at < now() - make_interval(days => %s)
            limit %s
            """,
            [days, AT_A_TIME],
        ).fetchall():
            with connection.cursor() as cursor:
                cursor.executemany(
                    """
                    update raw_clickstream.bad_events
                    set payload = null, bytes_count = %s, field_names = %s, bytes_forgotten_at = now()
                    where topic = %s and partition = %s and "offset" = %s
                    """,
                    [
                        (len(payload), field_names(payload), topic, partition, offset)
                        for topic, partition, offset, payload in rows
                    ],
                )
            forgotten += len(rows)
        conflicts = connection.execute(
            """
            update raw_clickstream.duplicate_events set payload = null
            where payload is not null and landed_at < now() - make_interval(days => %s)
            """,
            [days],
        )
    return forgotten + conflicts.rowcount


def field_names(payload: bytes) -> list[str]:
    """The names of a bad event's fields and properties, as `properties.price`; those that look like a name.

    Of an event that the collector could not read they are in the summary that it kept.
    """
    try:
        event = json.decode(payload)
    except (DecodeError, RecursionError, ValueError):
        return []
    if not isinstance(event, dict):
        return []
    if "unreadable_bytes" in event and isinstance(event.get("fields"), list):
        return _names(event["fields"])
    names = _names(event)
    for part in ("properties", "context", "traits"):
        if isinstance(event.get(part), dict):
            names += [f"{part}.{name}" for name in _names(event[part])]
    return names[:MAX_NAMES]


def _names(fields: Any) -> list[str]:
    return [name for name in fields if isinstance(name, str) and FIELD_NAME.fullmatch(name)][:MAX_NAMES]
