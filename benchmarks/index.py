"""Time and memory of the pair index, built from 1, 3 and 10 million interactions: `make bench ONLY=index`.

Needs about 8 GB of disk and, on two cores, a quarter of an hour.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import psutil
import psycopg

from benchmarks.figure import Figure
from benchmarks.fresh_stores import fresh_stores
from comptoir.settings import get_settings
from streaming.pair_index import IndexReport, build_pair_index
from streaming.spark import start_spark

SIZES = (1_000_000, 3_000_000, 10_000_000)
MINUTES = 15  # target for the largest
FIRST_WEEK, WEEKS = date(2026, 1, 5), 8
EVENTS_A_SESSION, PRODUCTS = 5, 20_000

# sessions of five steps, five minutes long, over eight weeks; a few products get most of the views
FILL = f"""
    insert into raw_clickstream.events (
        event_id, event_type, event_name, occurred_at, received_at, anonymous_id, session_id, product_id, properties,
        context, is_late, is_bot, time_flag, schema_version, payload_hash, kafka_topic, kafka_partition, kafka_offset
    )
    select
        'bench-' || n, 'track',
        case when dice < 0.85 then 'Product Viewed' when dice < 0.97 then 'Product Added' else 'Order Completed' end,
        at, at, 'visitor-' || session / 2, 'session-' || session, product,
        case when dice < 0.97 then jsonb_build_object('product_id', product, 'category', category, 'price', 99.5)
        else jsonb_build_object('order_id', n::text, 'products',
            jsonb_build_array(jsonb_build_object('product_id', product, 'category', category, 'price', 99.5))) end,
        '{{"consent": {{"analytics": true, "personalisation": true}}}}', false, false, 'on_time', 1, '', 'bench', 0, n
    from (
        select
            n, n / {EVENTS_A_SESSION} as session, random() as dice,
            (8000000 + floor({PRODUCTS} * power(random(), 3)))::bigint::text as product,
            'Category ' || floor(random() * 20) as category,
            %(first)s::timestamptz + (n / {EVENTS_A_SESSION} %% {WEEKS * 7 * 24 * 60 - 60}) * interval '1 minute'
            + n %% {EVENTS_A_SESSION} * interval '1 minute' as at
        from generate_series(%(begin)s::bigint, %(end)s::bigint - 1) as n
    ) as drawn
"""


def measure() -> list[Figure]:
    """Every figure of the family `index`."""
    settings = get_settings()
    figures: list[Figure] = []
    with fresh_stores() as stores, tempfile.TemporaryDirectory(prefix="comptoir-bench-") as folder:
        spark = start_spark(settings.spark_master, settings.spark_jars_dir)
        filled = 0
        for size in SIZES:
            _fill(stores.database_url, filled, size)
            filled = size
            with _peak_memory() as peak:
                report = build_pair_index(spark, stores.database_url, Path(folder) / "index", FIRST_WEEK, WEEKS)
            figures += _figures(size, report, peak[0])
        spark.stop()
    return figures


def _figures(size: int, report: IndexReport, peak_bytes: int) -> list[Figure]:
    target = MINUTES * 60.0 if size == max(SIZES) else None
    note = f"{report.pairs:,} pairs of products and week, from {report.days_read} days of raw, written to Postgres"
    return [
        Figure(f"index of {size:,} interactions", "s", report.seconds, None, target, "at_most", note=note),
        Figure(
            f"index of {size:,} interactions, memory at its highest", "MB", peak_bytes / 2**20,
            note="resident, of Spark's JVM and all Python processes together",
        ),
    ]  # fmt: skip


def _fill(database_url: str, begin: int, end: int) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "select raw_clickstream.add_day(%s::date + n) from generate_series(0, %s) as n", [FIRST_WEEK, WEEKS * 7]
        )
        connection.execute(FILL.encode(), {"first": f"{FIRST_WEEK} 00:00Z", "begin": begin, "end": end})
        connection.execute(
            """
            insert into raw_clickstream.event_ids (event_key, day, topic, partition, "offset", payload_hash)
            select md5(day::text)::uuid, day, 'bench', 0, 0, md5('')::uuid
            from (select distinct (received_at at time zone 'utc')::date as day from raw_clickstream.events) as days
            on conflict do nothing
            """
        )
        connection.execute("vacuum analyze raw_clickstream.events")


@contextmanager
def _peak_memory() -> Iterator[list[int]]:
    """The highest resident memory (bytes, first item) of this process and its children, without Postgres and Kafka.

    Sampled twice a second.
    """
    peak, stop = [0], threading.Event()

    def watch() -> None:
        me = psutil.Process()
        while not stop.wait(0.5):
            peak[0] = max(peak[0], sum(map(_resident, [me, *me.children(recursive=True)])))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def _resident(process: psutil.Process) -> int:
    try:
        is_service = any(name in " ".join(process.cmdline()) for name in ("postgres", "kafka.Kafka"))
        return 0 if is_service else int(process.memory_info().rss)
    except psutil.Error:
        return 0
