"""The stream: reads the topic of clicks and keeps counts and recommendation lists in Postgres.

`python -m streaming.job` runs until it is stopped (SIGTERM) or fails; `--available-now` catches up and ends. Only one
process runs at a time; a second one exits. When the supervisor restarts a failed process, nothing is lost or counted
twice: offsets are written in the transaction of the rows (see batch.py), and every start continues from them. Spark's
checkpoint is scratch space: it is deleted at each start, so a lost or outdated one changes nothing.
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
from recommendations.warm_up import warm_up_numba
from streaming import state
from streaming.batch_rows import SPARK_SCHEMA, rows_of
from streaming.heartbeat import Heartbeat
from streaming.memory import ShopMemory
from streaming.poison import Isolation
from streaming.product_events import parse_records
from streaming.spark import start_spark
from streaming.state import StreamAlreadyRunning, StreamName, claim

log = logging.getLogger("streaming")

QUERY = "recommendations"
FETCH_WAIT_MS = 10  # Kafka's default of 500 would delay a batch of one click by as much
OBJECTS_BEFORE_COLLECTION = 50_000  # a batch allocates many objects and leaves none behind
WARM_FOR_SECONDS = 20  # Spark ends a Python worker that was idle for 60 s

# a record that a worker reads as any other, so that the lists of robots are compiled, too
A_PAGE_VIEW = (
    '{"messageId":"warm-up","type":"page","anonymousId":"nobody","receivedAt":"2026-01-01T00:00:00Z",'
    '"timestamp":"2026-01-01T00:00:00Z","context":{"userAgent":"warm-up"},"properties":{}}'
)


@dataclass(frozen=True)
class StreamConfig:
    """What the stream reads and where it writes."""

    bootstrap: str  # Kafka's servers
    topic: str
    database_url: str
    checkpoint_dir: Path  # of Spark; deleted at each start
    max_offsets_per_trigger: int = 20_000  # records in one batch
    consumables: tuple[str, ...] = ()  # categories, see ShopMemory


def read_product_events(spark: SparkSession, config: StreamConfig, starting_offsets: str) -> DataFrame:
    """Streaming rows of `batch_rows.SPARK_SCHEMA`: the records of the topic that count."""
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
    """Where to continue, in Spark's JSON: at the fence, and at the beginning of partitions without one.

    Raises KafkaUnavailable, and KafkaDataLoss when the topic no longer holds the records that come next.
    """
    fence = state.lock_offsets(connection, StreamName(QUERY, config.topic))
    with open_log(config.bootstrap, [config.topic], offsets_table="serving.stream_offsets") as log:
        log.assign({partition: fence.get(partition.partition) for partition in log.partitions()})
        positions = {str(partition.partition): offset for partition, offset in log.positions.items()}
    return json.encode({config.topic: positions}).decode()


def warm_up_spark(spark: SparkSession) -> None:
    """Run the plan of a batch on a page view that counts for nothing, in a Python worker for each core.

    Spark ends a Python worker that was idle for a minute, and a new one needs seconds for its imports. The first click
    of a quiet hour must not wait for that, and the first click of all must not wait for Spark to compile the plan.
    """
    cores = spark.sparkContext.defaultParallelism
    records = spark.range(0, cores, 1, numPartitions=cores).selectExpr(
        "cast(0 as int) as partition", "id as offset", f"cast('{A_PAGE_VIEW}' as binary) as value"
    )
    records.mapInArrow(parse_records, SPARK_SCHEMA).toArrow()


def batch_writer(isolation: Isolation, writing: threading.Lock) -> Callable[[DataFrame, int], None]:
    """The function for `foreachBatch`. It holds `writing` while it works, so that a stop never interrupts a batch."""

    def write(batch: DataFrame, batch_id: int) -> None:
        with writing:
            begun = time.monotonic()
            table = batch.toArrow()
            read = time.monotonic()
            report = isolation.apply(list(rows_of(table)))
            seconds = read - begun, time.monotonic() - read
            log.info("Batch %s: %s, read in %.3f s, written in %.3f s", batch_id, report, *seconds)

    return write


@contextmanager
def open_stream(config: StreamConfig) -> Iterator[psycopg.Connection]:
    """The connection that writes and holds the stream's lock, which keeps out a second stream.

    Raises StreamAlreadyRunning, and psycopg.OperationalError when Postgres cannot be reached.
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
    """Run the stream until `stop` is set, or with `available_now` until it has read the records of the topic.

    `connection` comes from `open_stream`. Raises StreamingQueryException when a batch failed, and KafkaUnavailable and
    KafkaDataLoss as `starting_offsets` does.
    """
    writing = threading.Lock()
    name = StreamName(QUERY, config.topic)
    isolation = Isolation(connection, name, lambda: ShopMemory(connection, config.consumables))
    write = batch_writer(isolation, writing)
    events = read_product_events(spark, config, starting_offsets(config, connection))
    shutil.rmtree(config.checkpoint_dir, ignore_errors=True)
    writer = events.writeStream.queryName(QUERY).foreachBatch(write)
    writer = writer.option("checkpointLocation", str(config.checkpoint_dir))
    warm_up_spark(spark)
    warm_up_numba()
    gc.freeze()  # the shop in memory lives on: searching it for cycles takes longer than a batch
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
            warm_up_spark(spark)
            warmed = time.monotonic()


def main(
    available_now: Annotated[bool, typer.Option("--available-now", help="catch up with the topic, then exit")] = False,
) -> None:
    """Keep the recommendations up to date with the clicks."""
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
        sys.exit(f"The stream cannot reach Postgres: {error}. Start it (`make up`) or check COMPTOIR_POSTGRES_URL.")
    except StreamingQueryException as error:
        sys.exit(f"The stream on topic {config.topic!r} failed and stopped: {_cause(error)}")


def _cause(error: StreamingQueryException) -> str:
    """The line that names the cause: the last of the Python traceback in Spark's message, or the first of all."""
    message = str(error)
    _, found, traceback = message.partition("Traceback (most recent call last):\n")
    if found:
        return next((line for line in traceback.splitlines() if line and not line.startswith(" ")), message)
    return message.splitlines()[0]


if __name__ == "__main__":
    typer.run(main)
