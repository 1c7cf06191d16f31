"""The lander: every record of the log is in raw exactly once afterwards, whatever it contains."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from benchmarks.support.events import NOW, wire
from benchmarks.support.kafka_records import produce
from ingestion.clickstream import landing
from ingestion.clickstream.errors import KafkaDataLoss, KafkaUnavailable, LanderBusy, WarehouseUnavailable
from ingestion.clickstream.lander_connection import connect_lander
from ingestion.clickstream.landing import LandingReport
from ingestion.clickstream.records import read_record
from local.waiting import wait_until
from tests.events.test_envelope import POISON
from tests.support.landing import assert_no_gap, execute, hashes, rows

pytestmark = pytest.mark.services


def test_events_land_with_their_position_and_offsets(kafka: str, database: str, topics: tuple[str, str]) -> None:
    clicks, bad = topics
    produce(kafka, clicks, [wire(messageId=f"m{i}", anonymousId=f"v{i % 7}") for i in range(100)])
    report = landing.land(kafka, database, [clicks, bad])
    assert (report.records, report.events, report.bad, report.duplicates) == (100, 100, 0, 0)
    assert set(report.lag.values()) == {0}
    assert_no_gap(database, clicks)
    [landed] = rows(
        database,
        "select properties ->> 'product_id', context ->> 'sessionId', occurred_at, is_bot, kafka_topic"
        " from raw_clickstream.events where event_id = 'm42'",
    )
    assert landed == ("8001", "session-1", NOW, False, clicks)


def test_next_run_takes_only_what_is_new(kafka: str, database: str, topics: tuple[str, str]) -> None:
    produce(kafka, topics[0], [wire() for _ in range(10)])
    assert landing.land(kafka, database, [*topics]).events == 10
    assert landing.land(kafka, database, [*topics]).records == 0
    produce(kafka, topics[0], [wire() for _ in range(5)])
    assert landing.land(kafka, database, [*topics]).events == 5


def test_poison_goes_to_bad_and_the_rest_of_the_batch_lands(kafka: str, database: str, topics: tuple[str, str]) -> None:
    poison = {name: case for name, case in POISON.items() if name != "2 MB"}  # the broker refuses that one
    values = [value for case in poison.values() for value in (case[0], wire())]
    produce(kafka, topics[0], values)
    report = landing.land(kafka, database, [*topics])
    assert (report.events, report.bad) == (len(poison), len(poison))
    assert_no_gap(database, topics[0])
    landed = rows(database, 'select reason, payload from raw_clickstream.bad_events order by partition, "offset"')
    assert landed == [(reason, value) for value, reason in poison.values()]


def test_what_the_collector_refused_lands_with_the_collectors_reason(
    kafka: str, database: str, topics: tuple[str, str]
) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka)
    headers = [("reason", b"too_large"), ("detail", b"40,000 bytes\x00\xff")]
    producer.send(topics[1], b"\x00original \xff bytes", headers=headers).get(timeout=30)
    producer.close()
    assert landing.land(kafka, database, [*topics]).bad == 1
    [landed] = rows(database, "select topic, reason, detail, payload from raw_clickstream.bad_events")
    assert landed == (topics[1], "too_large", "40,000 bytes�", b"\x00original \xff bytes")


def test_repeats_are_counted_and_conflicts_kept(kafka: str, database: str, topics: tuple[str, str]) -> None:
    clicks = topics[0]
    first, conflict = wire(messageId="m"), wire(messageId="m", properties={"product_id": "other"})
    produce(kafka, clicks, [first, first, conflict, wire()])  # in one batch
    report = landing.land(kafka, database, [clicks])
    assert (report.events, report.duplicates, report.conflicts) == (2, 2, 1)
    produce(kafka, clicks, [conflict, first])  # and across batches
    report = landing.land(kafka, database, [clicks])
    assert (report.events, report.duplicates, report.conflicts) == (0, 2, 1)
    kept = rows(database, "select is_conflict, payload from raw_clickstream.duplicate_events order by 1, 2")
    assert kept == [(False, None), (False, None), (True, conflict), (True, conflict)]
    assert rows(database, "select product_id from raw_clickstream.events where event_id = 'm'") == [("8001",)]
    assert_no_gap(database, clicks)


def test_replaying_the_whole_topic_changes_nothing(kafka: str, database: str, topics: tuple[str, str]) -> None:
    clicks = topics[0]
    same_id_in_both_partitions = wire(messageId="m")
    produce(kafka, clicks, [wire(), same_id_in_both_partitions, None], partition=0)
    produce(kafka, clicks, [same_id_in_both_partitions, b"bad", wire()], partition=1)
    landing.land(kafka, database, [clicks])
    before = hashes(database)
    execute(database, "delete from raw_clickstream.kafka_offsets")
    report = landing.land(kafka, database, [clicks])
    assert (report.records, report.events, report.bad, report.duplicates) == (6, 0, 0, 0)
    assert hashes(database) == before


def test_a_run_is_bounded_by_records(kafka: str, database: str, topics: tuple[str, str]) -> None:
    produce(kafka, topics[0], [wire() for _ in range(30)])
    report = landing.land(kafka, database, [topics[0]], max_records=20)
    assert (report.records, sum(report.lag.values())) == (20, 10)
    assert landing.land(kafka, database, [topics[0]]).records == 10
    assert_no_gap(database, topics[0])


def test_lander_leaves_when_others_of_its_group_hold_every_partition(
    kafka: str, database: str, topics: tuple[str, str]
) -> None:
    produce(kafka, topics[0], [wire()])
    with connect_lander(database, landing.GROUP) as raw:
        raw.claim([TopicPartition(topic, partition) for topic in topics for partition in (0, 1)], wait_seconds=1)
        with pytest.raises(LanderBusy, match="Other landers"):
            landing.land(kafka, database, [*topics], wait_seconds=0.1)
        assert landing.land(kafka, database, [*topics], group="another").events == 1
    assert landing.land(kafka, database, [*topics]).records == 1


def test_landers_of_a_group_share_the_partitions(kafka: str, database: str, topics: tuple[str, str]) -> None:
    for partition in (0, 1):
        produce(kafka, topics[0], [wire() for _ in range(5)], partition=partition)
    with connect_lander(database, landing.GROUP) as other:
        partitions = [TopicPartition(topics[0], 0), TopicPartition(topics[0], 1)]
        assert other.claim(partitions, wait_seconds=1, at_most=1) == partitions[:1]
        report = landing.land(kafka, database, [topics[0]])
        assert (report.events, set(report.lag)) == (5, {f"{topics[0]}/1"})
    assert landing.land(kafka, database, [topics[0]]).events == 5
    assert_no_gap(database, topics[0])


def test_follower_lands_what_comes_until_it_is_stopped(
    kafka: str, database: str, topics: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "FOLLOW_SECONDS", 2)  # so that it reconnects in between
    stop, reports = threading.Event(), list[LandingReport]()
    arguments = (kafka, database, [*topics], stop)
    follower = threading.Thread(target=landing.follow, args=arguments, kwargs={"report": reports.append})
    follower.start()
    try:
        for number in range(1, 5):
            runs = len(reports)
            produce(kafka, topics[0], [wire(), b"bad"])
            wait_until(lambda number=number: assert_landed(database, number), "the follower", seconds=60, every=0.05)
            if number == 2:  # the rest comes to another run
                wait_until(lambda runs=runs: assert_more(reports, runs), "the end of a run", seconds=60, every=0.05)
    finally:
        stop.set()
        follower.join(60)
    assert not follower.is_alive()
    assert len(reports) >= 2
    assert sum(report.events for report in reports) == sum(report.bad for report in reports) == 4
    assert_no_gap(database, topics[0])


def assert_landed(database: str, events: int) -> None:
    assert rows(database, "select count(*) from raw_clickstream.events") == [(events,)]


def assert_more(reports: list[LandingReport], than: int) -> None:
    assert len(reports) > than


def test_offsets_are_a_fence_even_without_the_lock(kafka: str, database: str, topics: tuple[str, str]) -> None:
    """Behind a connection pool the lock may be lost; the offsets still let only one of two landers commit."""
    record = ConsumerRecord(topics[0], 0, -1, 5, 0, 0, b"k", wire(), [], None, 1, len(wire()), 0)
    with connect_lander(database, "g") as raw:
        assert raw.write([read_record(record)]).events == 1
        with pytest.raises(LanderBusy, match="in the meantime"):
            raw.write([read_record(record)])
        assert raw.next_offsets() == {TopicPartition(topics[0], 0): 6}


def test_missing_topic_is_named(kafka: str, database: str) -> None:
    with pytest.raises(KafkaUnavailable, match=r"no topic nowhere\.v1"):
        landing.land(kafka, database, ["nowhere.v1"])


def test_unreachable_kafka_is_named(database: str, free_port: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"127.0.0.1:{free_port()}"
    monkeypatch.setattr("ingestion.clickstream.kafka_log.BOOTSTRAP_MS", 500)
    with pytest.raises(KafkaUnavailable, match=address):
        landing.land(address, database, ["clicks"])
    [(error,)] = rows(database, "select error from raw_clickstream.landing_runs")
    assert address in error


def test_unreachable_postgres_is_named(kafka: str, free_port: Any) -> None:
    with pytest.raises(WarehouseUnavailable, match="Postgres cannot be reached"):
        landing.land(kafka, f"postgresql://nobody@127.0.0.1:{free_port()}/x", ["clicks"])


def test_a_topic_made_anew_stops_the_lander(kafka: str, database: str, topics: tuple[str, str]) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(
            "insert into raw_clickstream.kafka_offsets values (%s, %s, 0, 1000)", [landing.GROUP, topics[0]]
        )
    produce(kafka, topics[0], [wire()], partition=0)
    with pytest.raises(KafkaDataLoss, match="holds only 0 to 1"):
        landing.land(kafka, database, [topics[0]])
    assert rows(database, "select count(*) from raw_clickstream.events") == [(0,)]


def test_partitions_added_later_are_read_from_their_start(kafka: str, database: str, topics: tuple[str, str]) -> None:
    produce(kafka, topics[0], [wire()], partition=0)
    landing.land(kafka, database, [topics[0]])
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    admin.create_partitions({topics[0]: 3})
    admin.close()
    produce(kafka, topics[0], [wire(), wire()], partition=2)
    report: LandingReport = landing.land(kafka, database, [topics[0]])
    assert (report.events, len(report.lag)) == (2, 3)


def test_each_run_leaves_an_audit_row(kafka: str, database: str, topics: tuple[str, str]) -> None:
    produce(kafka, topics[0], [wire(), b"bad"])
    landing.land(kafka, database, [topics[0]])
    [(records, events, bad, error)] = rows(
        database, "select records_count, events_count, bad_count, error from raw_clickstream.landing_runs"
    )
    assert (records, events, bad, error) == (2, 1, 1, None)
