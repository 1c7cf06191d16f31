"""How soon a click changes the visitor's list, beside a bare consumer that writes one row per event; in one run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import quantiles
from typing import LiteralString

import psycopg

from benchmarks.bare_consumer import TABLE
from benchmarks.click_load import Watcher, send_clicks
from benchmarks.figure import Figure
from benchmarks.services import Services, measuring_services
from comptoir.settings import REPOSITORY, get_settings
from local.waiting import wait_until
from tests.servers import stopped_at_exit

TOPIC = "bench.clicks"
WARM_UP = (200, 12)  # events/s, seconds: the JVM compiles, the caches fill
LOADS = {200: 20, 1_000: 10}  # events/s -> seconds
LISTS = """
    select visitor_id, computed_at from serving.recommendations
    where visitor_id = any(%s) and slot = 'home' and rank = 1
"""
BARE = f"select visitor_id, clicked_at from {TABLE} where visitor_id = any(%s)"
RECOMMEND = "select * from serving.recommend(%s, 'home', null, 20)"
BY_KEY = "select * from serving.recommendations where visitor_id = %s and slot = 'home' order by rank"


def measure() -> list[Figure]:
    """Every figure of the family `recommendations`; about a minute."""
    with measuring_services() as services, _consumers(services):
        send_clicks(services.kafka, TOPIC, *WARM_UP, [])
        figures = []
        for rate, seconds in LOADS.items():
            figures += _freshness(services, rate, seconds)
        return [*figures, *_reading(services)]


def _freshness(services: Services, rate: int, seconds: int) -> list[Figure]:
    ours, bare = Watcher(services.database_url, LISTS), Watcher(services.database_url, BARE)
    with ours.watching(), bare.watching():
        send_clicks(services.kafka, TOPIC, rate, seconds, [ours, bare], seed=rate)
        wait_until(
            lambda: _require(ours.pending + bare.pending == 0, "clicks are not seen yet"),
            "the last click",
            seconds=60,
            every=0.1,
        )
    figures = []
    for percent in (50, 95, 99):
        target = {200: 2_000.0, 1_000: 1_000.0}[rate] if percent == 95 else None
        figures.append(
            Figure(
                f"click to changed row at {rate:,} events/s, p{percent}",
                "ms",
                _percentile(ours.delays, percent),
                _percentile(bare.delays, percent),
                target,
                "at_most",
                note="baseline: bare kafka-python consumer, one row and one commit per event, at the same time",
            )
        )
    return figures


def _reading(services: Services) -> list[Figure]:
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute(
            "insert into serving.products (product_id, title, is_in_stock, is_published)"
            " select distinct product_id, 'Product ' || product_id, true, true from serving.product_counts"
        )
        connection.execute("analyze")
        visitors = [
            visitor
            for (visitor,) in connection.execute(
                "select visitor_id from serving.recommendations where rank = 1 limit 2000"
            )
        ]
        ours, by_key = (_timed(connection, query, visitors) for query in (RECOMMEND, BY_KEY))
    note = "baseline: the visitor's rows by primary key, without fallbacks and stock"
    return [
        Figure(
            "serving.recommend, 20 rows, p99",
            "ms",
            _percentile(ours, 99),
            _percentile(by_key, 99),
            5,
            "at_most",
            note=note,
        )
    ]


@contextmanager
def _consumers(services: Services) -> Iterator[None]:
    """The stream and the bare consumer, both reading."""
    services.create_topic(TOPIC)
    with tempfile.TemporaryDirectory(prefix="comptoir-bench-") as folder, ExitStack() as stack:
        data_dir = Path(folder) / "data"
        data_dir.mkdir()
        (data_dir / "lib").symlink_to(get_settings().data_dir / "lib")
        environment = os.environ | {
            "COMPTOIR_DATA_DIR": str(data_dir),
            "COMPTOIR_KAFKA_BOOTSTRAP": services.kafka,
            "COMPTOIR_POSTGRES_URL": services.database_url,
            "COMPTOIR_CLICKS_TOPIC": TOPIC,
        }
        arguments = [services.kafka, TOPIC, services.database_url]
        started: list[tuple[subprocess.Popen[bytes], Path]] = []
        for module, options in (("streaming.job", []), ("benchmarks.bare_consumer", arguments)):
            log = Path(folder) / f"{module}.log"
            command = [sys.executable, "-m", module, *options]
            process = stack.enter_context(stopped_at_exit(command, log, cwd=REPOSITORY, env=environment))
            started.append((process, log))
        send_clicks(services.kafka, TOPIC, 10, 1, [])
        wait_until(lambda: _require_both_read(services, started), "the stream and the bare consumer", seconds=240)
        yield


def _require_both_read(services: Services, started: list[tuple[subprocess.Popen[bytes], Path]]) -> None:
    for process, log in started:
        if process.poll() is not None:
            raise SystemExit(f"{log.stem} ended too early: {log.read_text()[-1000:]}")
    with psycopg.connect(services.database_url) as connection:
        for table, (_, log) in zip(("serving.stream_offsets", TABLE), started, strict=True):
            [(rows,)] = connection.execute(f"select count(*) from {table}")
            _require(rows > 0, f"{table} is empty; the log of {log.stem} ends with {log.read_text()[-1000:]}")


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise RuntimeError(otherwise)


def _percentile(seconds: list[float], percent: int) -> float:
    """In milliseconds."""
    return quantiles(seconds, n=100)[percent - 1] * 1_000


def _timed(connection: psycopg.Connection, query: LiteralString, visitors: list[str]) -> list[float]:
    seconds = []
    for visitor in visitors:
        began = time.perf_counter()
        connection.execute(query, [visitor], prepare=True).fetchall()
        seconds.append(time.perf_counter() - began)
    return seconds
