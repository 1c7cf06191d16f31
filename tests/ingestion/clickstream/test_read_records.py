"""Kafka forgets what lander and stream have both read, and keeps what one of them still has to read."""

from __future__ import annotations

import pytest

from benchmarks.support.events import wire
from benchmarks.support.kafka_records import consume, produce
from ingestion.clickstream.errors import KafkaUnavailable
from ingestion.clickstream.landing import land
from ingestion.clickstream.read_records import ReadRecords, read_records
from tests.support.landing import execute, rows

pytestmark = pytest.mark.services


def held(kafka: str, topic: str) -> int:
    """How many records a client that reads from the beginning is given."""
    return len(consume(kafka, topic))


def test_only_what_both_have_read_is_deleted(kafka: str, topics: tuple[str, str], database: str) -> None:
    clicks, refused = topics
    produce(kafka, clicks, [wire(messageId=f"m{number}") for number in range(10)], partition=0)
    produce(kafka, clicks, [wire(messageId=f"n{number}") for number in range(5)], partition=1)
    produce(kafka, refused, [b"{}"] * 3, partition=0)
    nothing = read_records(kafka, database, *topics, delete=True)
    assert nothing == {clicks: ReadRecords(0, 15), refused: ReadRecords(0, 3)}
    assert land(kafka, database, list(topics)).records == 18
    execute(database, "insert into serving.stream_offsets values ('q', %s, 0, 7), ('q', %s, 1, 5)", clicks, clicks)

    counted = read_records(kafka, database, *topics)
    assert counted == {clicks: ReadRecords(12, 3), refused: ReadRecords(3, 0)}
    assert (held(kafka, clicks), held(kafka, refused)) == (15, 3)

    assert read_records(kafka, database, *topics, delete=True) == counted
    assert (held(kafka, clicks), held(kafka, refused)) == (3, 0)
    assert read_records(kafka, database, *topics, delete=True) == {
        clicks: ReadRecords(0, 3),
        refused: ReadRecords(0, 0),
    }

    produce(kafka, clicks, [wire(messageId="next")], partition=1)
    produce(kafka, refused, [b"{}"], partition=0)
    assert land(kafka, database, list(topics)).records == 2  # the lander goes on where it was
    assert rows(database, "select count(*) from raw_clickstream.events") == [(16,)]


def test_a_broker_that_is_away_is_told(database: str) -> None:
    with pytest.raises(KafkaUnavailable, match="No Kafka broker answers"):
        read_records("127.0.0.1:1", database, "clicks", "refused")
