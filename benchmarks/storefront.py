"""Recommendations over HTTP, and a minute without Postgres under load: `make bench ONLY=storefront`.

The load generator runs on the same cores as the storefront and Postgres.
"""

from __future__ import annotations

import random
import signal
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg

from benchmarks.figure import Figure
from benchmarks.fresh_stores import postgres_url, served_postgres
from benchmarks.http_load import Load, as_fast_as_possible, at_rate
from benchmarks.recommend_calls import PRODUCTS, SLOTS, VISITORS, fill_lists
from benchmarks.search import served_storefront
from benchmarks.search_catalogue import catalogue, get, searches
from benchmarks.support.servers import OPEN_PASSWORDS
from comptoir.database import apply_schema
from comptoir.postgres_url import with_login
from local import postgres
from local.ports import find_free_port
from local.waiting import wait_until
from storefront.search.builder import index_products

CALLS_A_SECOND, REQUESTS, CONNECTIONS = 1_000, 12_000, 8
SEARCHED, SEARCHES_A_SECOND, LISTS_A_SECOND = 20_000, 50, 50
BEFORE, AWAY, AFTER = 10, 60, 20  # seconds
SECONDS = BEFORE + AWAY + AFTER


# what is shown while Postgres is away: the list of the whole shop
TRENDING = """
    insert into serving.trending_lists
    select '', array_agg(product_id), array_fill(0.5::float8, array[50]), array['Popular right now'], 'bench', now()
    from (select product_id from serving.products where is_in_stock order by rating_count desc limit 50) as best
"""


def measure() -> list[Figure]:
    """Every figure of the family `storefront`; about three minutes."""
    port = find_free_port()
    url = postgres_url(port, "bench")
    reader = with_login(url, "storefront", OPEN_PASSWORDS["storefront"])
    with tempfile.TemporaryDirectory(prefix="comptoir-bench-") as name:
        folder, data = Path(name), Path(name) / "data"
        data.mkdir()
        rows = list(catalogue(SEARCHED))
        index_products(rows, data / "search_index")
        wanted = [get("/v1/search", each) for each in searches(SEARCHES_A_SECOND * SECONDS, rows, seed=7)]
        with served_postgres(folder, port) as server:
            postgres.create_database(postgres_url(port), "bench")
            apply_schema(url, OPEN_PASSWORDS)
            fill_lists(url)
            with psycopg.connect(url) as connection:
                connection.execute(TRENDING)
            with served_storefront(data, reader) as storefront:
                figures = _recommendations(storefront)
                with ThreadPoolExecutor(3) as pool:
                    search = pool.submit(at_rate, storefront, wanted, SEARCHES_A_SECOND, 4)
                    lists = pool.submit(at_rate, storefront, _lists(LISTS_A_SECOND * SECONDS), LISTS_A_SECOND, 4)
                    time.sleep(BEFORE)
                    server.send_signal(signal.SIGINT)  # a fast shutdown
                    server.wait(30)
                    time.sleep(AWAY)
                    away = _trending(storefront)
                    assert away["fallback"] is True, "the lists came from a Postgres that was stopped"
                    with served_postgres(folder, port):
                        again = pool.submit(_seconds_to_recover, storefront)
                        return [*figures, *_outage(search.result(), lists.result(), again.result())]


def _lists(count: int) -> list[bytes]:
    rng = random.Random(5)
    return [
        get(
            "/v1/recommendations",
            {
                "visitor_id": f"visitor-{rng.randrange(1, VISITORS * 11 // 10)}",  # one in eleven is unknown
                "slot": (slot := rng.choice(SLOTS)),
                "n": 20,
            }
            | ({"product_id": 8_000_000 + rng.randrange(PRODUCTS)} if slot == "product" else {}),
        )
        for _ in range(count)
    ]


def _recommendations(port: int) -> list[Figure]:
    bodies = _lists(REQUESTS)
    as_fast_as_possible([port], bodies[:1_000], CONNECTIONS)  # warm-up
    fastest = as_fast_as_possible([port], bodies[1_000:], CONNECTIONS)
    steady = at_rate(port, bodies, CALLS_A_SECOND / 2, CONNECTIONS)
    note = f"{VISITORS:,} visitors, {PRODUCTS:,} products, slots in turn, 20 items, {CONNECTIONS} connections"
    timed = f"{note}; {CALLS_A_SECOND // 2} requests/s, timed from when each was due"
    return [
        Figure("recommendations over HTTP", "requests/s", fastest.per_second, None, CALLS_A_SECOND, note=note),
        Figure("recommendations over HTTP, p50", "ms", steady.percentile(0.5) * 1e3, note=timed),
        Figure("recommendations over HTTP, p90", "ms", steady.percentile(0.9) * 1e3, None, 7, "at_most", note=timed),
    ]


def _trending(port: int) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(f"http://127.0.0.1:{port}/v1/trending", timeout=10).raise_for_status().json()
    return answer


def _seconds_to_recover(port: int) -> float:
    """From when Postgres takes connections until the storefront's lists are those of its tables."""
    began = time.monotonic()

    def check() -> None:
        assert _trending(port)["fallback"] is False

    wait_until(check, "the lists of Postgres", seconds=60, every=0.1)
    return time.monotonic() - began


def _outage(search: Load, lists: Load, recovery_seconds: float) -> list[Figure]:
    """A request that is answered with anything but 200 would have ended the load with an error."""
    note = (
        f"{SEARCHES_A_SECOND} searches/s of {SEARCHED:,} products and {LISTS_A_SECOND} lists/s for {SECONDS} s,"
        f" Postgres stopped for {AWAY} s of them; every answer was 200, in the outage with the last trending list"
    )
    return [
        Figure("searches answered around an outage", "requests", len(search.latencies), note=note),
        Figure("search around an outage, p99", "ms", search.percentile(0.99) * 1e3, note=note),
        Figure("lists answered around an outage", "requests", len(lists.latencies), note=note),
        Figure("lists around an outage, p99", "ms", lists.percentile(0.99) * 1e3, note=note),
        Figure("lists of the tables again after", "s", recovery_seconds, None, 10, "at_most", note=note),
    ]
