"""The raw writer against a bare COPY and against dlt with the same records, and its memory with 100 times as many."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psycopg

from benchmarks.figure import CannotMeasure, Figure
from benchmarks.raw_records import ORDERS, PRODUCTS, Shape
from benchmarks.settings import BenchmarkSettings
from comptoir.environment import child_environment
from ingestion.airbyte.destination.writer import AirbyteDestination
from ingestion.airbyte.protocol import parse_line

RECORDS = 100_000
MANY_RECORDS = 1_000_000
ROUNDS = 3  # the fastest of each counts: disturbances only make a round slower
RECORDS_PER_STATE = 5_000
STATE = b'{"updated_at": "2026-01-01T00:00:00Z"}'
DLT_SCRIPT = Path(__file__).with_name("dlt_load.py")
QUIET = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}


def measure_writer(database_url: str, records: int = RECORDS, many_records: int = MANY_RECORDS) -> list[Figure]:
    """Rows per second into an empty table and read again unchanged; peak memory in MB.

    Raises CannotMeasure when dlt is not installed.
    """
    products = [_round(database_url, PRODUCTS, records) for _ in range(ROUNDS)]
    orders = [_round(database_url, ORDERS, records) for _ in range(ROUNDS)]
    first, again, bare = (records / min(seconds) for seconds in zip(*products, strict=True))
    orders_first, _, orders_bare = (records / min(seconds) for seconds in zip(*orders, strict=True))
    dlt = records / min(_dlt(database_url, PRODUCTS, records) for _ in range(ROUNDS))
    small, large = (_peak_megabytes(database_url, count) for count in (many_records // 100, many_records))
    copy = "baseline: bare COPY of the same rows into a table without an index"
    return [
        Figure("raw writer, products, empty table", "rows/s", first, bare, 1 / 3, target_on="ratio", note=copy),
        Figure("raw writer, orders, empty table", "rows/s", orders_first, orders_bare, 1 / 3, target_on="ratio"),
        Figure("raw writer, products read again unchanged", "rows/s", again, bare, note=copy),
        Figure(
            "raw writer beside dlt, products, empty table", "rows/s", first, dlt, 1.0, target_on="ratio",
            note="baseline: dlt 1.31 into Postgres, merge by primary key, csv by COPY, objects kept as JSON",
        ),
        Figure(
            f"raw writer's peak memory, {many_records:,} products", "MB", large, small, 1.1, "at_most", "ratio",
            note=f"baseline: {many_records // 100:,} products",
        ),
    ]  # fmt: skip


def _round(database_url: str, shape: Shape, records: int) -> tuple[float, float, float]:
    """Seconds of the first load, of loading the same records again, and of a bare COPY of the rows."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("drop table if exists raw_shop._airbyte_state, public.bare")
        connection.execute(f"drop table if exists raw_shop.{shape.name}")
        first = load(connection, shape, records)
        again = load(connection, shape, records)
        return first, again, _bare_copy(connection, shape.name)


def load(connection: psycopg.Connection, shape: Shape, records: int) -> float:
    """Seconds from the first line to the last commit."""
    stream = shape.stream()
    began = time.perf_counter()
    with closing(AirbyteDestination(connection)) as destination:
        writer = destination.open_stream(stream)
        for number, line in enumerate(shape.lines(records), 1):
            message = parse_line(line)
            assert message and message.record
            writer.write(message.record)
            if number % RECORDS_PER_STATE == 0:
                writer.checkpoint(STATE)
        writer.finish()
    return time.perf_counter() - began


def _bare_copy(connection: psycopg.Connection, table: str) -> float:
    connection.execute(f"create table public.bare (like raw_shop.{table})")
    with connection.cursor().copy(f"copy raw_shop.{table} to stdout") as rows:
        content = [bytes(row) for row in rows]
    began = time.perf_counter()
    with connection.cursor().copy("copy public.bare from stdin") as copy:
        for row in content:
            copy.write(row)
    return time.perf_counter() - began


def _dlt(database_url: str, shape: Shape, records: int) -> float:
    python = BenchmarkSettings().bench_venv / "bin" / "python"
    if not python.exists():
        raise CannotMeasure("dlt is not installed: run `make bench`, which installs it")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lines"
        with file.open("wb") as lines:
            lines.writelines(line + b"\n" for line in shape.lines(records))
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("drop schema if exists dlt_raw cascade")
            connection.execute("drop schema if exists dlt_raw_staging cascade")
        done = subprocess.run(
            [str(python), str(DLT_SCRIPT), database_url, str(file), shape.name, folder],
            env=child_environment(QUIET), cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        with psycopg.connect(database_url) as connection:
            row = connection.execute(f"select count(*) from dlt_raw.{shape.name}").fetchone()
        assert row == (records,), row
        return float(done.stdout)


def _peak_megabytes(database_url: str, records: int) -> float:
    """Of a separate process that loads this many products."""
    program = f"from benchmarks.raw_writer import load_alone; load_alone({database_url!r}, {records})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(done.stdout)


def load_alone(database_url: str, records: int) -> None:
    """Load products and print the peak memory of this process in MB."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"drop table if exists raw_shop.{PRODUCTS.name}")
        load(connection, PRODUCTS, records)
        connection.execute(f"drop table raw_shop.{PRODUCTS.name}")
    # not getrusage: its peak includes that of the parent process
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    print(int(peak.split()[1]) / 1024)  # noqa: T201
