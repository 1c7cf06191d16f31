"""A new Postgres and Kafka for one run of benchmarks, as durable as in production, removed afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.support.servers import OPEN_PASSWORDS, stopped_at_exit
from comptoir.database import apply_schema
from comptoir.settings import get_settings
from local import kafka as kafka_broker
from local import postgres
from local.ports import find_free_port
from local.waiting import wait_until

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Stores:
    """Where the two answer."""

    database_url: str  # a database with all schemas, as its owner
    kafka: str  # host:port
    postgres_pid: int
    kafka_pid: int

    def create_topic(self, name: str, partitions: int = 2) -> str:
        """Create a topic and return its name."""
        kafka_broker.create_topics(self.kafka, [name], partitions)
        return name

    def create_database(self, name: str) -> str:
        """Create another, empty database with all schemas; returns its URL."""
        server = self.database_url.rpartition("/")[0]
        postgres.create_database(f"{server}/postgres", name)
        apply_schema(f"{server}/{name}", OPEN_PASSWORDS)
        return f"{server}/{name}"


@contextmanager
def fresh_stores() -> Iterator[Stores]:
    """Start both and wait until they answer; stop them and delete their data at the end."""
    with (
        tempfile.TemporaryDirectory(prefix="comptoir-bench-") as folder,
        _postgres(Path(folder)) as (database_url, postgres_pid),
        _kafka(Path(folder)) as (bootstrap, kafka_pid),
    ):
        yield Stores(database_url, bootstrap, postgres_pid, kafka_pid)


@contextmanager
def fresh_postgres(folder: Path) -> Iterator[str]:
    """Start a Postgres with its files below `folder`; yields the URL of a database with all schemas."""
    with _postgres(folder) as (database_url, _):
        yield database_url


@contextmanager
def _postgres(folder: Path) -> Iterator[tuple[str, int]]:
    folder.chmod(0o755)  # under root, Postgres runs as another user, who must be able to reach its folder
    data_dir, port = folder / "postgres" / "data", find_free_port()
    postgres.initialise(data_dir, "bench")
    server = f"postgresql://{postgres.SUPERUSER}:bench@{HOST}:{port}"
    with stopped_at_exit(
        postgres.command(data_dir, HOST, port), folder / "postgres.log", user=postgres.system_user()
    ) as process:
        admin_url = f"{server}/postgres"
        wait_until(lambda: psycopg.connect(admin_url, connect_timeout=2).close(), "Postgres", seconds=60)
        postgres.create_database(admin_url, "bench")
        apply_schema(f"{server}/bench", OPEN_PASSWORDS)
        yield f"{server}/bench", process.pid


@contextmanager
def _kafka(folder: Path) -> Iterator[tuple[str, int]]:
    jars, port = get_settings().kafka_jars_dir, find_free_port()
    properties = kafka_broker.initialise(jars, folder / "kafka", HOST, port, find_free_port())
    bootstrap = f"{HOST}:{port}"
    with stopped_at_exit(kafka_broker.command(jars, properties), folder / "kafka.log") as process:
        wait_until(lambda: kafka_broker.create_topics(bootstrap, ["ready"], 1), "Kafka", seconds=60)
        yield bootstrap, process.pid
