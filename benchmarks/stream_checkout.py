"""The stream of a checkout of this repository, this one or another, so that two commits can be measured in turns."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from benchmarks.click_load import Watcher, send_clicks
from benchmarks.fresh_stores import Stores
from benchmarks.processor_time import processor_seconds
from benchmarks.support.servers import stopped_at_exit
from comptoir.environment import child_environment
from comptoir.repository import REPOSITORY
from local import kafka as kafka_broker
from local import postgres
from local.waiting import wait_until

LISTS = """
    select visitor_id, computed_at from serving.recommendation_lists where visitor_id = any(%s) and slot = 'home'
"""
APPLY_SCHEMA = (
    "import sys; from comptoir import database, settings;"
    "passwords = getattr(settings.Settings(), 'login_passwords', None);"
    "database.apply_schema(sys.argv[1], *([passwords] if passwords else ('storefront', 'reporter')))"
)
START_LIMIT = 240.0  # seconds


@dataclass(frozen=True)
class Checkout:
    """A folder with a checkout and its `.venv`."""

    name: str
    folder: Path = REPOSITORY

    @property
    def python(self) -> str:
        """The interpreter of its environment."""
        return str(self.folder / ".venv" / "bin" / "python")


@dataclass
class RunningStream:
    """A stream with a topic and a database of its own."""

    stores: Stores
    database_url: str
    topic: str
    process: subprocess.Popen[bytes]
    command: list[str]
    options: dict[str, object]
    log: Path
    started: float  # by time.monotonic
    restarted: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def processor_seconds(self) -> dict[str, float]:
        """See processor_time.py."""
        return processor_seconds(self.process.pid, self.stores.kafka_pid, self.stores.postgres_pid)

    def watcher(self) -> Watcher:
        """Measures how long the lists of clicks take."""
        return Watcher(self.database_url, LISTS)

    def send(self, rate: int, seconds: float, watchers: list[Watcher], seed: int = 1) -> int:
        """Send clicks to its topic; see `send_clicks`."""
        return send_clicks(self.stores.kafka, self.topic, rate, seconds, watchers, seed)

    def wait_for_list(self) -> None:
        """Send ten clicks and return when one of them has a list: the first of a shop has nothing to recommend.

        Raises TimeoutError, SystemExit when the stream ends.
        """
        watcher = self.watcher()
        with watcher.watching():
            self.send(20, 0.5, [watcher])
            wait_until(lambda: self._seen(watcher), "the first list", seconds=START_LIMIT, every=0.02)

    def kill_and_restart(self) -> float:
        """Kill the driver with kill -9 and start it at once; returns the seconds until a new click has its list."""
        self.process.kill()
        began = time.monotonic()
        self.restart()
        self.wait_for_list()
        return time.monotonic() - began

    def restart(self) -> None:
        """Start it again once it has ended, without waiting until it is ready."""
        self.process.wait()
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(self.command, stdout=output, stderr=output, **self.options)  # type: ignore[call-overload]
        self.restarted.append(self.process)

    def _seen(self, watcher: Watcher) -> None:
        if self.process.poll() is not None:
            raise SystemExit(f"the stream ended too early: {self.log.read_text()[-1500:]}")
        if not watcher.delays:
            raise RuntimeError("no list yet")


@contextmanager
def running_stream(stores: Stores, checkout: Checkout, folder: Path, **settings: str) -> Iterator[RunningStream]:
    """Start the checkout's stream on an empty topic and a new database with its own schema; stop it at the end.

    It may not be ready yet. `settings` are more environment variables.
    """
    name = f"bench_{uuid4().hex[:8]}"
    database_url = f"{stores.database_url.rpartition('/')[0]}/{name}"
    postgres.create_database(f"{stores.database_url.rpartition('/')[0]}/postgres", name)
    subprocess.run([checkout.python, "-c", APPLY_SCHEMA, database_url], cwd=checkout.folder, check=True)
    kafka_broker.create_topics(stores.kafka, [name], 2)
    data_dir = folder / name
    data_dir.mkdir()
    environment = child_environment(
        {
            "COMPTOIR_DATA_DIR": str(data_dir),
            "COMPTOIR_KAFKA_BOOTSTRAP": stores.kafka,
            "COMPTOIR_POSTGRES_URL": database_url,
            "COMPTOIR_CLICKS_TOPIC": name,
            **settings,
        }
    )
    command, log = [checkout.python, "-m", "streaming.job"], folder / f"{name}.log"
    options: dict[str, object] = {"cwd": checkout.folder, "env": environment}
    with stopped_at_exit(command, log, **options) as process:
        running = RunningStream(stores, database_url, name, process, command, options, log, time.monotonic())
        try:
            yield running
        finally:
            for restarted in running.restarted:
                restarted.terminate()
                restarted.wait(30)
