"""A new Postgres and Kafka for one run of benchmarks, as durable as in production, removed afterwards."""

from __future__ import annotations

import subprocess
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
    port = find_free_port()
    with served_postgres(folder, port) as process:
        admin_url = postgres_url(port)
        postgres.create_database(admin_url, "bench")
        apply_schema(postgres_url(port, "bench"), OPEN_PASSWORDS)
        yield postgres_url(port, "bench"), process.pid


@contextmanager
def served_postgres(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server with its data below `folder`, which is made when it is not there yet; stopped at the end."""
    folder.chmod(0o755)  # under root, Postgres runs as another user, who must be able to reach its folder
    data_dir = folder / "postgres" / "data"
    if not data_dir.exists():
        postgres.initialise(data_dir, "bench")
    command, user = postgres.command(data_dir, HOST, port), postgres.system_user()
    with stopped_at_exit(command, folder / "postgres.log", user=user) as process:
        wait_until(lambda: psycopg.connect(postgres_url(port), connect_timeout=2).close(), "Postgres", seconds=60)
        yield process


def postgres_url(port: int, database: str = "postgres") -> str:
    """The URL of a database of `served_postgres`, as its owner."""
    return f"postgresql://{postgres.SUPERUSER}:bench@{HOST}:{port}/{database}"


@contextmanager
def _kafka(folder: Path) -> Iterator[tuple[str, int]]:
    jars, port = get_settings().kafka_jars_dir, find_free_port()
    properties = kafka_broker.initialise(jars, folder / "kafka", HOST, port, find_free_port())
    bootstrap = f"{HOST}:{port}"
    with stopped_at_exit(kafka_broker.command(jars, properties), folder / "kafka.log") as process:
        wait_until(lambda: kafka_broker.create_topics(bootstrap, ["ready"], 1), "Kafka", seconds=60)
        yield bootstrap, process.pid
