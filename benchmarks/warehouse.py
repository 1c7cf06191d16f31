"""The warehouse at volume: a build from scratch, a day added to a short and to a long history, the dashboard's queries.

`make bench ONLY=warehouse` uses 10 million events: about half an hour and, as it prints first, 40 GB of disk.
`python -m benchmarks.warehouse --events 1000000 --short-events 100000` measures less and writes no results.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Annotated

import psycopg
import typer

from benchmarks.dashboard_queries import p95, query_times
from benchmarks.dbt_build import Build, dbt_build
from benchmarks.figure import CannotMeasure, Figure, print_figures
from benchmarks.fresh_stores import fresh_postgres
from benchmarks.progress import clock
from benchmarks.warehouse_shop import ShopSize, WarehouseShop

EVENTS, SHORT_EVENTS, ORDERS = 10_000_000, 1_000_000, 500_000
EVENTS_A_DAY = EVENTS // 365
INCREMENTS = 3  # days; the middle one counts
BUILD_SECONDS, INCREMENT_SECONDS, INCREMENT_RATIO, QUERY_MS = 350.0, 30.0, 1.15, 200.0
MODELLED = """
    select sum(n_live_tup)::bigint, sum(pg_total_relation_size(relid))::bigint from pg_stat_user_tables
    where schemaname in ('staging', 'intermediate', 'marts')
"""


@dataclass
class Measured:
    """One history: its full build, the builds of the days after it, query times in milliseconds, and its disk usage."""

    events: int
    orders: int
    full: Build
    increments: list[Build] = field(default_factory=list)
    queries: dict[str, list[float]] = field(default_factory=dict)
    rows: int = 0
    modelled_bytes: int = 0
    peak_bytes: int = 0

    @property
    def increment_seconds(self) -> float:
        """The median build of one more day, in seconds."""
        return median(build.seconds for build in self.increments)


def measure(events: int = EVENTS, short_events: int = SHORT_EVENTS, orders: int = ORDERS) -> list[Figure]:
    """Measure every figure of the family `warehouse`. Raises CannotMeasure when the disk is too small."""
    long_size = ShopSize(events, orders, EVENTS_A_DAY)
    folder = Path(tempfile.gettempdir())
    typer.echo(f"needs {long_size.disk_bytes / 1e9:.0f} GB of disk in {folder}")
    long_size.check_disk(folder)
    short = _measure(ShopSize(short_events, orders, EVENTS_A_DAY), with_queries=False)
    long = _measure(long_size, with_queries=True)
    return [
        Figure(
            f"all models from nothing, {long.events:,} events and {long.orders:,} orders, tests included", "s",
            long.full.seconds, None, BUILD_SECONDS, "at_most", note=str(long.full),
        ),
        Figure(
            f"all models from nothing, {short.events:,} events and {short.orders:,} orders", "s", short.full.seconds,
            note=str(short.full),
        ),
        Figure(
            f"a day more after {long.events:,} events and {long.orders:,} orders, tests included", "s",
            long.increment_seconds, None, INCREMENT_SECONDS, "at_most", note=str(long.increments[-1]),
        ),
        Figure(
            f"a day more after {long.events:,} events, beside a shorter history", "s", long.increment_seconds,
            short.increment_seconds, INCREMENT_RATIO, "at_most", "ratio",
            note=f"baseline: the same day after {short.events:,} events; middle of {INCREMENTS}. "
            f"{short.increments[-1]}",
        ),
        *(
            Figure(f"dashboard: {name}, p95", "ms", p95(taken), None, QUERY_MS, "at_most")
            for name, taken in long.queries.items()
        ),
        Figure("rows in all models", "rows", long.rows),
        Figure("models on disk with their indexes", "GB", long.modelled_bytes / 1e9),
        Figure("disk at its highest, with raw, sorts and the log", "GB", long.peak_bytes / 1e9),
    ]  # fmt: skip


def _measure(size: ShopSize, *, with_queries: bool) -> Measured:
    with tempfile.TemporaryDirectory(prefix="comptoir-bench-") as name, _peak_disk(Path(name)) as peak:
        target = Path(name) / "dbt"
        with fresh_postgres(Path(name)) as url:
            say = clock(f"{size.events:,} events")
            shop = WarehouseShop(url, size)
            events, orders = shop.fill(say)
            measured = Measured(events, orders, dbt_build(url, target, say))
            say(f"built: {measured.full}")
            with psycopg.connect(url, autocommit=True) as connection:
                # long before the next day's build autovacuum has been there, and all that was built is on disk
                connection.execute("vacuum")
                connection.execute("checkpoint")
            say("vacuumed and written")
            for _ in range(INCREMENTS):
                came, changed = shop.live()
                measured.increments.append(dbt_build(url, target, lambda _: None))
                say(f"{came:,} events and {changed:,} orders more: {measured.increments[-1]}")
            if with_queries:
                measured.queries = query_times(url.replace("comptoir:bench@", "reporter:reporter@"))
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("analyze")
                measured.rows, measured.modelled_bytes = connection.execute(MODELLED).fetchone() or (0, 0)
        measured.peak_bytes = peak[0]
    return measured


@contextmanager
def _peak_disk(folder: Path) -> Iterator[list[int]]:
    """Track the highest total of bytes of the files below `folder`, read every ten seconds."""
    peak, stop = [0], threading.Event()

    def watch() -> None:
        while not stop.wait(10):
            peak[0] = max(peak[0], sum(map(_bytes_of, folder.rglob("*"))))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def _bytes_of(path: Path) -> int:
    try:
        return path.stat().st_blocks * 512
    except OSError:  # gone since it was listed
        return 0


def main(
    events: Annotated[int, typer.Option(help="events of the long history")] = EVENTS,
    short_events: Annotated[int, typer.Option(help="events of the short history")] = SHORT_EVENTS,
    orders: Annotated[int, typer.Option(help="orders of a year")] = ORDERS,
) -> None:
    """Measure at another size and print the table; results are written by `python -m benchmarks warehouse`.

    \f
    Raises typer.Exit (1) when this machine cannot measure that much.
    """
    try:
        print_figures("warehouse", measure(events, short_events, orders))
    except CannotMeasure as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    typer.run(main)
