"""The stream with Spark, Kafka and Postgres; all tests share one Spark session."""

from __future__ import annotations

import gc
import json
import os
import random
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from kafka.admin import KafkaAdminClient, NewPartitions
from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame, SparkSession

from benchmarks.support.clicks import as_record, as_records, event, random_events, session
from benchmarks.support.kafka_records import produce
from ingestion.clickstream.errors import KafkaDataLoss
from ingestion.clickstream.landing import land
from local.waiting import wait_until
from streaming import counter, queries
from streaming.job import QUERY, TASK_RECORDS, StreamConfig, open_stream, read_records, run, run_in_worker
from streaming.recompute import compare_with_raw
from streaming.spark import start_spark
from streaming.stages import keep_warm
from streaming.state import StreamAlreadyRunning, StreamName, claim

pytestmark = pytest.mark.services


@pytest.fixture
def config(kafka: str, database: str, topics: tuple[str, str], tmp_path: Path) -> StreamConfig:
    return StreamConfig(kafka, topics[0], database, tmp_path / "checkpoint", max_offsets_per_trigger=200)


def catch_up(spark: SparkSession, config: StreamConfig) -> None:
    with open_stream(config) as connection:
        run(spark, connection, config, available_now=True, stop=threading.Event())


def query(config: StreamConfig, text: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(config.database_url) as connection:
        return connection.execute(text).fetchall()  # type: ignore[arg-type]


def assert_equals_raw(config: StreamConfig, events: int) -> None:
    land(config.bootstrap, config.database_url, [config.topic])
    comparison = compare_with_raw(config.database_url)
    assert comparison.is_equal, comparison.message
    assert comparison.rows["visitor_events"] == events


@pytest.mark.parametrize("spread_from", [1, 10_000])  # records: in stages over all workers, in one task
def test_catch_up_counts_every_event_and_fences_to_the_logs_end(
    spark: SparkSession, config: StreamConfig, spread_from: int
) -> None:
    config = replace(config, spread_from=spread_from)
    events = random_events(random.Random(1), sessions=100)
    records: list[bytes | None] = [*as_records(events), b"poison", None, as_record(events[0])]
    for partition in (0, 1):
        produce(config.bootstrap, config.topic, records[partition::2], partition=partition)
    catch_up(spark, config)
    assert_equals_raw(config, len(events))
    [(read,)] = query(config, "select sum(next_offset) from serving.stream_offsets")
    assert read == len(records)
    [(visitors,)] = query(config, "select count(distinct visitor_id) from serving.recommendations")
    assert visitors == len({e.visitor_id for e in events})
    [(spread,)] = query(config, "select count(*) from serving.count_changes")
    assert (spread > 0) == (spread_from == 1)
    assert query(config, "select count(*) from serving.stale_lists") == [(0,)]


@pytest.mark.parametrize("checkpoint", ["deleted", "old", "ahead"])
def test_only_postgres_says_where_to_read_on(spark: SparkSession, config: StreamConfig, checkpoint: str) -> None:
    events = random_events(random.Random(2), sessions=100)
    old_copy = config.checkpoint_dir.with_name("old")
    for part in (events[:100], events[100:]):
        produce(config.bootstrap, config.topic, as_records(part))
        catch_up(spark, config)
        if not old_copy.exists():
            shutil.copytree(config.checkpoint_dir, old_copy)
    if checkpoint == "ahead":  # of a database that was restored from a backup
        with psycopg.connect(config.database_url) as connection:
            for table in ("stream_offsets", "visitor_events", "pair_counts", "product_counts"):
                connection.execute(f"delete from serving.{table}")  # type: ignore[arg-type]
    else:
        shutil.rmtree(config.checkpoint_dir)
    if checkpoint == "old":
        old_copy.rename(config.checkpoint_dir)
    more = session("x", "y", "z", visitor_id="late", session_id="late")
    produce(config.bootstrap, config.topic, as_records(more))
    catch_up(spark, config)
    assert_equals_raw(config, len(events) + len(more))


def test_a_log_that_lost_records_stops_the_stream(spark: SparkSession, config: StreamConfig) -> None:
    with psycopg.connect(config.database_url) as connection:
        connection.execute(
            "insert into serving.stream_offsets (query_name, topic, partition, next_offset) values (%s, %s, 0, 1000)",
            [QUERY, config.topic],
        )
    with pytest.raises(KafkaDataLoss, match=r"offset 1000, but the log holds only 0 to 0.*serving\.stream_offsets"):
        catch_up(spark, config)


def test_a_click_changes_the_list_partitions_are_added_and_a_stop_is_clean(
    spark: SparkSession, config: StreamConfig
) -> None:
    produce(config.bootstrap, config.topic, as_records(session("laptop", "bag", "mouse", visitor_id="before")))
    with running(spark, config):
        produce(config.bootstrap, config.topic, [as_record(event("laptop", 5, visitor_id="me"))])
        wait_until(lambda: _expect(query(config, SHOWN), [("bag",), ("mouse",)]), "the list", seconds=120)
        raise_partitions(config, 3)
        produce(config.bootstrap, config.topic, [as_record(event("laptop", 6, visitor_id="new"))], partition=2)
        wait_until(lambda: _expect(bool(query(config, SHOWN_TO_NEW)), True), "a click of a new partition", seconds=120)
        [(first,)] = query(config, BEAT)
        wait_until(lambda: _expect(query(config, BEAT)[0][0] > first, True), "an idle heartbeat", seconds=120)
        with psycopg.connect(config.database_url, autocommit=True) as second, pytest.raises(StreamAlreadyRunning):
            claim(second, StreamName("recommendations", config.topic), wait_seconds=1)


def test_a_large_batch_brings_the_query_that_spreads_and_calm_the_other(
    spark: SparkSession, config: StreamConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "CALM_SECONDS", 5.0)
    config = replace(config, spread_from=50)
    clicks = random_events(random.Random(3), sessions=2_000)
    sent = 0
    with running(spark, config):
        while query(config, "select count(*) from serving.count_changes") == [(0,)]:  # what spread batches log
            assert sent < len(clicks), "it never spread"
            produce(config.bootstrap, config.topic, as_records(clicks[sent : sent + 200]))
            sent += 200
            time.sleep(0.2)
        last = event("laptop", 5, visitor_id="new")
        produce(config.bootstrap, config.topic, [as_record(last)])
        wait_until(lambda: _expect(bool(query(config, SHOWN_TO_NEW)), True), "a click after it", seconds=120)
        wait_until(lambda: _expect(query(config, IN_ONE_TASK), [(True,)]), "the query of one task", seconds=60)
    assert_equals_raw(config, len({click.event_id for click in clicks[:sent]}) + 1)


def test_a_worker_that_was_forked_beside_another_ends(spark: SparkSession) -> None:
    """It does not know the shop: two would take turns, and each read it again after the other."""

    def which(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        counter._close_all()  # of earlier tests
        yield from (pa.RecordBatch.from_pydict({"id": [os.getpid()]}, schema=batch.schema) for batch in batches)

    def workers() -> set[int]:
        return {row.id for _ in range(4) for row in run_in_worker(spark, which).collect()}  # they take turns

    before = workers()
    for _ in range(4):
        run_in_worker(spark, keep_warm).collect()
    time.sleep(1)
    assert workers().isdisjoint(before)


@contextmanager
def running(spark: SparkSession, config: StreamConfig) -> Iterator[None]:
    """The stream in a thread, which must end without an error when it is stopped."""
    stop, failures = threading.Event(), []

    def work() -> None:
        try:
            with open_stream(config) as connection:
                run(spark, connection, config, available_now=False, stop=stop)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(120)
    assert not thread.is_alive()
    assert not failures
    assert not spark.streams.active


IN_ONE_TASK = "select details ->> 'query' = 'recommendations_in_one_task' from ops.heartbeats where process = 'stream'"
SHOWN = "select product_id from serving.recommendations where visitor_id = 'me' order by rank"
SHOWN_TO_NEW = "select product_id from serving.recommendations where visitor_id = 'new'"
BEAT = "select beat_at from ops.heartbeats where process = 'stream'"


def raise_partitions(config: StreamConfig, partitions: int) -> None:
    admin = KafkaAdminClient(bootstrap_servers=config.bootstrap)
    admin.create_partitions({config.topic: NewPartitions(partitions)})
    admin.close()


def test_a_partition_that_holds_most_of_a_batch_is_read_by_several_tasks(
    spark: SparkSession, config: StreamConfig
) -> None:
    config = replace(config, max_offsets_per_trigger=20_000)
    produce(config.bootstrap, config.topic, [b"robot"] * 10_000, partition=0)
    produce(config.bootstrap, config.topic, [b"visitor"] * 2_000, partition=1)
    sizes: list[int] = []

    def sized(batch: DataFrame, _: int) -> None:
        sizes.extend(row.rows for row in batch.mapInArrow(count_rows, "rows bigint").collect())

    def count_rows(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pydict({"rows": [sum(batch.num_rows for batch in batches)]})

    events = read_records(spark, config, json.dumps({config.topic: {"0": 0, "1": 0}}))
    writer = events.writeStream.foreachBatch(sized).option("checkpointLocation", str(config.checkpoint_dir))
    writer.trigger(availableNow=True).start().awaitTermination()
    assert sum(sizes) == 12_000
    assert max(sizes) <= TASK_RECORDS < 5 * median(sizes)


def _expect(found: object, wanted: object) -> None:
    if found != wanted:
        raise RuntimeError(f"{found} is not {wanted}")


def test_a_failing_batch_ends_the_run_and_the_next_run_goes_on(spark: SparkSession, config: StreamConfig) -> None:
    produce(config.bootstrap, config.topic, as_records(session("a", "b", "c")))
    with psycopg.connect(config.database_url, autocommit=True) as connection:
        connection.execute("alter table serving.visitor_events rename to away")
        with pytest.raises(StreamingQueryException, match=r"serving\.visitor_events"):
            catch_up(spark, config)
        for table in ("stream_offsets", "poison_records"):  # no record is at fault
            assert query(config, f"select count(*) from serving.{table}") == [(0,)]
        connection.execute("alter table serving.away rename to visitor_events")
    catch_up(spark, config)
    assert_equals_raw(config, 3)


def test_a_worker_is_forked_with_everything_imported_and_frozen(spark: SparkSession) -> None:
    def ready(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        [batch] = batches
        modules = {"streaming.counter", "recommendations.scoring", "numba"} <= sys.modules.keys()
        yield batch
        yield pa.RecordBatch.from_pydict({"id": [gc.get_freeze_count(), int(modules)]}, schema=batch.schema)

    _, frozen, modules = (row.id for row in run_in_worker(spark, ready).collect())
    assert frozen > 10_000
    assert modules


def test_missing_jars_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="make setup"):
        start_spark("local[1]", tmp_path)
