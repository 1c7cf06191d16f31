"""Reads lists while 2,000 events/s change them and parts of the stream are killed: a list is never read half.

`make bench ONLY=list_reads`, about four minutes. A read is at fault when ranks have a gap or repeat, when a product
stands twice, or when its rows are of two versions of the list.
"""

from __future__ import annotations

import itertools
import random
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from benchmarks.figure import Figure
from benchmarks.fresh_stores import fresh_stores
from benchmarks.settings import BenchmarkSettings
from benchmarks.stream_checkout import Checkout, RunningStream, running_stream

RATE = 2_000  # events/s
READERS = 2
KILL_EVERY_SECONDS = 10.0
CHILDREN = {"worker": "streaming.worker_daemon", "spark": "SparkSubmit"}  # part of the command line
VICTIMS = ("worker", "stream", "spark")
VISITORS = "select visitor_id from serving.recommendation_lists order by computed_at desc limit 500"
PRODUCTS = "select distinct product_id from serving.neighbour_lists limit 500"
VISITOR_LIST = """
    select rank, product_id, model_version, computed_at from serving.recommendations
    where visitor_id = %s and slot = 'home'
"""
NEIGHBOURS = """
    select rank, neighbour_id, model_version, computed_at from serving.product_neighbours
    where product_id = %s and kind = 'similar'
"""
Row = tuple[int, str, str, Any]  # rank, product, model version, when it was computed


@dataclass
class Reads:
    """What the readers saw."""

    lists: int = 0
    empty: int = 0
    faults: int = 0
    versions: set[tuple[str, Any]] = field(default_factory=set)  # of a list: its key and when it was computed

    def add(self, key: str, rows: Sequence[Row]) -> None:
        """Count one read."""
        self.lists += 1
        self.empty += not rows
        self.faults += is_half(rows)
        if rows and len(self.versions) < 1_000_000:
            self.versions.add((key, rows[0][3]))


def is_half(rows: Sequence[Row]) -> bool:
    """Whether the rows are not one whole list."""
    ranks = sorted(rank for rank, *_ in rows)
    products = {product for _, product, *_ in rows}
    versions = {tuple(version) for _, _, *version in rows}
    return ranks != list(range(1, len(rows) + 1)) or len(products) != len(rows) or len(versions) > 1


def measure() -> list[Figure]:
    """Every figure of the family `list_reads`."""
    wanted = BenchmarkSettings().bench_list_reads
    reads, stop, kills = [Reads() for _ in range(READERS)], threading.Event(), 0
    with (
        fresh_stores() as stores,
        tempfile.TemporaryDirectory(prefix="comptoir-bench-") as folder,
        running_stream(stores, Checkout("this"), Path(folder)) as stream,
    ):
        stream.wait_for_list()
        stream.send(1_000, 15, [])
        threads = [threading.Thread(target=_load, args=(stream, stop))]
        threads += [threading.Thread(target=_read, args=(stream.database_url, one, stop)) for one in reads]
        for thread in threads:
            thread.start()
        victims = itertools.cycle(VICTIMS)
        try:
            while sum(one.lists for one in reads) < wanted:
                time.sleep(KILL_EVERY_SECONDS)
                kills += kill(stream, next(victims))
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    total = sum(one.lists for one in reads)
    changed = len(set().union(*(one.versions for one in reads)))
    note = (
        f"{total:,} reads, {changed:,} versions of lists, at {RATE:,} events/s, {kills} kills of {', '.join(VICTIMS)}"
    )
    return [
        Figure("lists read half", "reads", sum(one.faults for one in reads), None, 0, "at_most", note=note),
        Figure("lists read", "reads", total, None, wanted, note=note),
        Figure("lists read that had no row", "reads", sum(one.empty for one in reads), None, 0, "at_most"),
    ]


def kill(stream: RunningStream, victim: str) -> int:
    """Kill the victim with kill -9, and start the stream again when it has ended; returns how many were killed."""
    killed = 0
    if victim == "stream":
        stream.process.kill()
        killed = 1
    else:
        for child in psutil.Process(stream.process.pid).children(recursive=True):
            with suppress(psutil.Error):
                if CHILDREN[victim] in " ".join(child.cmdline()):
                    child.kill()
                    killed = 1
    with suppress(subprocess.TimeoutExpired):
        stream.process.wait(3)  # a stream whose JVM is gone ends by itself
    if stream.process.poll() is not None:
        stream.restart()
    return killed


def _load(stream: RunningStream, stop: threading.Event) -> None:
    for seed in itertools.count():
        if stop.is_set():
            return
        stream.send(RATE, 5, [], seed)


def _read(database_url: str, reads: Reads, stop: threading.Event) -> None:
    rng = random.Random(id(reads))
    with psycopg.connect(database_url, autocommit=True) as connection:
        while not stop.is_set():
            visitors = [key for (key,) in connection.execute(VISITORS)]
            products = [key for (key,) in connection.execute(PRODUCTS)]
            for _ in range(500):
                query, keys = rng.choice(((VISITOR_LIST, visitors), (NEIGHBOURS, products)))
                key = rng.choice(keys)
                reads.add(key, connection.execute(query.encode(), [key], prepare=True).fetchall())
