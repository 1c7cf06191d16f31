"""The lander dies, loses its database or its offsets at the worst moments: every event is in raw exactly once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from benchmarks.support.events import wire
from benchmarks.support.kafka_records import produce
from comptoir.repository import REPOSITORY
from ingestion.clickstream import landing
from ingestion.clickstream.errors import WarehouseUnavailable
from local.waiting import wait_until
from tests.support.landing import assert_no_gap, contents, rows

pytestmark = pytest.mark.services

# small batches, so that a kill can fall into a hundred transactions
LANDER = (
    "import sys; from ingestion.clickstream import landing; landing.BATCH_RECORDS = 100;"
    "print(landing.land(*sys.argv[1:3], sys.argv[3:]))"
)


def start_lander(kafka: str, database: str, topics: tuple[str, str], log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", LANDER, kafka, database, *topics]
    with log.open("ab") as output:
        return subprocess.Popen(command, cwd=REPOSITORY, stdout=output, stderr=output)


def landed_offsets(database: str) -> int:
    return int(rows(database, "select coalesce(sum(next_offset), 0) from raw_clickstream.kafka_offsets")[0][0])


def reaches(connection: psycopg.Connection, offsets: int) -> None:
    query = "select coalesce(sum(next_offset), 0) from raw_clickstream.kafka_offsets"
    [(landed,)] = connection.execute(query).fetchall()
    assert landed >= offsets


def test_kill_9_in_mid_run_loses_and_doubles_nothing(
    kafka: str, database: str, topics: tuple[str, str], tmp_path: Path
) -> None:
    rng = random.Random(20261123)
    ids = [f"m{number}" for number in range(10_000)]
    values = [wire(messageId=event_id, anonymousId=f"v{rng.randrange(50)}") for event_id in ids]
    repeats, poison = rng.sample(values, 200), [b"poison"] * 100
    records: list[bytes | None] = [*values, *repeats, *poison]
    rng.shuffle(records)
    for partition in (0, 1):
        produce(kafka, topics[0], records[partition::2], partition=partition)
    log = tmp_path / "lander.log"

    # the last target leaves fifty batches: however late this process gets its turn, the kill is not too late
    with psycopg.connect(database, autocommit=True) as watch:
        for target in sorted(rng.sample(range(500, 5_000), 4)):
            lander = start_lander(kafka, database, topics, log)
            wait_until(lambda at=target: reaches(watch, at), "the lander", seconds=120, every=0.005)
            time.sleep(rng.uniform(0, 0.02))  # anywhere inside a transaction
            lander.send_signal(signal.SIGKILL)
            assert lander.wait(60) == -signal.SIGKILL, log.read_text()
            assert landed_offsets(database) < len(records)

    lander = start_lander(kafka, database, topics, log)
    assert lander.wait(120) == 0, log.read_text()
    assert landed_offsets(database) == len(records)
    assert sorted(rows(database, "select event_id from raw_clickstream.events")) == sorted((i,) for i in ids)
    assert rows(database, "select count(*) from raw_clickstream.bad_events") == [(len(poison),)]
    assert rows(database, "select count(*) from raw_clickstream.duplicate_events") == [(len(repeats),)]
    assert_no_gap(database, topics[0])


def test_connection_dropped_between_copy_and_commit_leaves_nothing(
    kafka: str, database: str, topics: tuple[str, str]
) -> None:
    produce(kafka, topics[0], [wire(messageId=f"m{number}") for number in range(50)])
    outcome: list[Any] = []

    def land() -> None:
        try:
            outcome.append(landing.land(kafka, database, [*topics]))
        except WarehouseUnavailable as error:
            outcome.append(error)

    lander = threading.Thread(target=land)
    with psycopg.connect(database) as other, psycopg.connect(database, autocommit=True) as admin:
        # an open transaction holds one id, so the lander waits for it between its COPY and its commit
        other.execute(
            "insert into raw_clickstream.event_ids values (md5('m25')::uuid, now(), 'elsewhere', 0, 0, md5('')::uuid)"
        )
        lander.start()

        def cut() -> None:
            [(cut_off,)] = admin.execute(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                " where application_name like 'lander%' and datname = current_database() and wait_event_type = 'Lock'"
            ).fetchall()
            assert cut_off == 1

        wait_until(cut, "the lander between COPY and commit", seconds=60, every=0.02)
        lander.join(60)
        other.rollback()

    assert "run again" in str(outcome[0]) and isinstance(outcome[0], WarehouseUnavailable)
    assert contents(database) == [[], [], [], []] and landed_offsets(database) == 0
    assert landing.land(kafka, database, [*topics]).events == 50
    assert_no_gap(database, topics[0])
    runs = rows(database, "select events_count, error is null from raw_clickstream.landing_runs order by run_id")
    assert runs == [(0, False), (50, True)]


def test_offsets_restored_from_an_old_copy_change_nothing(kafka: str, database: str, topics: tuple[str, str]) -> None:
    produce(kafka, topics[0], [wire(), b"bad", wire(messageId="m"), wire(messageId="m")])
    landing.land(kafka, database, [*topics])
    with psycopg.connect(database) as connection:
        connection.execute("create table old_copy as table raw_clickstream.kafka_offsets")
    produce(kafka, topics[0], [wire(), None, wire(messageId="m")])
    landing.land(kafka, database, [*topics])
    before = contents(database)
    with psycopg.connect(database) as connection:
        connection.execute("truncate raw_clickstream.kafka_offsets")
        connection.execute("insert into raw_clickstream.kafka_offsets table old_copy")
    report = landing.land(kafka, database, [*topics])
    assert (report.records, report.events, report.bad, report.duplicates) == (3, 0, 0, 0)
    assert contents(database) == before


def test_two_landers_at_once_land_everything_once(
    kafka: str, database: str, topics: tuple[str, str], tmp_path: Path
) -> None:
    produce(kafka, topics[0], [wire(messageId=f"m{number}") for number in range(3_000)])
    landers = [start_lander(kafka, database, topics, tmp_path / f"{number}.log") for number in range(2)]
    assert [lander.wait(120) for lander in landers] == [0, 0]  # the second one waited, and found nothing left
    assert rows(database, "select count(*) from raw_clickstream.events") == [(3_000,)]
    assert rows(database, "select sum(events_count)::int, count(*) from raw_clickstream.landing_runs") == [(3_000, 2)]
    assert_no_gap(database, topics[0])
