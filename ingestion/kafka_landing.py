"""Kafka → raw_clickstream: a bounded drain, exactly once. `python -m ingestion.kafka_landing` lands once.

Every record of the topics ends as one row of events, bad_events or duplicate_events. Rows and offsets commit
together, so a lander that dies at any instant leaves either both or neither, and the next one goes on there.
"""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg
from psycopg.types.json import Jsonb

from comptoir.settings import get_settings
from ingestion.kafka_log import open_log
from ingestion.raw_clickstream import Landed, Outcome, open_raw_clickstream, read_record

GROUP = "raw_clickstream"
BATCH_RECORDS = 10_000

log = logging.getLogger(__name__)


class WarehouseUnavailable(RuntimeError):
    """Postgres cannot be reached or went away; the batch it was writing left nothing behind."""


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
) -> LandingReport:
    """Land what the topics hold at this moment, at most `max_records` records and about `max_seconds`.

    A second lander of the same group waits up to `wait_seconds`, then leaves with LanderBusy. Raises
    KafkaUnavailable, KafkaDataLoss or WarehouseUnavailable; what was committed before stays, and the next run
    goes on from there.
    """
    started, run = time.monotonic(), _Run()
    try:
        _drain(run, bootstrap, database_url, topics, group, started + max_seconds, max_records, wait_seconds)
    except psycopg.OperationalError as error:
        run.error = (
            f"Postgres cannot be reached or went away: {str(error).strip()}. "
            "The batch being written left nothing; run again once it is back."
        )
        raise WarehouseUnavailable(run.error) from error
    except Exception as error:
        run.error = str(error)
        raise
    finally:
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


def _drain(
    run: _Run,
    bootstrap: str,
    database_url: str,
    topics: list[str],
    group: str,
    deadline: float,
    max_records: int,
    wait_seconds: float,
) -> None:
    with (
        open_raw_clickstream(database_url, group, wait_seconds) as raw,
        open_log(bootstrap, topics, raw.next_offsets()) as kafka_log,
        ThreadPoolExecutor(1, "lander-reads-ahead") as pool,
    ):

        def read(already: int) -> list[Outcome]:
            """The next batch, parsed; empty at the end or at a bound."""
            count, seconds = min(BATCH_RECORDS, max_records - already), deadline - time.monotonic()
            return [read_record(record) for record in kafka_log.read(count, seconds)]

        taken = 0
        ahead = pool.submit(read, taken)
        # Postgres writes one batch while the next one is read and parsed
        while outcomes := ahead.result():
            taken += len(outcomes)
            ahead = pool.submit(read, taken)
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
    try:
        report = land(
            settings.bootstrap_servers,
            settings.database_url,
            [settings.clicks_topic, settings.clicks_bad_topic],
        )
    except RuntimeError as error:
        raise SystemExit(str(error)) from error
    log.info("%s", report)


if __name__ == "__main__":
    main()
