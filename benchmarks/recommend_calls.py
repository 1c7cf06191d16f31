"""`serving.recommend` at a steady rate of calls: 100,000 visitors, 20,000 products, clicks arriving meanwhile."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import psycopg

from benchmarks.click_load import send_clicks
from benchmarks.figure import Figure
from benchmarks.fresh_stores import Stores
from benchmarks.freshness import TOPIC, consumer, percentile

VISITORS, PRODUCTS = 100_000, 20_000
CALLS_A_SECOND, SECONDS, CLIENTS = 1_000, 15, 4
CLICKS_A_SECOND = 200
RECOMMEND = "select * from serving.recommend(%s, %s, %s, 20)"
BY_KEY = "select * from serving.recommendation_lists where visitor_id = %s and slot = 'home'"
SLOTS = ("home", "product", "cart")

# products of 20 categories, a list for each visitor, two neighbour lists for each product
FILL = f"""
    insert into serving.products (product_id, title, category, price, currency, rating, rating_count, is_in_stock, is_published)
    select (8000000 + n)::text, 'Product ' || n, 'Category ' || n % 20, 10, 'EUR', n % 50 / 10.0, n % 900, n % 17 <> 0, true
    from generate_series(1, {PRODUCTS}) as n
    on conflict do nothing;
    insert into serving.recommendation_lists
    select 'visitor-' || n, 'home', ids, array_fill(0.5::float8, array[20]), array['Popular right now'], 'bench', now()
    from generate_series(1, {VISITORS}) as n
    cross join lateral (
        select array_agg((8000001 + (n * 31 + place * 977) % {PRODUCTS})::text) as ids from generate_series(1, 20) as place
    ) as listed;
    insert into serving.neighbour_lists
    select (8000000 + n)::text, kind, ids, array_fill(0.5::float8, array[20]), array['Often viewed together'], 'bench', now()
    from generate_series(1, {PRODUCTS}) as n
    cross join (values ('similar', 7), ('together', 13)) as kinds (kind, step)
    cross join lateral (
        select array_agg((8000001 + (n + place * step) % {PRODUCTS})::text) as ids from generate_series(1, 20) as place
    ) as listed
    on conflict do nothing;
"""  # noqa: E501  a column list is no prose


def recommend_calls(stores: Stores) -> list[Figure]:
    """Percentiles of the calls, each timed from when it was due: a late answer also delays the calls after it."""
    fill_lists(stores.database_url)
    seconds: dict[str, list[float]] = {}
    with consumer(stores, "streaming.job", "serving.stream_offsets"):
        for name, query in (("recommend", RECOMMEND), ("by key", BY_KEY)):
            arguments = [stores.kafka, TOPIC, CLICKS_A_SECOND, SECONDS + 3, []]
            clicks = threading.Thread(target=send_clicks, args=arguments)
            clicks.start()
            seconds[name] = _call(stores.database_url, query)
            clicks.join()
    note = (
        f"{VISITORS:,} visitors, {PRODUCTS:,} products, slots in turn, {CLICKS_A_SECOND} clicks/s meanwhile; "
        "baseline: the visitor's list by primary key, without fallback and stock"
    )
    return [
        Figure(
            f"serving.recommend, 20 rows, at {CALLS_A_SECOND:,} calls/s, p{percent}",
            "ms",
            percentile(seconds["recommend"], percent),
            percentile(seconds["by key"], percent),
            5 if percent == 99 else None,
            "at_most",
            note=note,
        )
        for percent in (50, 95, 99)
    ]


def fill_lists(database_url: str) -> None:
    """Fill the serving tables with the products, and a list for each visitor and product."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        for statement in FILL.split(";\n"):
            connection.execute(statement.encode())
        connection.execute("vacuum analyze")


def _call(database_url: str, query: str) -> list[float]:
    """Seconds of each call, made by CLIENTS processes that share the rate."""
    began = time.perf_counter() + 3
    with ProcessPoolExecutor(CLIENTS, mp_context=get_context("spawn")) as pool:
        clients = [pool.submit(_client, database_url, query, number, began) for number in range(CLIENTS)]
        return [second for client in clients for second in client.result()]


def _client(database_url: str, query: str, number: int, began: float) -> list[float]:
    rng, seconds = random.Random(number), []
    with psycopg.connect(database_url, autocommit=True) as connection:
        for _ in range(50):
            connection.execute(query.encode(), _parameters(query, rng), prepare=True).fetchall()
        for call in range(CALLS_A_SECOND * SECONDS // CLIENTS):
            due = began + (call * CLIENTS + number) / CALLS_A_SECOND
            if (ahead := due - time.perf_counter()) > 0:
                time.sleep(ahead)
            connection.execute(query.encode(), _parameters(query, rng), prepare=True).fetchall()
            seconds.append(time.perf_counter() - due)
    return seconds


def _parameters(query: str, rng: random.Random) -> list[str]:
    visitor = f"visitor-{rng.randrange(1, VISITORS * 11 // 10)}"  # one in eleven is unknown
    return (
        [visitor, rng.choice(SLOTS), str(8_000_000 + rng.randrange(PRODUCTS))] if "recommend(" in query else [visitor]
    )
