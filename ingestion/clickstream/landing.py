"""Kafka → raw_clickstream, exactly once: a bounded drain, or for as long as it runs. `comptoir clicks land [--follow]`.

Every record of the topics ends as one row of events, bad_events or duplicate_events. Rows and offsets commit
together, so a lander that dies at any instant leaves either both or neither, and the next one goes on there.
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

from comptoir.settings import get_settings
from ingestion.clickstream.kafka_log import KafkaUnavailable, open_log
from ingestion.clickstream.records import Outcome, read_record
from ingestion.clickstream.session import LanderBusy, open_raw_clickstream
from ingestion.clickstream.store import Landed

GROUP = "raw_clickstream"
BATCH_RECORDS = 10_000
FOLLOW_SECONDS = 60  # a follower connects anew, notices new partitions and writes its audit row this often
IDLE_SECONDS = 0.1  # between two looks at a log that has nothing new
RETRY_SECONDS = 1
# of Python's threads: with the usual 5 ms the writer waits that long for the parser at each piece it sends
SWITCH_SECONDS = 0.0005

log = logging.getLogger(__name__)


class WarehouseUnavailable(RuntimeError):
    """Postgres cannot be reached, went away or has no space; the batch it was writing left nothing behind."""


@dataclass(frozen=True)
class LandingReport:
    """What one run did. records = events + bad + duplicates, unless a replay met records landed before."""

    records: int
    events: int
    bad: int
    duplicates: int
    conflicts: int  # among the duplicates: the same id with another payload
    lag: dict[str, int]  # records left at the end, per topic/partition
    seconds: float


@dataclass
class _Run:
    """A run in progress, for the audit log even when it fails."""

    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    landed: Landed = field(default_factory=Landed)
    lag: dict[str, int] = field(default_factory=dict)
    error: str | None = None


def land(
    bootstrap: str,
    database_url: str,
    topics: list[str],
    group: str = GROUP,
    max_seconds: float = 300,
    max_records: int = 5_000_000,
    wait_seconds: float = 30,
    at_most: int | None = None,
) -> LandingReport:
    """Land what the topics hold at this moment, at most `max_records` records and about `max_seconds`.

    Landers of one group share the partitions: each takes those that are free, `at_most` so many. One that finds
    none waits up to `wait_seconds`, then leaves with LanderBusy. Raises KafkaUnavailable, KafkaDataLoss or
    WarehouseUnavailable; what was committed before stays, and the next run goes on from there.
    """
    bounds = _Bounds(time.monotonic() + max_seconds, max_records, wait_seconds, at_most)
    return _land(bootstrap, database_url, topics, group, bounds)


def follow(
    bootstrap: str,
    database_url: str,
    topics: list[str],
    stop: Signal,
    group: str = GROUP,
    at_most: int | None = None,
    report: Callable[[LandingReport], None] = lambda report: None,
) -> None:
    """Land what comes until `stop` is set, and try again while Kafka or Postgres is away.

    Raises KafkaDataLoss: records that are gone need a person.
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
                bounds = _Bounds(time.monotonic() + FOLLOW_SECONDS, None, FOLLOW_SECONDS, at_most, stop)
                report(_land(bootstrap, database_url, topics, group, bounds))


@dataclass(frozen=True)
class _Bounds:
    """When a run ends; one with a `stop` waits for more until its deadline, one without ends with the log."""

    deadline: float
    max_records: int | None
    wait_seconds: float
    at_most: int | None
    stop: Signal | None = None

    def is_over(self) -> bool:
        return self.stop is None or self.stop.is_set() or time.monotonic() >= self.deadline


def _land(bootstrap: str, database_url: str, topics: list[str], group: str, bounds: _Bounds) -> LandingReport:
    started, run = time.monotonic(), _Run()
    try:
        _drain(run, bootstrap, database_url, topics, group, bounds)
    except (psycopg.OperationalError, psycopg.InternalError) as error:  # away, ending, out of space or of files
        run.error = (
            f"Postgres cannot be reached or could not go on: {str(error).strip()}. "
            "The batch being written left nothing; run again once it is well."
        )
        raise WarehouseUnavailable(run.error) from error
    except Exception as error:
        is_waiting = isinstance(error, LanderBusy) and bounds.stop is not None  # in reserve: not worth a row a minute
        run.error = None if is_waiting else str(error)
        raise
    finally:
        if bounds.stop is None or run.landed.records or run.error:
            _write_audit(run, database_url, group)
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
def _brisk_threads() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _drain(run: _Run, bootstrap: str, database_url: str, topics: list[str], group: str, bounds: _Bounds) -> None:
    with (
        _brisk_threads(),
        open_raw_clickstream(database_url, group) as raw,
        open_log(bootstrap, topics) as kafka_log,
        ThreadPoolExecutor(1, "lander-reads-ahead") as pool,
    ):
        mine = raw.claim(kafka_log.partitions(), bounds.wait_seconds, bounds.at_most, bounds.stop)
        known = raw.next_offsets()
        kafka_log.assign({partition: known.get(partition) for partition in mine})

        def read(already: int) -> list[Outcome]:
            """The next batch, parsed; empty at the end or at a bound."""
            if bounds.stop is not None and kafka_log.is_drained:
                kafka_log.extend()
                if kafka_log.is_drained and bounds.stop.wait(IDLE_SECONDS):
                    return []
            count = BATCH_RECORDS if bounds.max_records is None else min(BATCH_RECORDS, bounds.max_records - already)
            return [read_record(record) for record in kafka_log.read(count, bounds.deadline - time.monotonic())]

        taken = 0
        ahead = pool.submit(read, taken)
        # Postgres writes one batch while the next one is read and parsed
        while (outcomes := ahead.result()) or not bounds.is_over():
            taken += len(outcomes)
            ahead = pool.submit(read, taken)
            if outcomes:
                run.landed += raw.write(outcomes)
        run.lag = kafka_log.lag()


def _write_audit(run: _Run, database_url: str, group: str) -> None:
    """One row of raw_clickstream.landing_runs; a database that is away must not hide the run's own error."""
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


def main() -> None:
    """Land both topics once, with the settings' addresses; exits with one sentence when it cannot."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("kafka").setLevel(logging.WARNING)
    settings = get_settings()
    topics = [settings.clicks_topic, settings.clicks_bad_topic]
    try:
        log.info("%s", land(settings.bootstrap_servers, settings.database_url, topics))
    except RuntimeError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
