"""The recommendations stream: its heartbeat, and the records it could not count."""

from __future__ import annotations

from datetime import timedelta

import psycopg

from alerting.condition import DATA_ENGINEERING, STOREFRONT, Condition, Severity
from comptoir.settings import Settings
from comptoir.stream_heartbeat import LAST_HEARTBEAT, OLDEST_HEARTBEAT

SHOWN = 5
RESTART, FIRST_START = timedelta(seconds=20), timedelta(minutes=5)
OWNERS = (STOREFRONT, DATA_ENGINEERING)


def look_at_stream(settings: Settings, connection: psycopg.Connection) -> list[Condition]:
    """A stream without a heartbeat, and records set apart in the last day. Raises psycopg.Error."""
    return [*_heartbeat(connection), *_poison(connection)]


def _heartbeat(connection: psycopg.Connection) -> list[Condition]:
    row = connection.execute(LAST_HEARTBEAT.encode()).fetchone()
    if row and row[0] <= OLDEST_HEARTBEAT:
        return []
    since = f"Its last heartbeat was at {row[1]:%Y-%m-%d %H:%M:%S %Z}." if row else "It has never written a heartbeat."
    cause = f"{since} Lists stay as they were then; events wait in Kafka and are counted when it is back."
    return [
        Condition(
            key="stream/down",
            title="the stream stands still",
            cause=cause,
            owners=OWNERS,
            caused_by=("kafka/*", "postgres/*"),
            patience=RESTART if row else FIRST_START,
        )
    ]


def _poison(connection: psycopg.Connection) -> list[Condition]:
    found = connection.execute(
        'select topic, "partition", "offset", reason, count(*) over () as count from serving.poison_records'
        " where set_apart_at > now() - interval '1 day' order by set_apart_at desc limit %s",
        [SHOWN],
    ).fetchall()
    if not found:
        return []
    rows = tuple({"topic": row[0], "partition": row[1], "offset": row[2], "reason": row[3]} for row in found)
    cause = f"{found[0][4]:,} records of the last day could not be counted and were set apart; the stream goes on."
    title = "the stream set records apart"
    return [Condition("stream/poison", title, cause, Severity.WARNING, OWNERS, rows)]
