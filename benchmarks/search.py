"""Search over HTTP beside Typesense and Postgres, and what a million products cost: `make bench ONLY=search`.

The load generator runs on the same cores as the servers. Every request is different, so no answer is a kept one. Both
servers take turns, ROUNDS times; figures are medians of the rounds.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.figure import Figure
from benchmarks.fresh_stores import fresh_postgres
from benchmarks.http_load import Load, as_fast_as_possible, at_rate
from benchmarks.search_catalogue import catalogue, get, searches
from benchmarks.search_in_postgres import postgres_searches
from benchmarks.search_in_typesense import Typesense, served_typesense, typesense_request
from benchmarks.support.servers import stopped_at_exit
from comptoir.environment import child_environment
from local.ports import find_free_port
from local.waiting import wait_until
from storefront.search.builder import index_products
from storefront.search.filters import Filters
from storefront.search.reader import SearchIndex

PRODUCTS, MANY_PRODUCTS = 100_000, 1_000_000
REQUESTS, RATE, CONNECTIONS, ROUNDS = 6_000, 600, 8, 3
TYPESENSE = "Typesense 0.24, three searches in one request"
NO_DATABASE = "postgresql://nobody@127.0.0.1:1/none"
NOTE = f"{PRODUCTS:,} products, five facets, two filters, 24 hits, every request different"


def measure() -> list[Figure]:
    """Every figure of the family `search`; about a quarter of an hour, most of it for the million."""
    with tempfile.TemporaryDirectory(prefix="comptoir-bench-") as name:
        folder = Path(name)
        rows = list(catalogue(PRODUCTS))
        build = _build(PRODUCTS, folder / "search_index")
        wanted = searches(REQUESTS, rows)
        (folder / "text").mkdir()
        with fresh_postgres(folder / "text") as database_url:
            text = postgres_searches(database_url, rows, wanted[:300])
        with served_typesense(folder, rows) as other:
            del rows
            figures = [*_over_http(folder, wanted, text, other), *build]
    with tempfile.TemporaryDirectory(prefix="comptoir-bench-") as name:
        return [*figures, *_build(MANY_PRODUCTS, Path(name)), *_in_process(Path(name), wanted[:400])]


def _over_http(folder: Path, wanted: list[dict[str, Any]], text: list[float], other: Typesense) -> list[Figure]:
    with served_storefront(folder, NO_DATABASE) as port:  # search needs none
        ours = [get("/v1/search", parameters) for parameters in wanted]
        theirs = [typesense_request(parameters) for parameters in wanted]
        for port_of, bodies in ((port, ours), (other.port, theirs)):  # warm-up
            as_fast_as_possible([port_of], bodies[:500], CONNECTIONS)
        fast: list[tuple[Load, Load]] = []
        for number in range(ROUNDS):
            part = slice(500 + number * 1_000, 1_500 + number * 1_000)
            fast.append(
                (
                    as_fast_as_possible([port], ours[part], CONNECTIONS),
                    as_fast_as_possible([other.port], theirs[part], CONNECTIONS),
                )
            )
        steady = at_rate(port, ours[3_500:], RATE / 2, CONNECTIONS)
        steady_other = at_rate(other.port, theirs[3_500:], RATE / 2, CONNECTIONS)
        suggested = at_rate(port, list(_typing(2_000)), 200, CONNECTIONS)
        kept = as_fast_as_possible([port], [ours[number % 200] for number in range(4_000)], CONNECTIONS)
        other_megabytes = other.megabytes
    timed = f"{NOTE}; {RATE // 2} requests/s, timed from when each was due"
    beside = f"baseline: {TYPESENSE}"
    return [
        Figure(
            "searches over HTTP",
            "requests/s",
            statistics.median(load.per_second for load, _ in fast),
            statistics.median(load.per_second for _, load in fast),
            RATE,
            note=f"{NOTE}, {CONNECTIONS} at once; median of {ROUNDS}, in turns; {beside}",
        ),
        *(
            _latency(
                "search over HTTP",
                steady,
                percent,
                target,
                f"{timed}; {beside}",
                steady_other.percentile(percent / 100) * 1e3,
            )
            for percent, target in ((50, 4), (95, 12))
        ),
        *(
            Figure(
                f"the same by Postgres' full text, p{percent}",
                "ms",
                _percentile(text, percent),
                note="one connection, no HTTP",
            )
            for percent in (50, 95)
        ),
        Figure(f"memory of Typesense, {PRODUCTS:,} products", "MB", other_megabytes, note=TYPESENSE),
        _latency("suggestions over HTTP", suggested, 95, 8, "200 requests/s"),
        Figure("searches that others made a moment ago", "requests/s", kept.per_second, note="200 different ones"),
    ]


def _typing(count: int) -> Iterator[bytes]:
    """Requests of visitors who type."""
    rng = random.Random(3)
    for _ in range(count):
        beginning = rng.choice(("lap", "norv", "usb c", "headph", "oled t", "ssd", "key", "smart"))
        text = beginning + rng.choice(("", "t", "o", "p", "a"))
        yield get("/v1/suggest", {"q": text, "limit": rng.randrange(3, 9)})


def _latency(name: str, load: Load, percent: int, target: float, note: str, baseline: float | None = None) -> Figure:
    value = load.percentile(percent / 100) * 1e3
    return Figure(f"{name}, p{percent}", "ms", value, baseline, target, "at_most", note=note)


def _build(count: int, folder: Path) -> list[Figure]:
    """An index in a process of its own, so that its memory is its own."""
    with get_context("spawn").Pool(1) as pool:
        seconds, peak = pool.apply(build_index, (count, folder))
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    return [
        Figure(f"full build, {count:,} products", "s", seconds),
        Figure(f"index, {count:,} products", "MB", size / 1e6),
        Figure(
            f"memory of the build, {count:,} products", "MB", peak / 1e6, note="with the rows, which it reads whole"
        ),
    ]


def build_index(count: int, folder: Path) -> tuple[float, float]:
    """(seconds of the build, its peak memory in bytes)."""
    rows = list(catalogue(count))
    folder.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    index_products(rows, folder)
    return time.monotonic() - start, psutil.Process().memory_info().rss


def _in_process(folder: Path, wanted: list[dict[str, Any]]) -> list[Figure]:
    before = psutil.Process().memory_info().rss
    index = SearchIndex(folder)
    seconds = []
    for parameters in wanted:
        filters = Filters({"brand": (parameters["brand"],)}, price_max=parameters["price_max"])
        start = time.perf_counter()
        index.search(parameters["q"], filters, offset=parameters["offset"])
        seconds.append(time.perf_counter() - start)
    memory = psutil.Process().memory_info().rss - before
    note = "in process, without HTTP; the memory includes the parts of the index that are mapped"
    return [
        Figure(f"search, {MANY_PRODUCTS:,} products, p50", "ms", statistics.median(seconds) * 1e3, note=note),
        Figure(f"search, {MANY_PRODUCTS:,} products, p95", "ms", _percentile(seconds, 95), note=note),
        Figure(f"memory of a reader, {MANY_PRODUCTS:,} products", "MB", memory / 1e6, note=note),
    ]


def _percentile(seconds: list[float], percent: int) -> float:
    return sorted(seconds)[int(percent / 100 * (len(seconds) - 1))] * 1e3


@contextmanager
def served_storefront(folder: Path, database_url: str) -> Iterator[int]:
    """The storefront as it runs, with the index in `folder`; yields its port."""
    port = find_free_port()
    environment = child_environment(
        {
            "COMPTOIR_DATA_DIR": str(folder),
            "COMPTOIR_POSTGRES_URL": database_url,
            "COMPTOIR_STOREFRONT_PORT": str(port),
        }
    )
    with stopped_at_exit([sys.executable, "-m", "storefront.api"], folder / "api.log", env=environment):
        url = f"http://127.0.0.1:{port}/v1/search"
        wait_until(lambda: httpx.get(url).raise_for_status(), "the storefront", seconds=120)
        yield port
