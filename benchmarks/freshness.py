"""How soon a click changes the visitor's list, compared with how soon a bare consumer writes a row."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import quantiles

import psycopg

from benchmarks.bare_consumer import TABLE
from benchmarks.click_load import Watcher, send_clicks
from benchmarks.fresh_stores import Stores
from benchmarks.support.servers import stopped_at_exit
from comptoir.environment import child_environment
from comptoir.repository import REPOSITORY
from local.waiting import wait_until

TOPIC = "bench.clicks"
WARM_UP = (1_000, 30)  # events/s, seconds; lets the JVM compile and caches fill
BARE = f"select visitor_id, clicked_at from {TABLE} where visitor_id = any(%s)"
Delays = dict[int, list[float]]  # events/s -> seconds


def bare_delays(stores: Stores, loads: Mapping[int, int]) -> Delays:
    """The delays of a bare consumer at each load, given as events/s -> seconds."""
    stores.create_topic(TOPIC)
    with consumer(stores, "benchmarks.bare_consumer", TABLE, [stores.kafka, TOPIC, stores.database_url]):
        return _delays(stores, BARE, loads)


@contextmanager
def consumer(stores: Stores, module: str, table: str, arguments: list[str] | None = None) -> Iterator[None]:
    """Run `python -m module`, a reader of the topic; it counts as started once it has written a row to `table`.

    Raises SystemExit when it ends before.
    """
    with tempfile.TemporaryDirectory(prefix="comptoir-bench-") as folder:
        data_dir = Path(folder) / "data"
        data_dir.mkdir()
        environment = child_environment(
            {
                "COMPTOIR_DATA_DIR": str(data_dir),
                "COMPTOIR_KAFKA_BOOTSTRAP": stores.kafka,
                "COMPTOIR_POSTGRES_URL": stores.database_url,
                "COMPTOIR_CLICKS_TOPIC": TOPIC,
            }
        )
        log = Path(folder) / f"{module}.log"
        command = [sys.executable, "-m", module, *(arguments or [])]
        with stopped_at_exit(command, log, cwd=REPOSITORY, env=environment) as process:
            wait_until(lambda: _require_reading(stores, table, process, log), module, seconds=240)
            send_clicks(stores.kafka, TOPIC, *WARM_UP, [])
            yield


def percentile(seconds: list[float], percent: int) -> float:
    """A percentile (1..99) of at least two durations, in milliseconds."""
    return quantiles(seconds, n=100)[percent - 1] * 1_000


def _delays(stores: Stores, query: str, loads: Mapping[int, int]) -> Delays:
    found: Delays = {}
    for rate, seconds in loads.items():
        watcher = Watcher(stores.database_url, query)
        with watcher.watching():
            send_clicks(stores.kafka, TOPIC, rate, seconds, [watcher], seed=rate)
            wait_until(partial(_require_seen, watcher), "the last click", seconds=180)
        found[rate] = watcher.delays
    return found


def _require_seen(watcher: Watcher) -> None:
    require(watcher.pending == 0, f"{watcher.pending} clicks are not seen yet")


def _require_reading(stores: Stores, table: str, process: subprocess.Popen[bytes], log: Path) -> None:
    if process.poll() is not None:
        raise SystemExit(f"{log.stem} ended too early: {log.read_text()[-1000:]}")
    send_clicks(stores.kafka, TOPIC, 10, 0.5, [])  # repeated: a late consumer misses earlier clicks
    with psycopg.connect(stores.database_url) as connection:
        [(rows,)] = connection.execute(f"select count(*) from {table}".encode()).fetchall()
    require(rows > 0, f"{table} is empty; the log of {log.stem} ends with {log.read_text()[-1000:]}")


def require(condition: bool, otherwise: str) -> None:
    """A condition for `wait_until`. Raises RuntimeError with the text `otherwise` when it does not hold."""
    if not condition:
        raise RuntimeError(otherwise)
