"""Syncs of the demo shop by the unmodified connector: unchanged and after a day of orders, two sizes of history."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks.figure import Figure
from benchmarks.fresh_stores import Stores
from benchmarks.support.running_shop import RunningShop, running_shop
from benchmarks.support.small_shop import START, a_customer, a_product
from demo_shop.store.model import Order
from ingestion.shop_sync import sync_shop

ORDERS, PRODUCTS = 2_000, 500
TIMES_MORE = 10  # size of the long history
DAY_ORDERS = 50
INCREMENTS = 3  # the median counts


def measure_sync(stores: Stores, orders: int = ORDERS, products: int = PRODUCTS) -> list[Figure]:
    """Seconds of syncs, comparison with the shop included."""
    short_first, short_idle, short_day = _shop(stores, "bench_short", orders, products)
    long_first, long_idle, long_day = _shop(stores, "bench_long", TIMES_MORE * orders, TIMES_MORE * products)
    past = f"{TIMES_MORE * orders:,} orders and {TIMES_MORE * products:,} products"
    return [
        Figure(
            f"sync of an unchanged shop, all streams, {past}", "s", long_idle, None, 15, "at_most",
            note=f"{short_idle:.1f} s with a tenth of them; nothing is written",
        ),
        Figure(
            f"sync of a day, all streams, after {past}", "s", long_day, short_day, 1.2, "at_most", "ratio",
            note="baseline: after a tenth of them",
        ),
        Figure(f"first sync, {past}", "s", long_first, note=f"{short_first:.0f} s with a tenth of them"),
    ]  # fmt: skip


def _shop(stores: Stores, name: str, orders: int, products: int) -> tuple[float, float, float]:
    """Seconds of the first sync, of one of the unchanged shop, and of one after a day's orders."""
    database = stores.create_database(name)
    with (
        tempfile.TemporaryDirectory(prefix="comptoir-bench-") as folder,
        _filled(database, Path(folder), orders, products) as shop,
    ):
        first = _sync(shop)
        idle = median(_sync(shop, unchanged=True) for _ in range(INCREMENTS))
        days = []
        for _ in range(INCREMENTS):
            _a_day(shop)
            days.append(_sync(shop))
        return first, idle, median(days)


@contextmanager
def _filled(database: str, folder: Path, orders: int, products: int) -> Iterator[RunningShop]:
    with running_shop(database, folder) as shop:
        shop.store.save_products(a_product(position) for position in range(products))
        shop.store.save_customers(a_customer(position) for position in range(products))
        model = shop.orders[0]
        shop.store.save_orders(_copies(model, shop.store.new_ids("order", orders), orders))
        yield shop


def _copies(model: Order, ids: range, count: int) -> Iterator[Order]:
    """Orders over the months since the shop opened, the newest a week ago."""
    newest = datetime.now(UTC) - timedelta(days=7)
    apart = (newest - START) / count
    for place, order_id in enumerate(ids):
        at = START + apart * place
        lines = tuple(replace(line, line_id=order_id * 10 + number) for number, line in enumerate(model.lines))
        yield replace(
            model, order_id=order_id, number=2_000 + place, created_at=at, updated_at=at, lines=lines, refunds=()
        )


def _a_day(shop: RunningShop) -> None:
    at = datetime.now(UTC) - timedelta(minutes=10)
    for number in range(DAY_ORDERS):
        shop.store.place_order([(a_product(number % PRODUCTS).product_id, 1)], at=at + timedelta(seconds=number))


def _sync(shop: RunningShop, unchanged: bool = False) -> float:
    began = time.perf_counter()
    report = sync_shop(shop.settings)
    seconds = time.perf_counter() - began
    assert report.success, report.message
    assert report.completeness and report.completeness.is_complete, report.completeness
    assert not unchanged or report.rows_written == 0, report.message
    return seconds
