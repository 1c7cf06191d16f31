"""Restarts a running stream through Postgres, wherever it runs: supervisor, systemd or a container begins it anew.

The process that holds the stream's lock loses its connection and ends, as after a kill (see job.py): what it was
counting is rolled back, and the next process goes on from the fence.
"""

from __future__ import annotations

from datetime import datetime

import psycopg
from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed

from comptoir.stream_heartbeat import LAST_HEARTBEAT
from streaming.state import StreamName

# an advisory lock of one bigint stands in pg_locks as two halves, with objsubid 1 (Postgres' manual, pg_locks)
END_HOLDER = """
    select clock_timestamp(), pg_terminate_backend(pid) from pg_locks
    where
        locktype = 'advisory' and granted and objsubid = 1
        and database = (select oid from pg_database where datname = current_database())
        and ((classid::bigint << 32) | objid::bigint) = hashtextextended(%s, 0)
"""


def end_running(database_url: str, name: StreamName) -> datetime | None:
    """End the connection of the process that is the stream; returns when, by Postgres' clock, or None without one.

    `database_url` is that of the stream's own role, or of its owner. Raises psycopg.Error.
    """
    with psycopg.connect(database_url, autocommit=True) as connection:
        ended = connection.execute(END_HOLDER.encode(), [name.lock]).fetchone()
    return ended[0] if ended else None


def wait_for_heartbeat(database_url: str, since: datetime, seconds: float = 180) -> datetime:
    """The first heartbeat after `since`. Raises TimeoutError with a sentence after `seconds`, and psycopg.Error."""
    for_a_beat = Retrying(
        stop=stop_after_delay(seconds),
        wait=wait_fixed(1),
        retry=retry_if_result(lambda beat: beat is None),
        retry_error_callback=lambda _: None,
    )
    beat: datetime | None = for_a_beat(_beat_since, database_url, since)
    if beat is None:
        raise TimeoutError(
            f"The stream was ended and has not been started again within {seconds:.0f} s: see its log (`comptoir logs"
            " stream`), and start it where it is supervised (`comptoir up`, or systemctl start comptoir-stream)."
        )
    return beat


def _beat_since(database_url: str, since: datetime) -> datetime | None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        found = connection.execute(LAST_HEARTBEAT.encode()).fetchone()
    return found[1] if found and found[1] > since else None
