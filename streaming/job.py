"""The stream: topic of clicks in, counts and recommendation lists in Postgres out.

`python -m streaming.job` runs until it is stopped (SIGTERM) or fails; `--available-now` catches up and ends.
One process at a time: the second one leaves. The supervisor starts a failed one again, and nothing is lost or
counted twice, because offsets are written in the transaction of the rows (see batch.py) and every start reads on
from them. Spark's checkpoint is scratch: it is made new at each start, so a lost or an old one changes nothing.
"""

from __future__ import annotations

import gc
import logging
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from msgspec import json
from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from comptoir.settings import settings_at_start
from ingestion.clickstream.kafka_log import KafkaDataLoss, KafkaUnavailable, open_log
from recommendations.warm_up import make_ready
from streaming import state
from streaming.batch import BatchRow, apply_batch
from streaming.heartbeat import Heartbeat
from streaming.memory import ShopMemory
from streaming.product_events import SPARK_SCHEMA, parse_records
from streaming.spark import start_spark
from streaming.state import StreamAlreadyRunning, StreamName, claim

log = logging.getLogger("streaming")

QUERY = "recommendations"
FETCH_WAIT_MS = 10  # Kafka's 500 would hold a batch of one click for as long
OBJECTS_BEFORE_COLLECTION = 50_000  # a batch makes many and leaves none behind
WARM_FOR_SECONDS = 20  # Spark ends Python workers after 60 s without work


@dataclass(frozen=True)
class StreamConfig:
    """What the stream reads, where it writes and where Spark keeps its checkpoint."""

    bootstrap: str
    topic: str
    database_url: str
    checkpoint_dir: Path
    max_offsets_per_trigger: int = 20_000
    consumables: tuple[str, ...] = ()  # categories, see ShopMemory


def read_product_events(spark: SparkSession, config: StreamConfig, starting_offsets: str) -> DataFrame:
    """Streaming rows of `product_events.SPARK_SCHEMA`: the records of the topic that count."""
    records = (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", config.bootstrap)
        .option("kafka.fetch.max.wait.ms", FETCH_WAIT_MS)
        .option("subscribe", config.topic)
        .option("startingOffsets", starting_offsets)
        .option("maxOffsetsPerTrigger", config.max_offsets_per_trigger)
        .option("failOnDataLoss", "true")
        .load()
    )
    return records.select("partition", "offset", "value").mapInArrow(parse_records, SPARK_SCHEMA)


def starting_offsets(config: StreamConfig, connection: psycopg.Connection) -> str:
    """Where to read on, in Spark's JSON: behind the fence, and new partitions from their beginning.

    Raises KafkaUnavailable, or KafkaDataLoss when the log no longer holds what should come next.
    """
    fence = state.lock_offsets(connection, StreamName(QUERY, config.topic))
    with open_log(config.bootstrap, [config.topic], kept_in="serving.stream_offsets") as log:
        log.assign({partition: fence.get(partition.partition) for partition in log.partitions()})
        positions = {str(partition.partition): offset for partition, offset in log.positions.items()}
    return json.encode({config.topic: positions}).decode()


def warm_up(spark: SparkSession) -> None:
    """Send nothing through the plan of a batch.

    Spark ends a Python worker that was idle for a minute, and a new one takes seconds to import what it needs: the
    first click of a quiet hour must not wait for that, nor the very first for Spark to compile its plan.
    """
    cores = spark.sparkContext.defaultParallelism
    nothing = spark.range(0, cores, 1, numPartitions=cores).selectExpr(
        "cast(0 as int) as partition", "id as offset", "cast(null as binary) as value"
    )
    nothing.mapInArrow(parse_records, SPARK_SCHEMA).toArrow()


def batch_writer(
    connection: psycopg.Connection, memory: ShopMemory, name: StreamName, writing: threading.Lock
) -> Callable[[DataFrame, int], None]:
    """The function for `foreachBatch`; holds `writing` while it works, so that a stop never cuts a batch."""

    def write(batch: DataFrame, batch_id: int) -> None:
        with writing:
            begun = time.monotonic()
            table = batch.toArrow()
            read = time.monotonic()
            rows = map(BatchRow._make, zip(*(column.to_pylist() for column in table.columns), strict=True))
            report = apply_batch(connection, memory, name, rows)
            seconds = read - begun, time.monotonic() - read
            log.info("Batch %s: %s, read in %.3f s, written in %.3f s", batch_id, report, *seconds)

    return write


