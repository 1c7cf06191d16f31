"""The lander: Kafka → raw_clickstream, exactly once; one bounded run (`land`), or until it is stopped (`follow`).

Every record of the topics becomes one row of events, bad_events or duplicate_events. Rows and offsets are committed
together, so a lander that dies at any moment leaves either both or neither, and the next one continues from there.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event as Signal

import psycopg
from psycopg.types.json import Jsonb
from tenacity import (
    Retrying,
    before_sleep_log,
    retry_if_exception_type,
    sleep_using_event,
    stop_when_event_set,
    wait_fixed,
)

from comptoir.kafka_access import Bootstrap
from ingestion.clickstream.errors import KafkaUnavailable, LanderBusy, WarehouseUnavailable
from ingestion.clickstream.kafka_log import open_log
from ingestion.clickstream.lander_connection import connect_lander
from ingestion.clickstream.records import Outcome, read_record
from ingestion.clickstream.store import Landed

GROUP = "raw_clickstream"
BATCH_RECORDS = 10_000
FOLLOW_SECONDS = 60  # how often a follower reconnects, notices new partitions and writes a row of landing_runs
IDLE_SECONDS = 0.1  # between two looks at a log without new records
RETRY_SECONDS = 1
# Python's thread switch interval: with the default of 5 ms the writer waits that long for the parser at each send
SWITCH_SECONDS = 0.0005

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LandingReport:
    """What one run did, as numbers of records: records = events + bad + duplicates + those landed before."""

    records: int
    events: int
    bad: int
    duplicates: int
    conflicts: int  # those of the duplicates that have another payload
    lag: dict[str, int]  # records not landed yet at the end, per topic/partition
    seconds: float


@dataclass
class _Run:
    """A run in progress: what goes into landing_runs even if it fails."""

    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    landed: Landed = field(default_factory=Landed)
    lag: dict[str, int] = field(default_factory=dict)
    error: str | None = None


def land(
    bootstrap: Bootstrap,
    database_url: str,
    topics: list[str],
    group: str = GROUP,
    max_seconds: float = 300,
    max_records: int = 5_000_000,
    wait_seconds: float = 30,
    at_most: int | None = None,
) -> LandingReport:
    """Land what the topics hold now, at most `max_records` records and for about `max_seconds`.

    Landers of one group share the partitions: each takes those that are free, at most `at_most` of them. Raises
    LanderBusy when none becomes free for `wait_seconds`, KafkaUnavailable, KafkaDataLoss or WarehouseUnavailable; what
    was committed before stays, and the next run continues from there.
    """
    limits = _Limits(time.monotonic() + max_seconds, max_records, wait_seconds, at_most)
    return _land(bootstrap, database_url, topics, group, limits)


def follow(
    bootstrap: Bootstrap,
    database_url: str,
    topics: list[str],
    stop: Signal,
    group: str = GROUP,
    at_most: int | None = None,
    report: Callable[[LandingReport], None] = lambda report: None,
) -> None:
    """Land new records until `stop` is set; keeps trying while Kafka or Postgres is away or other landers are busy.

    `report` is called about once a minute. Raises KafkaDataLoss, because lost records need a person's decision.
    """
    for attempt in Retrying(
        retry=retry_if_exception_type((KafkaUnavailable, WarehouseUnavailable, LanderBusy)),
        wait=wait_fixed(RETRY_SECONDS),
        stop=stop_when_event_set(stop),
        sleep=sleep_using_event(stop),
        before_sleep=before_sleep_log(log, logging.WARNING),
        reraise=True,
    ):
        with attempt:
            while not stop.is_set():
                limits = _Limits(time.monotonic() + FOLLOW_SECONDS, None, FOLLOW_SECONDS, at_most, stop)
                report(_land(bootstrap, database_url, topics, group, limits))


@dataclass(frozen=True)
class _Limits:
    """When a run ends: with a `stop` it waits for more records until the deadline, without one it ends with the log."""

    deadline: float
    max_records: int | None
    wait_seconds: float
    at_most: int | None
    stop: Signal | None = None

    def is_over(self) -> bool:
        return self.stop is None or self.stop.is_set() or time.monotonic() >= self.deadline


def _land(bootstrap: Bootstrap, database_url: str, topics: list[str], group: str, limits: _Limits) -> LandingReport:
    started, run = time.monotonic(), _Run()
    try:
        _drain(run, bootstrap, database_url, topics, group, limits)
    except (
        psycopg.OperationalError,
        psycopg.InternalError,
    ) as error:  # unreachable, stopping, out of space or files
        run.error = (
            f"Postgres cannot be reached or has failed: {str(error).strip()}. "
            "Nothing of the batch being written was committed; run again when Postgres is back."
        )
        raise WarehouseUnavailable(run.error) from error
    except Exception as error:
        is_waiting = isinstance(error, LanderBusy) and limits.stop is not None  # on standby: no row a minute
        run.error = None if is_waiting else str(error)
        raise
    finally:
        if limits.stop is None or run.landed.records or run.error:
            _log_run(run, database_url, group)
    landed = run.landed
    return LandingReport(
        records=landed.records,
        events=landed.events,
        bad=landed.bad,
        duplicates=landed.duplicates,
        conflicts=landed.conflicts,
        lag=run.lag,
        seconds=time.monotonic() - started,
    )


@contextmanager
def _fast_thread_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _drain(run: _Run, bootstrap: Bootstrap, database_url: str, topics: list[str], group: str, limits: _Limits) -> None:
    with (
        _fast_thread_switches(),
        connect_lander(database_url, group) as warehouse,
        open_log(bootstrap, topics) as kafka_log,
        ThreadPoolExecutor(1, "lander-reads-ahead") as pool,
    ):
        mine = warehouse.claim(kafka_log.partitions(), limits.wait_seconds, limits.at_most, limits.stop)
        known = warehouse.next_offsets()
        kafka_log.assign({partition: known.get(partition) for partition in mine})

        def read(already: int) -> list[Outcome]:
            """The next batch, parsed; empty at the end or at a limit."""
            if limits.stop is not None and kafka_log.is_drained:
                kafka_log.extend()
                if kafka_log.is_drained and limits.stop.wait(IDLE_SECONDS):
                    return []
            count = BATCH_RECORDS if limits.max_records is None else min(BATCH_RECORDS, limits.max_records - already)
            return [read_record(record) for record in kafka_log.read(count, limits.deadline - time.monotonic())]

        taken = 0
        ahead = pool.submit(read, taken)
        # one batch is written to Postgres while the next one is read and parsed
        while (outcomes := ahead.result()) or not limits.is_over():
            taken += len(outcomes)
            ahead = pool.submit(read, taken)
            if outcomes:
                run.landed += warehouse.write(outcomes)
        run.lag = kafka_log.lag()


def _log_run(run: _Run, database_url: str, group: str) -> None:
    """Add a row to raw_clickstream.landing_runs; an unreachable database must not hide the run's own error."""
    landed = run.landed
    with suppress(psycopg.OperationalError), psycopg.connect(database_url, connect_timeout=5) as connection:
        connection.execute(
            """
            insert into raw_clickstream.landing_runs (
                consumer_group, started_at, records_count, events_count, bad_count, duplicates_count,
                conflicts_count, lag, error
            ) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                group,
                run.started_at,
                landed.records,
                landed.events,
                landed.bad,
                landed.duplicates,
                landed.conflicts,
                Jsonb(run.lag),
                run.error,
            ],
        )
