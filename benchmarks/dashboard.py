"""The dashboard on a year of a shop, as people wait for it in Chromium: `make bench ONLY=dashboard`.

1 million orders and 20 million events, put straight into the marts: more than half an hour and 12 GB of disk.
`python -m benchmarks.dashboard --orders 10000 --events 200000` measures less and writes no results.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import httpx
import psutil
import typer
from rich.console import Console

from benchmarks.dashboard_marts import MartsSize, fill_marts
from benchmarks.dashboard_queries import p95
from benchmarks.dashboard_visits import browser, filter_changes, first_paints
from benchmarks.figure import Figure, print_figures
from benchmarks.fresh_stores import HOST, fresh_postgres
from benchmarks.support.servers import stopped_at_exit
from comptoir.environment import child_environment
from comptoir.repository import REPOSITORY
from local.ports import find_free_port
from local.waiting import wait_until

EVENTS, ORDERS = 20_000_000, 1_000_000
REPEATS, PEOPLE = 7, 10
PAGES_TOGETHER = 2  # of each of them: ten browsers on two cores take seconds a page
FIRST_PAINT_MS, CHANGE_MS = 1_500.0, 400.0


@dataclass
class Waited:
    """What people waited for, in milliseconds, and the dashboard's resident memory, in bytes."""

    paints: list[float]
    alone: list[float]
    together: list[float]
    memory: int


def measure(events: int = EVENTS, orders: int = ORDERS) -> list[Figure]:
    """Measure every figure of the family `dashboard`."""
    size = MartsSize(events, orders)
    console, begun = Console(stderr=True), time.monotonic()

    def say(text: str) -> None:
        console.print(f"{events:,} events, {time.monotonic() - begun:.0f} s: {text}", highlight=False)

    with tempfile.TemporaryDirectory(prefix="comptoir-bench-") as name:
        folder = Path(name)
        with fresh_postgres(folder) as database_url:
            fill_marts(database_url, size, folder / "dbt", say)
            with _dashboard(database_url, folder) as (url, process):
                waited = asyncio.run(_wait(url, process, say))
    note = f"{size.orders:,} orders and {size.events:,} events of a year, on all seven pages"
    paint, change = "first figure of a page", "change of the period until the page has settled"
    return [
        Figure(f"{paint}, median", "ms", median(waited.paints), None, FIRST_PAINT_MS, "at_most", note=note),
        Figure(f"{paint}, the slowest", "ms", max(waited.paints)),
        Figure(f"{change}, p95", "ms", p95(waited.alone), None, CHANGE_MS, "at_most"),
        Figure(f"{change}, median", "ms", median(waited.alone)),
        Figure(
            f"the same with {PEOPLE} people at once, p95", "ms", p95(waited.together),
            note=f"each on {PAGES_TOGETHER} pages; browsers, dashboard and Postgres share this machine",
        ),
        Figure("resident memory of the dashboard after that", "MB", waited.memory / 2**20),
    ]  # fmt: skip


async def _wait(url: str, process: psutil.Process, say: Callable[[str], None]) -> Waited:
    async with browser() as opened:
        paints = await first_paints(opened, url, REPEATS)
        say(f"each page was opened {REPEATS} times")
        alone = await filter_changes(opened, url, 1)
        say("the period was changed by one person")
        together = await filter_changes(opened, url, PEOPLE, PAGES_TOGETHER)
    return Waited(paints, alone, together, process.memory_info().rss)


@contextmanager
def _dashboard(database_url: str, folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Start the dashboard and wait until it answers; yields its address and its process."""
    port = find_free_port()
    url = f"http://{HOST}:{port}"
    command = [str(Path(sys.executable).with_name("streamlit")), "run", str(REPOSITORY / "bi" / "dashboard.py"),
               "--server.headless=true", f"--server.port={port}", f"--server.address={HOST}"]  # fmt: skip
    settings = {"COMPTOIR_POSTGRES_URL": database_url, "COMPTOIR_DATA_DIR": str(folder)}
    with stopped_at_exit(command, folder / "dashboard.log", env=child_environment(settings)) as process:
        wait_until(lambda: httpx.get(f"{url}/_stcore/health").raise_for_status(), "the dashboard", seconds=180)
        yield url, psutil.Process(process.pid)


def main(
    events: Annotated[int, typer.Option(help="events of a year")] = EVENTS,
    orders: Annotated[int, typer.Option(help="orders of a year")] = ORDERS,
) -> None:
    """Measure at another size and print the table; results are written by `python -m benchmarks dashboard`."""
    print_figures("dashboard", measure(events, orders))


if __name__ == "__main__":
    typer.run(main)
