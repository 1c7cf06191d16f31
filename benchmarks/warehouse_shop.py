"""Raw tables of a shop of any size, filled inside Postgres (warehouse_*.sql), and the disk space they need."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks.figure import CannotMeasure
from benchmarks.support.raw_shop import create_raw_shop

SQL_FILES = [Path(__file__).with_name(name) for name in ("warehouse_shop.sql", "warehouse_orders.sql")]
YEAR, DAYS_AT_ONCE = 365, 15
EVENTS_A_VISIT = 5.1  # mean
BUYING_VISITS = 0.038
# raw and modelled rows with their indexes, then sorts and the log: the peak of a measurement, rounded up
BYTES_AN_EVENT, BYTES_AN_ORDER, BYTES_OF_THE_SERVER = 2_900, 5_000, 6_000_000_000


@dataclass(frozen=True)
class ShopSize:
    """A year of `orders`, and the days of clicks up to the same day that give `events` at `events_a_day`."""

    events: int
    orders: int
    events_a_day: int
    customers: int = 100_000
    products: int = 5_000

    @property
    def days_of_events(self) -> int:
        """Days of clicks, up to a year."""
        return min(YEAR, max(1, round(self.events / self.events_a_day)))

    @property
    def visits_a_day(self) -> int:
        """Visits a day, from the mean number of events of a visit."""
        return max(1, round(self.events_a_day / EVENTS_A_VISIT))

    @property
    def other_orders_a_day(self) -> int:
        """Orders from tills and marketplaces, which no visit reports."""
        return max(0, round(self.orders / YEAR - self.visits_a_day * BUYING_VISITS))

    @property
    def disk_bytes(self) -> int:
        """The peak of raw, all models, sorts and the server's log."""
        return BYTES_OF_THE_SERVER + self.events * BYTES_AN_EVENT + self.orders * BYTES_AN_ORDER

    def check_disk(self, folder: Path) -> None:
        """Check that `folder`'s disk has enough free space. Raises CannotMeasure when it has not."""
        free = shutil.disk_usage(folder).free
        if free < self.disk_bytes:
            raise CannotMeasure(
                f"{self.events:,} events and {self.orders:,} orders need {self.disk_bytes / 1e9:.0f} GB of disk and "
                f"{folder} has {free / 1e9:.0f} GB free: set TMPDIR to a larger one or measure less, see "
                "`python -m benchmarks.warehouse --help`."
            )


class WarehouseShop:
    """The shop's raw tables in a database with all schemas: `fill` lands the history, each `live` one more day."""

    def __init__(self, database_url: str, size: ShopSize) -> None:
        self._url, self._size = database_url, size
        self._today = YEAR
        create_raw_shop(database_url)
        with self._connect() as connection:
            for file in SQL_FILES:
                connection.execute(file.read_bytes())
            connection.execute("select bench.land_catalogue(%s, %s)", [size.customers, size.products])

    def fill(self, say: Callable[[str], None]) -> tuple[int, int]:
        """Land the history and return its numbers of events and orders; `say` gets the progress."""
        events = orders = 0
        for first in range(0, YEAR, DAYS_AT_ONCE):
            last = min(first + DAYS_AT_ONCE, YEAR) - 1
            orders += self._land_orders(first, last)
            if last >= (begin := YEAR - self._size.days_of_events):
                events += self._land_events(max(first, begin), last)
            say(f"{events:,} events and {orders:,} orders in raw")
        self._tidy()
        return events, orders

    def live(self) -> tuple[int, int]:
        """Land the next day and return the numbers of events and orders that came or changed."""
        day = self._today
        self._today += 1
        landed = self._land_events(day, day), self._land_orders(day, day)
        self._tidy()
        return landed

    def _land_events(self, first: int, last: int) -> int:
        size = self._size
        return self._call("land_events", first, last, size.visits_a_day, size.customers, size.products)

    def _land_orders(self, first: int, last: int) -> int:
        size = self._size
        others = size.other_orders_a_day
        return self._call("land_orders", first, last, size.visits_a_day, others, size.customers, size.products)

    def _call(self, function: str, *arguments: int) -> int:
        places = sql.SQL(", ").join([sql.Placeholder()] * len(arguments))
        statement = sql.SQL("select {}({})").format(sql.Identifier("bench", function), places)
        with self._connect() as connection:
            [rows] = connection.execute(statement, arguments).fetchone() or [0]
        return int(rows)

    def _tidy(self) -> None:
        """Analyze what changed, now: autovacuum would do it between two days, but here during the measurement."""
        with self._connect() as connection:
            changed = connection.execute(
                "select relid::regclass::text from pg_stat_user_tables where n_mod_since_analyze > 0"
            ).fetchall()
            for (table,) in changed:
                connection.execute(sql.SQL("analyze {}").format(sql.SQL(table)))

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self._url, autocommit=True)
