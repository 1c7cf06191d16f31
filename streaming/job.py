"""The stream: reads the topic of clicks and keeps counts and recommendation lists in Postgres.

`python -m streaming.job` runs until it is stopped (SIGTERM) or fails; `--available-now` catches up and ends. Only one
process runs at a time; a second one exits. When the supervisor restarts a failed process, nothing is lost or counted
twice: offsets are written in the transaction of the rows (see batch.py), and every start continues from them. Spark's
checkpoint is scratch space: it is deleted at each start, so a lost or outdated one changes nothing.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from msgspec import json
from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from comptoir.kafka_access import Bootstrap, access_of
from comptoir.settings import Settings, settings_at_start
from ingestion.clickstream.errors import KafkaDataLoss, KafkaUnavailable
from ingestion.clickstream.kafka_log import open_log
from streaming import state
from streaming.counter_config import CounterConfig
from streaming.heartbeat import Heartbeat
from streaming.queries import StreamQueries
from streaming.spark import start_spark
from streaming.stages import keep_warm, make_ready
from streaming.state import StreamAlreadyRunning, StreamName, claim

log = logging.getLogger("streaming")

QUERY = "recommendations"
FETCH_WAIT_MS = 10  # Kafka's default of 500 would delay a batch of one click by as much
WARM_FOR_SECONDS = 40  # Spark ends a Python worker that was idle for 60 s
TASK_RECORDS = 2_500  # at most in a task that reads: a partition may hold most of a batch, as with one busy visitor


@dataclass(frozen=True)
class StreamConfig:
    """What the stream reads and where it writes."""

    bootstrap: Bootstrap  # Kafka
    topic: str
    database_url: str
    checkpoint_dir: Path  # of Spark; deleted at each start
    max_offsets_per_trigger: int = 20_000  # records in one batch
    interval_ms: int = 125  # between the beginnings of two batches, if the first takes no longer
    spread_from: int = 10_000  # records from which a batch is spread over all workers, see batch_plans.py
    consumables: tuple[str, ...] = ()  # categories, see ShopMemory
    suppression_key: str = ""  # see CounterConfig

    @property
    def name(self) -> StreamName:
        """The owner of offsets and lock."""
        return StreamName(QUERY, self.topic)

    @property
    def counter(self) -> CounterConfig:
        """What the workers need."""
        return CounterConfig(self.database_url, self.name, self.consumables, self.suppression_key)


def read_records(spark: SparkSession, config: StreamConfig, starting_offsets: str) -> DataFrame:
    """The records of the topic as a streaming table of (partition, offset, value)."""
    access = {f"kafka.{name}": value for name, value in access_of(config.bootstrap).for_java.items()}
    records = (
        spark.readStream.format("kafka")
        .options(**access)
        .option("kafka.fetch.max.wait.ms", FETCH_WAIT_MS)
        .option("kafka.max.poll.records", TASK_RECORDS)  # Spark asks for the topic's ends after each poll
        .option("subscribe", config.topic)
        .option("startingOffsets", starting_offsets)
        .option("maxOffsetsPerTrigger", config.max_offsets_per_trigger)
        .option("maxRecordsPerPartition", TASK_RECORDS)
        .option("failOnDataLoss", "true")
        .load()
    )
    return records.select("partition", "offset", "value")


def starting_offsets(config: StreamConfig, connection: psycopg.Connection) -> str:
    """Where to continue, in Spark's JSON: at the fence, and at the beginning of partitions without one.

    Raises KafkaUnavailable, and KafkaDataLoss when the topic no longer holds the records that come next.
    """
    fence = state.read_offsets(connection, config.name)
    with open_log(config.bootstrap, [config.topic], offsets_table="serving.stream_offsets") as log:
        log.assign({partition: fence.get(partition.partition) for partition in log.partitions()})
        positions = {str(partition.partition): offset for partition, offset in log.positions.items()}
    return json.encode({config.topic: positions}).decode()


def run_in_worker(spark: SparkSession, function: Callable) -> DataFrame:
    """A plan that calls `function` (for `mapInArrow`) in one worker; it can be collected again and again."""
    return spark.range(0, 1, 1, numPartitions=1).mapInArrow(function, "id bigint")


@contextmanager
def open_stream(config: StreamConfig) -> Iterator[psycopg.Connection]:
    """The connection that writes and holds the stream's lock, which keeps out a second stream.

    Raises StreamAlreadyRunning, and psycopg.OperationalError when Postgres cannot be reached.
    """
    with psycopg.connect(config.database_url, autocommit=True, application_name="stream") as connection:
        claim(connection, config.name)
        yield connection


def run(
    spark: SparkSession,
    connection: psycopg.Connection,
    config: StreamConfig,
    available_now: bool,
    stop: threading.Event,
) -> None:
    """Run the stream until `stop` is set, or with `available_now` until it has read the records of the topic.

    `connection` comes from `open_stream`. Raises StreamingQueryException when a batch failed, psycopg.Error when the
    connection is lost, and KafkaUnavailable and KafkaDataLoss as `starting_offsets` does.
    """
    pool = ThreadPoolExecutor(1)
    # while Kafka says where to begin
    ready = pool.submit(run_in_worker(spark, partial(make_ready, config=config.counter)).collect)
    starting = starting_offsets(config, connection)
    pool.shutdown()
    ready.result()  # before the first batch, which would take another worker
    queries = StreamQueries(config.counter, config.checkpoint_dir, config.interval_ms, config.spread_from)
    heartbeat, warm = Heartbeat(connection), run_in_worker(spark, keep_warm)
    by_size = available_now or config.spread_from <= 1
    while True:
        query = queries.start(read_records(spark, config, starting), by_size, available_now)
        try:
            _follow(query, queries, stop, heartbeat, warm)
        finally:
            queries.stop(query)
        if available_now or stop.is_set():
            return
        starting, by_size = starting_offsets(config, connection), not by_size


def _follow(
    query: StreamingQuery, queries: StreamQueries, stop: threading.Event, heartbeat: Heartbeat, warm: DataFrame
) -> None:
    """Until the query ends, `stop` is set, or its batches have the size for the other query."""
    warmed_at = time.monotonic()
    while not stop.is_set():
        records = heartbeat.beat(query)
        if query.awaitTermination(1) or queries.is_other_better(query, records):
            return
        if time.monotonic() - max(warmed_at, heartbeat.worked_at) > WARM_FOR_SECONDS:
            warm.collect()
            warmed_at = time.monotonic()


def main(
    available_now: Annotated[bool, typer.Option("--available-now", help="catch up with the topic, then exit")] = False,
) -> None:
    """Keep the recommendations up to date with the clicks."""
    settings = settings_at_start()
    work(settings, settings.spark_master, available_now=available_now)


def work(settings: Settings, master: str, packages: Path | None = None, available_now: bool = False) -> None:
    """Run the stream on this Spark `master` until SIGTERM or SIGINT. `packages`: see `start_spark`.

    Raises SystemExit with a sentence when it cannot go on.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("py4j").setLevel(logging.WARNING)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    config = StreamConfig(
        bootstrap=settings.kafka_as("stream"),
        topic=settings.clicks_topic,
        database_url=settings.database_url_as("stream"),
        checkpoint_dir=settings.checkpoint_dir / QUERY,
        max_offsets_per_trigger=settings.stream_max_offsets_per_trigger,
        interval_ms=settings.stream_interval_ms,
        spread_from=settings.stream_spread_from,
        consumables=tuple(settings.consumable_categories),
        suppression_key=settings.suppression_key.get_secret_value(),
    )
    try:
        with open_stream(config) as connection:
            spark = start_spark(
                master,
                settings.spark_jars_dir,
                small_batches=True,
                environment=settings.spark_environment,
                packages=packages,
            )
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
