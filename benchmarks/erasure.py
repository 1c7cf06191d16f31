"""Erasures in a warehouse at volume: one customer after the other, and a thousand at once.

`make bench ONLY=erasure` uses 10 million events: about twenty minutes and, as it prints first, 40 GB of disk.
`python -m benchmarks.erasure --events 1000000 --orders 50000` measures less and writes no results.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Annotated

import psycopg
import typer
from pydantic import PostgresDsn, SecretStr

from benchmarks.dbt_build import dbt_build
from benchmarks.figure import CannotMeasure, Figure, print_figures
from benchmarks.fresh_stores import fresh_postgres
from benchmarks.progress import clock
from benchmarks.support.servers import OPEN_PASSWORDS
from benchmarks.warehouse_shop import ShopSize, WarehouseShop
from comptoir.database import apply_schema
from comptoir.settings import Settings
from local.forgetting import Forgetting

EVENTS, ORDERS = 10_000_000, 500_000
SINGLE, TOGETHER = 5, 1_000
# customers with clicks
CUSTOMERS = """
    select customer_id::text from pii.customer_pseudonyms
    where customer_pseudonym in (select user_id from raw_clickstream.events)
    order by md5(customer_id::text) limit %s
"""


def measure(events: int = EVENTS, orders: int = ORDERS) -> list[Figure]:
    """Measure every figure of the family `erasure`. Raises CannotMeasure when the disk is too small."""
    size = ShopSize(events, orders, max(1, events // 365))
    with tempfile.TemporaryDirectory(prefix="comptoir-bench-") as name:
        folder = Path(name)
        typer.echo(f"needs {size.disk_bytes / 1e9:.0f} GB of disk in {folder}")
        size.check_disk(folder)
        with fresh_postgres(folder) as url:
            say = clock(f"{events:,} events")
            landed, _ = WarehouseShop(url, size).fill(say)
            say(f"built: {dbt_build(url, folder / 'dbt', say)}")
            return erasures(url, folder, landed, say)


def erasures(url: str, folder: Path, landed: int, say: Callable[[str], None]) -> list[Figure]:
    """The figures of a warehouse that is built over `landed` events; `folder` takes the journal."""
    apply_schema(url, OPEN_PASSWORDS)  # here the owner built the models: the logins' rights to them
    settings = Settings(data_dir=folder, postgres_url=PostgresDsn(url), pseudonym_key=SecretStr("bench"))
    forgetting = Forgetting(settings)
    with psycopg.connect(url) as connection:
        customers = [number for (number,) in connection.execute(CUSTOMERS, [SINGLE + TOGETHER])]
    single = [_erase(forgetting, [customer]) for customer in customers[:SINGLE]]
    say(f"one after the other: {', '.join(f'{one.seconds:.1f} s' for one in single)}")
    together = _erase(forgetting, customers[SINGLE:])
    say(f"together: {together.seconds:.0f} s")
    return [
        Figure(
            f"one customer erased, {landed:,} events in raw", "s", median(one.seconds for one in single),
            note=f"middle of {SINGLE}. {single[-1].note}",
        ),
        Figure(
            f"{len(customers) - SINGLE:,} customers erased at once, {landed:,} events in raw", "s", together.seconds,
            note=together.note,
        ),
        Figure("rows that still name one of them", "rows", sum(one.left for one in [*single, together]), None, 0,
               "at_most"),
    ]  # fmt: skip


class _Erasure:
    """What one took, by step, and what it took out."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.left = 0
        self.rows: dict[str, int] = {}
        self.steps: dict[str, float] = {}

    @property
    def note(self) -> str:
        """The rows that went, and the longest steps."""
        longest = sorted(self.steps.items(), key=lambda step: -step[1])[:4]
        took = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in longest)
        return f"{sum(self.rows.values()):,} rows of {len(self.rows)} tables; {took}"


def _erase(forgetting: Forgetting, customers: Sequence[str]) -> _Erasure:
    done, begun = _Erasure(), time.monotonic()
    subject = forgetting.subject(*customers)
    last = time.monotonic()
    done.steps["finding whom"] = last - begun

    def note(step: str, _: dict[str, int]) -> None:
        nonlocal last
        done.steps[step], last = time.monotonic() - last, time.monotonic()

    done.rows = forgetting.erase([f"request of {customers[0]}"], subject, note)
    done.seconds = time.monotonic() - begun
    done.steps["verifying"] = time.monotonic() - last
    done.left = sum(forgetting.left(subject).values())
    return done


def main(
    events: Annotated[int, typer.Option(help="events of a year")] = EVENTS,
    orders: Annotated[int, typer.Option(help="orders of a year")] = ORDERS,
) -> None:
    """Measure at another size and print the table; results are written by `python -m benchmarks erasure`.

    \f
    Raises typer.Exit (1) when this machine cannot measure that much.
    """
    try:
        print_figures("erasure", measure(events, orders))
    except CannotMeasure as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    typer.run(main)
