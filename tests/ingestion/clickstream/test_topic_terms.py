"""Records that Kafka holds after their term: counted by topic, with a day for the segment they are in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.support.kafka_records import produce
from ingestion.clickstream.errors import KafkaUnavailable
from ingestion.clickstream.topic_terms import records_over_term

pytestmark = pytest.mark.services


def test_only_what_is_more_than_a_day_over_its_term_counts(kafka: str, topics: tuple[str, str]) -> None:
    (clicks, refused), now = topics, datetime.now(UTC)
    days = {clicks: 2, refused: 1}
    assert records_over_term(kafka, days) == {}  # nothing was ever sent
    produce(kafka, clicks, [b"now"])
    produce(kafka, refused, [b"a"], at=now - timedelta(days=1.9))
    assert records_over_term(kafka, days) == {}
    produce(kafka, refused, [b"b", b"c", b"d"], at=now - timedelta(days=2.1))
    assert records_over_term(kafka, days | {clicks: 3}) == {}  # those behind a younger record go with it
    assert records_over_term(kafka, days, now + timedelta(days=4)) == {clicks: 1, refused: 4}


def test_a_topic_that_is_missing_is_told(kafka: str) -> None:
    with pytest.raises(KafkaUnavailable, match="has no topic nobodys_topic"):
        records_over_term(kafka, {"nobodys_topic": 1})
