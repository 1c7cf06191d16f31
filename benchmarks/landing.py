"""The lander against bare COPYs of the same records: alone, in pairs, and with ten million events in raw already."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median
from typing import Any

import psycopg
from kafka import KafkaProducer

from benchmarks.figure import Figure
from benchmarks.fresh_stores import Stores
from comptoir.repository import REPOSITORY
from events.event import Event
from ingestion.clickstream.kafka_log import open_log
from ingestion.clickstream.landing import BATCH_RECORDS, land
from ingestion.clickstream.records import Outcome, read_record
from ingestion.clickstream.store import EVENT_COLUMNS, event_row

EVENTS = 200_000
ROUNDS = 3
# for the last figure: events to land, with an empty raw and with EVENTS_IN_RAW
MORE_EVENTS, MORE_EVENTS_IN_FULL = 250_000, 1_000_000
EVENTS_IN_RAW = 10_000_000
DAYS_IN_RAW = 60
TURNS = 5


def lander_figures(stores: Stores, make_event: Callable[[], bytes]) -> list[Figure]:
    """About three minutes. `make_event` returns the bytes of a new record of the clicks topic each time."""
    topic = _produce(stores, "bench.landing", EVENTS, make_event)
    outcomes = _read_all(stores.kafka, topic)
    rounds: dict[str, list[float]] = {"ours": [], "pair": [], "from Kafka": [], "from memory": []}
    for number in range(ROUNDS):
        rounds["from memory"].append(_copy_from_memory(stores.create_database(f"memory_{number}"), outcomes))
        rounds["from Kafka"].append(_copy_from_kafka(stores.create_database(f"kafka_{number}"), stores, topic))
        rounds["ours"].append(_land(stores.create_database(f"ours_{number}"), stores, topic))
        rounds["pair"].append(_land_in_pairs(stores.create_database(f"pair_{number}"), stores, topic))
    rate = {name: median(rates) for name, rates in rounds.items()}
    memory = f"median of {ROUNDS}; baseline: COPY of rows made beforehand into a table without any index"
    kafka = f"median of {ROUNDS}; baseline: the same reading and parsing, then COPY, nothing else"
    return [
        Figure("lander, from Kafka to committed rows", "events/s", rate["ours"], target=25_000),
        Figure("lander against a bare COPY of the same Kafka read", "events/s", rate["ours"], rate["from Kafka"], 0.6,
               target_on="ratio", note=kafka),
        Figure("lander against a bare COPY of rows in memory", "events/s", rate["ours"], rate["from memory"], 0.6,
               target_on="ratio", note=memory),
        Figure("two landers sharing the partitions, against the same", "events/s", rate["pair"], rate["from memory"],
               note=memory + "; two processes, from their first fetch to their last commit"),
        growth(stores, make_event, MORE_EVENTS),
    ]  # fmt: skip


def growth(stores: Stores, make_event: Callable[[], bytes], more: int) -> Figure:
    """Time to land `more` events with ten million in raw and with none; with a million it is the family `growth`."""
    topic = _produce(stores, "bench.growth", more, make_event)
    empty, full = stores.create_database("growth_empty"), stores.create_database("growth_full")
    _fill(full)
    seconds = growth_seconds(stores.kafka, topic, {"full": full, "empty": empty}, more)
    return Figure(
        f"time to land {more:,} more events with {EVENTS_IN_RAW:,} in raw",
        "s", seconds["full"], seconds["empty"], 1.2, "at_most", "ratio",
        note=f"baseline: with none in raw; the {EVENTS_IN_RAW:,} lie in {DAYS_IN_RAW} days; 1,000,000: family growth",
    )  # fmt: skip


def growth_seconds(bootstrap: str, topic: str, databases: dict[str, str], more: int) -> dict[str, float]:
    """Seconds to land `more` events, per database.

    A part for each in turns, so that a machine that slows down does so for all. Raises RuntimeError when events are
    missing.
    """
    seconds = dict.fromkeys(databases, 0.0)
    for _ in range(TURNS):
        for name, database_url in databases.items():
            report = land(bootstrap, database_url, [topic], max_records=more // TURNS)
            if report.events != more // TURNS:
                raise RuntimeError(f"the lander landed {report.events} of {more // TURNS} events")
            seconds[name] += report.seconds
    return seconds


def _produce(stores: Stores, topic: str, count: int, make_event: Callable[[], bytes]) -> str:
    stores.create_topic(topic)
    producer = KafkaProducer(bootstrap_servers=stores.kafka, linger_ms=20, batch_size=256 * 1024)
    for number in range(count):
        producer.send(topic, make_event(), partition=number % 2)
    producer.flush()
    producer.close()
    return topic


def _read_all(bootstrap: str, topic: str) -> list[Outcome]:
    with open_log(bootstrap, [topic]) as kafka_log:
        kafka_log.assign(dict.fromkeys(kafka_log.partitions()))
        return [read_record(record) for record in kafka_log.read(EVENTS, 120)]


def _land(database_url: str, stores: Stores, topic: str, expected: int = EVENTS) -> float:
    report = land(stores.kafka, database_url, [topic])
    if report.events != expected:
        raise RuntimeError(f"the lander landed {report.events} of {expected} events")
    return report.events / report.seconds


def _land_in_pairs(database_url: str, stores: Stores, topic: str) -> float:
    """Events per second of two landers with a partition each, which start at the same moment, already warm."""
    begins = time.time() + 4
    code = (
        "import sys, time; from ingestion.clickstream.landing import land;"
        "time.sleep(float(sys.argv[4]) - time.time());"
        "print(land(sys.argv[1], sys.argv[2], [sys.argv[3]], at_most=1).events)"
    )
    command = [sys.executable, "-c", code, stores.kafka, database_url, topic, str(begins)]
    pair = [subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE) for _ in range(2)]
    landed = [int(process.communicate(timeout=300)[0]) for process in pair]
    if sum(landed) != EVENTS:
        raise RuntimeError(f"two landers landed {landed} of {EVENTS} events")
    with psycopg.connect(database_url) as connection:
        [(finished,)] = connection.execute(
            "select extract(epoch from max(finished_at)) from raw_clickstream.landing_runs"
        ).fetchall()
    return EVENTS / (float(finished) - begins)


def _copy_from_memory(database_url: str, outcomes: Sequence[Outcome]) -> float:
    rows = [_row(outcome) for outcome in outcomes]
    with _bare_table(database_url) as connection:
        started = time.perf_counter()
        for start in range(0, len(rows), BATCH_RECORDS):
            _copy(connection, rows[start : start + BATCH_RECORDS])
        return len(rows) / (time.perf_counter() - started)


def _copy_from_kafka(database_url: str, stores: Stores, topic: str) -> float:
    """Events per second of reading, parsing and a COPY, without what makes the lander exactly-once."""
    with _bare_table(database_url) as connection:
        started, copied = time.perf_counter(), 0
        with open_log(stores.kafka, [topic]) as kafka_log, ThreadPoolExecutor(1) as pool:
            kafka_log.assign(dict.fromkeys(kafka_log.partitions()))

            def read() -> list[Outcome]:
                return [read_record(record) for record in kafka_log.read(BATCH_RECORDS, 60)]

            ahead = pool.submit(read)
            while outcomes := ahead.result():
                ahead = pool.submit(read)
                copied += _copy(connection, [_row(outcome) for outcome in outcomes])
        return copied / (time.perf_counter() - started)


def _row(outcome: Outcome) -> tuple[Any, ...]:
    record, event = outcome
    if not isinstance(event, Event):
        raise RuntimeError(f"the benchmark made a bad event: {event}")
    return event_row(record, event)


def _copy(connection: psycopg.Connection, rows: Sequence[tuple[Any, ...]]) -> int:
    statement = f"copy bare_copy ({', '.join(EVENT_COLUMNS)}) from stdin"
    with connection.transaction(), connection.cursor() as cursor, cursor.copy(statement) as copying:
        for row in rows:
            copying.write_row(row)
    return len(rows)


@contextmanager
def _bare_table(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("create table bare_copy (like raw_clickstream.events including defaults)")
        yield connection


def _fill(database_url: str) -> None:
    """Put ten million events into raw as if landed: small ones, because their size does not affect later ones."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "select raw_clickstream.add_day(current_date - n) from generate_series(1, %s) as n", [DAYS_IN_RAW]
        )
        # the key is built after the rows: its size matters, not the time to fill it
        connection.execute("alter table raw_clickstream.event_ids drop constraint event_ids_pkey")
        numbered = "from generate_series(1, %s) as n"
        at = f"date_trunc('day', now()) - interval '1 day' - n %% {DAYS_IN_RAW} * interval '1 day'"
        connection.execute(
            f"""
            insert into raw_clickstream.event_ids (event_key, day, topic, partition, "offset", payload_hash)
            select md5('old' || n)::uuid, ({at})::date, 'old', n %% 2, n, md5('') :: uuid {numbered}
            """.encode(),
            [EVENTS_IN_RAW],
        )
        connection.execute("alter table raw_clickstream.event_ids add primary key (event_key)")
        connection.execute(
            f"""
            insert into raw_clickstream.events
            select
                'old' || n, 'page', null, {at}, {at}, 'visitor-' || n %% 100000, null, null, null, '{{}}', '{{}}',
                false, false, 'on_time', 1, '', 'old', n %% 2, n, now()
            {numbered}
            """.encode(),
            [EVENTS_IN_RAW],
        )
        connection.execute("vacuum analyze raw_clickstream.event_ids")
        connection.execute("checkpoint")
