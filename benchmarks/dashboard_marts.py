"""The marts of a shop of any size, filled inside Postgres (dashboard_marts_*.sql) into tables that dbt made empty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.dbt_build import dbt_build
from benchmarks.support.raw_shop import create_raw_shop
from benchmarks.warehouse_shop import EVENTS_A_VISIT

FUNCTIONS = Path(__file__).with_name("warehouse_shop.sql")  # bench.dice, bench.product, bench.price
MARTS = [Path(__file__).with_name(name) for name in ("dashboard_marts_sales.sql", "dashboard_marts_visits.sql")]


@dataclass(frozen=True)
class MartsSize:
    """A year of `orders`, and of the sessions that `events` of visitors make."""

    events: int
    orders: int
    products: int = 5_000
    days: int = 365

    @property
    def sessions(self) -> int:
        """Sessions, from the mean number of events of a visit."""
        return max(1, round(self.events / EVENTS_A_VISIT))


def fill_marts(database_url: str, size: MartsSize, target: Path, say: Callable[[str], None]) -> None:
    """Build all models without a row, for their tables, indexes and grants, then fill those that pages read.

    Raises RuntimeError with dbt's last lines when the build fails.
    """
    create_raw_shop(database_url)
    dbt_build(database_url, target, lambda _: None)
    say("tables are there")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(FUNCTIONS.read_bytes())
        for name in ("orders", "sessions", "products", "days"):
            connection.execute("select set_config(%s, %s, false)", [f"bench.{name}", str(getattr(size, name))])
        for file in MARTS:
            connection.execute(file.read_bytes())
    say(f"marts of {size.orders:,} orders and {size.sessions:,} sessions are filled")
