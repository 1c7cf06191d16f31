from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from benchmarks.support.clicks import MONDAY, as_record, as_records, event, random_events, session
from benchmarks.support.events import wire
from benchmarks.support.kafka_records import produce
from ingestion.clickstream.archive import archive_old_days
from ingestion.clickstream.landing import land
from streaming.recompute import compare_with_raw
from tests.support.streams import count_topic

pytestmark = pytest.mark.services


def test_sql_over_raw_and_the_stream_agree(kafka: str, database: str, topics: tuple[str, str]) -> None:
    rng = random.Random(11)
    records: list[bytes | None] = [*as_records(random_events(rng, sessions=80))]
    records += rng.sample(records, 30)  # sent again
    records += [b"poison", None, wire(type="page", event=None)]
    records += [as_record(event("9001"), receivedAt=MONDAY + timedelta(days=days)) for days in (-1, 3, 40, 4000)]
    lines = [{"product_id": 1, "category": "A"}, {"product_id": "2"}, {"product_id": "1", "category": "B"}]
    records.append(as_record(event("1", kind="purchase"), properties={"order_id": "o1", "products": lines}))
    records.append(as_record(event("9002"), context={"userAgent": "Mozilla/5.0", "consent": {"personalisation": True}}))
    records.append(as_record(event("9003"), context={"userAgent": "Googlebot", "consent": {"personalisation": True}}))
    records += as_records(session(*(str(number) for number in range(9100, 9360)), session_id="endless"))
    rng.shuffle(records)
    produce(kafka, topics[0], records)
    count_topic(kafka, database, topics[0])
    land(kafka, database, [topics[0]])

    comparison = compare_with_raw(database)
    assert comparison.is_equal, comparison.message
    assert comparison.rows["visitor_events"] > 500
    assert "visitor_events" in comparison.message


def test_a_wrong_count_is_named(kafka: str, database: str, topics: tuple[str, str]) -> None:
    produce(kafka, topics[0], as_records(session("a", "b")))
    count_topic(kafka, database, topics[0])
    land(kafka, database, [topics[0]])
    with psycopg.connect(database) as connection:
        connection.execute("update serving.pair_counts set similar_weight = 7 where product_id = 'a'")
        connection.execute("delete from serving.product_counts where product_id = 'b'")
    comparison = compare_with_raw(database)
    assert {difference.table for difference in comparison.differences} == {"pair_counts", "product_counts"}
    assert "'product_id': 'a'" in comparison.message


def test_an_id_that_is_sent_again_with_other_content_is_no_difference(
    kafka: str, database: str, topics: tuple[str, str]
) -> None:
    """Anybody can: the stream knows only ids of events about products, and so takes the second one."""
    first, *others = session("a", "b", "c", "d")
    identified = wire(messageId=first.event_id, type="identify", event=None, properties={})
    other_product = as_record(first._replace(product_id="z"))
    for content in ([identified, as_record(first)], [as_record(first), other_product]):
        produce(kafka, topics[0], [*content, *as_records(others)])
    count_topic(kafka, database, topics[0])
    land(kafka, database, [topics[0]])
    with psycopg.connect(database) as connection:
        conflicts = "select count(*) from raw_clickstream.duplicate_events where is_conflict"
        assert connection.execute(conflicts).fetchone() == (3,)
        assert connection.execute(
            "select event_type from raw_clickstream.events where event_id = %s", [first.event_id]
        ).fetchone() == ("identify",)
    comparison = compare_with_raw(database)
    assert comparison.is_equal, comparison.message
    assert comparison.rows["visitor_events"] == 4


def test_stream_and_lander_may_be_at_different_offsets(kafka: str, database: str, topics: tuple[str, str]) -> None:
    produce(kafka, topics[0], as_records(session("a", "b", "c")))
    count_topic(kafka, database, topics[0], upto=2)
    assert compare_with_raw(database).is_equal  # the stream is ahead of the lander
    land(kafka, database, [topics[0]])
    assert compare_with_raw(database).is_equal  # the lander is ahead of the stream
    count_topic(kafka, database, topics[0])
    assert compare_with_raw(database).rows["visitor_events"] == 3
    assert compare_with_raw(database).is_equal


def test_days_in_the_archive_are_no_difference(
    kafka: str, database: str, topics: tuple[str, str], tmp_path: Path
) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=60)
    old = [event(product, occurred_at=long_ago, session_id="old") for product in ("a", "b")]
    produce(kafka, topics[0], [as_record(one, receivedAt=long_ago) for one in old])
    produce(kafka, topics[0], as_records(session("a", "c")))
    count_topic(kafka, database, topics[0])
    land(kafka, database, [topics[0]])
    assert archive_old_days(database, tmp_path, live_days=30)
    comparison = compare_with_raw(database)
    assert comparison.is_equal, comparison.message
    assert comparison.rows["visitor_events"] == 4
    with psycopg.connect(database) as connection:
        connection.execute("update serving.visitor_events set event_id = 'never landed' where product_id = 'b'")
    assert not compare_with_raw(database).is_equal
