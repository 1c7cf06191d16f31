"""Ending the process that is the stream by ending its connection."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from local.waiting import wait_until
from streaming.restart import end_running, wait_for_heartbeat
from streaming.state import StreamName, claim

pytestmark = pytest.mark.services

NAME, OTHER = StreamName("recommendations", "clicks.test"), StreamName("recommendations", "clicks.other")


def is_open(connection: psycopg.Connection) -> bool:
    try:
        connection.execute("select 1")
    except psycopg.OperationalError:
        return False
    return True


def test_the_holder_of_the_lock_is_ended_and_nobody_else(database: str) -> None:
    with (
        psycopg.connect(database, autocommit=True) as stream,
        psycopg.connect(database, autocommit=True) as other_topic,
        psycopg.connect(database, autocommit=True) as bystander,
    ):
        claim(stream, NAME)
        claim(other_topic, OTHER)
        before = datetime.now(UTC)
        ended = end_running(database, NAME)
        assert ended and abs(ended - before) < timedelta(minutes=1)
        assert not is_open(stream)
        assert is_open(other_topic) and is_open(bystander)
    with psycopg.connect(database, autocommit=True) as successor:
        claim(successor, NAME)  # the lock is free again


def test_one_that_waits_for_the_lock_is_not_ended(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as stream, psycopg.connect(database, autocommit=True) as waiting:
        claim(stream, NAME)
        waiter = threading.Thread(target=claim, args=(waiting, NAME, 60))
        waiter.start()
        wait_until(lambda: require_waiting(database), "the second one", seconds=30, every=0.05)
        end_running(database, NAME)
        waiter.join()
        assert is_open(waiting) and not is_open(stream)


def require_waiting(database: str) -> None:
    with psycopg.connect(database) as connection:
        assert connection.execute("select 1 from pg_locks where locktype = 'advisory' and not granted").fetchone()


def test_without_a_stream_nothing_is_ended(database: str) -> None:
    assert end_running(database, NAME) is None


def test_only_a_heartbeat_after_the_end_counts(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("insert into ops.heartbeats (process, beat_at) values ('stream', now())")
        [(ended,)] = connection.execute("select clock_timestamp()").fetchall()
        with pytest.raises(TimeoutError, match="not been started again within 1 s: see its log"):
            wait_for_heartbeat(database, ended, seconds=1)
        connection.execute("update ops.heartbeats set beat_at = now() where process = 'stream'")
        assert wait_for_heartbeat(database, ended) > ended
