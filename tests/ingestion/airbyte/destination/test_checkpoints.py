"""Rows and the state that covers them: saved together or not at all, whatever breaks off."""

from __future__ import annotations

import json

import psycopg
import pytest

from ingestion.airbyte.destination import writer as writer_module
from ingestion.airbyte.destination.writer import AirbyteDestination, StreamError
from tests.support.destination_rows import STATE, load, order, put, rows, stream

pytestmark = pytest.mark.services


def test_rows_and_state_are_saved_together(
    destination: AirbyteDestination, connection: psycopg.Connection, database: str
) -> None:
    writer = destination.open_stream(stream())
    put(writer, order(1))
    writer.checkpoint(STATE)
    put(writer, order(2))
    connection.close()  # as if killed: after a state, before the end
    with psycopg.connect(database, autocommit=True) as again:
        assert AirbyteDestination(again).states() == {}
        assert rows(again) == []


def test_a_checkpoint_that_is_due_survives_a_crash(
    destination: AirbyteDestination,
    connection: psycopg.Connection,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writer_module, "CHECKPOINT_ROWS", 2)
    writer = destination.open_stream(stream())
    put(writer, order(1), order(2))
    writer.checkpoint(STATE)
    put(writer, order(3))
    destination.work.drain()
    connection.close()
    with psycopg.connect(database, autocommit=True) as again:
        assert AirbyteDestination(again).states() == {"orders": json.loads(STATE)}
        assert [row["id"] for row in rows(again)] == [1, 2]


def test_a_failing_state_takes_its_rows_back(destination: AirbyteDestination, connection: psycopg.Connection) -> None:
    load(destination, stream(), order(1))
    writer = destination.open_stream(stream())
    put(writer, order(2))
    writer.checkpoint(b"no json")
    with pytest.raises(StreamError, match="cannot store the stream orders: invalid input syntax for type json"):
        writer.finish()
    assert [row["id"] for row in rows(connection)] == [1]


def test_a_stream_that_broke_off_keeps_what_its_last_state_covers(
    destination: AirbyteDestination, connection: psycopg.Connection
) -> None:
    writer = destination.open_stream(stream())
    put(writer, order(1))
    writer.checkpoint(STATE)
    put(writer, order(2))
    writer.abandon()
    assert [row["id"] for row in rows(connection)] == [1]
    assert destination.states() == {"orders": json.loads(STATE)}


def test_a_repeated_row_counts_across_checkpoints(
    destination: AirbyteDestination, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "CHECKPOINT_ROWS", 1)
    writer = destination.open_stream(stream(key=None))
    for _ in range(3):
        put(writer, order(1))
        writer.checkpoint(STATE)
    writer.finish()
    assert (writer.rows_written, len(rows(connection))) == (3, 3)