@contextmanager
def open_stream(config: StreamConfig) -> Iterator[psycopg.Connection]:
    """The connection that writes and, for as long as it lives, keeps a second stream away.

    Raises StreamAlreadyRunning, or psycopg.OperationalError when Postgres cannot be reached.
    """
    with psycopg.connect(config.database_url, autocommit=True, application_name="stream") as connection:
        claim(connection, StreamName(QUERY, config.topic))
        yield connection


def run(
    spark: SparkSession,
    connection: psycopg.Connection,
    config: StreamConfig,
    available_now: bool,
    stop: threading.Event,
) -> None:
    """Run the stream until `stop` is set, or with `available_now` until it has read what is there.

    `connection` comes from `open_stream`. Raises StreamingQueryException when a batch failed, and what
    `starting_offsets` raises.
    """
    writing = threading.Lock()
    memory = ShopMemory(connection, config.consumables)
    write = batch_writer(connection, memory, StreamName(QUERY, config.topic), writing)
    events = read_product_events(spark, config, starting_offsets(config, connection))
    shutil.rmtree(config.checkpoint_dir, ignore_errors=True)
    writer = events.writeStream.queryName(QUERY).foreachBatch(write)
    writer = writer.option("checkpointLocation", str(config.checkpoint_dir))
    warm_up(spark)
    make_ready()
    gc.freeze()  # the shop in memory stays: looking through it for cycles takes longer than a batch
    query = (writer.trigger(availableNow=True) if available_now else writer).start()
    heartbeat = Heartbeat(config.database_url)
    try:
        _wait(spark, query, stop, heartbeat)
    finally:
        with writing:
            query.stop()
        heartbeat.close()


def _wait(spark: SparkSession, query: StreamingQuery, stop: threading.Event, heartbeat: Heartbeat) -> None:
    warmed = time.monotonic()
    while not stop.is_set():
        heartbeat.beat(query)
        if query.awaitTermination(1):
            return
        if time.monotonic() - warmed > WARM_FOR_SECONDS and not query.status["isTriggerActive"]:
            warm_up(spark)
            warmed = time.monotonic()


def main(
    available_now: Annotated[bool, typer.Option("--available-now", help="catch up with the topic, then end")] = False,
) -> None:
    """Keep the recommendations fresh."""
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION, 50, 50)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("py4j").setLevel(logging.WARNING)
    settings = settings_at_start()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    config = StreamConfig(
        bootstrap=settings.bootstrap_servers,
        topic=settings.clicks_topic,
        database_url=settings.database_url,
        checkpoint_dir=settings.checkpoint_dir / QUERY,
        max_offsets_per_trigger=settings.stream_max_offsets_per_trigger,
        consumables=tuple(settings.consumable_categories),
    )
    try:
        with open_stream(config) as connection:
            spark = start_spark(settings.spark_master, settings.spark_jars_dir)
            run(spark, connection, config, available_now, stop)
            spark.stop()
    except (StreamAlreadyRunning, FileNotFoundError, KafkaUnavailable, KafkaDataLoss) as error:
        sys.exit(str(error))
    except psycopg.OperationalError as error:
        sys.exit(f"The stream cannot reach the warehouse: {error}. Start Postgres (`make up`) or check its URL.")
    except StreamingQueryException as error:
        sys.exit(f"The stream on topic {config.topic!r} failed and stopped: {_cause(error)}")


def _cause(error: StreamingQueryException) -> str:
    """The one line that says why: the end of the Python traceback in Spark's message, or its first line."""
    message = str(error)
    _, found, traceback = message.partition("Traceback (most recent call last):\n")
    if found:
        return next((line for line in traceback.splitlines() if line and not line.startswith(" ")), message)
    return message.splitlines()[0]


if __name__ == "__main__":
    typer.run(main)
