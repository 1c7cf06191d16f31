"""Postgres or Kafka has a full disk: a clear error, nothing acknowledged is lost, all lands once there is space.

The disk is imitated by a limit on the size of each of the server's files (RLIMIT_FSIZE), which needs no privileges.
"""

from __future__ import annotations

import resource
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from kafka import KafkaProducer
from kafka.errors import KafkaError

from benchmarks.support.events import wire
from benchmarks.support.kafka_records import consume, produce
from benchmarks.support.servers import OPEN_PASSWORDS, stopped_at_exit
from comptoir.database import apply_schema
from comptoir.settings import get_settings
from ingestion.airbyte.connector import sync
from ingestion.airbyte.destination import writer
from ingestion.clickstream import landing
from ingestion.clickstream.errors import WarehouseUnavailable
from ingestion.sync_report import SyncReport
from local import kafka as kafka_broker
from local import postgres
from local.waiting import wait_until
from tests.support.fake_connector import FakeConnector, record, state, status
from tests.support.landing import assert_no_gap, rows

pytestmark = pytest.mark.services

MEGABYTE = 1024 * 1024


def limited_to(size: int) -> Callable[[], None]:
    """What a server runs before it starts: none of its files may grow beyond `size` bytes, as on a full disk."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def large(event_id: str) -> bytes:
    """About 20 KB that no compression makes smaller."""
    return wire(messageId=event_id, properties={"product_id": "1", "noise": secrets.token_urlsafe(15_000)})


@contextmanager
def postgres_with(size: int | None, folder: Path, port: int) -> Iterator[str]:
    """A server whose files may grow to `size` bytes (None: no limit), with the same data each time.

    Yields the URL of a database with our schema.
    """
    folder.chmod(0o755)
    data_dir = folder / "postgres" / "data"
    postgres.initialise(data_dir, "full")
    server = f"postgresql://{postgres.SUPERUSER}:full@127.0.0.1:{port}"
    command = postgres.command(data_dir, "127.0.0.1", port, fsync="off")
    options: dict[str, Any] = {"user": postgres.system_user()}
    if size:
        options["preexec_fn"] = limited_to(size)
    with stopped_at_exit(command, folder / f"postgres-{size}.log", **options):
        wait_until(lambda: psycopg.connect(f"{server}/postgres").close(), "Postgres", seconds=120)
        postgres.create_database(f"{server}/postgres", "full")
        apply_schema(f"{server}/full", OPEN_PASSWORDS)
        yield f"{server}/full"


def test_full_disk_of_postgres_stops_the_lander_and_loses_nothing(
    kafka: str, topics: tuple[str, str], tmp_path: Path, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "BATCH_RECORDS", 100)
    port = free_port()
    produce(kafka, topics[0], [large(f"m{number}") for number in range(1_500)])  # 30 MB

    # a segment of the write-ahead log has 16 MB
    with postgres_with(17 * MEGABYTE, tmp_path, port) as database:
        with pytest.raises(WarehouseUnavailable, match="was committed"):
            landing.land(kafka, database, [*topics])
        [(landed,)] = rows(database, "select count(*) from raw_clickstream.events")
        assert 0 < landed < 1_500
        assert_no_gap(database, topics[0])
        assert rows(database, "select error like '%File too large%' from raw_clickstream.landing_runs") == [(True,)]

    with postgres_with(None, tmp_path, port) as database:
        assert landing.land(kafka, database, [*topics]).events == 1_500 - landed
        assert_no_gap(database, topics[0])


def test_full_disk_of_postgres_stops_the_shop_sync_at_its_last_checkpoint(
    tmp_path: Path, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "CHECKPOINT_ROWS", 100)
    connector, port = FakeConnector(tmp_path / "connector"), free_port()
    connector.offers("orders")
    parts = [
        [*(record("orders", part * 100 + n, title=secrets.token_urlsafe(15_000)) for n in range(100)),
         state("orders", f"2026-01-{part + 1:02}T00:00:00Z", 100)]
        for part in range(15)
    ]  # fmt: skip
    connector.reads(status("orders", "STARTED"), *parts, status("orders", "COMPLETE"))

    def run(database: str) -> SyncReport:
        return sync(connector.spec, connector.config, ["orders"], database, tmp_path / "work")

    with postgres_with(17 * MEGABYTE, tmp_path, port) as database:
        with pytest.raises(psycopg.Error, match="File too large"):
            run(database)
        [(count, saved)] = rows(
            database,
            "select count(*), (select state ->> 'updated_at' from raw_shop._airbyte_state) from raw_shop.orders",
        )
        assert 0 < count < 1_500 and saved == f"2026-01-{count // 100:02}T00:00:00Z"

    with postgres_with(None, tmp_path, port) as database:
        assert run(database).streams["orders"].rows_written == 1_500 - count
        assert rows(database, "select count(*), count(distinct id) from raw_shop.orders") == [(1_500, 1_500)]


def test_full_disk_of_the_broker_acknowledges_nothing_that_it_does_not_keep(
    database: str, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    jars, port = get_settings().kafka_jars_dir, free_port()
    properties = kafka_broker.initialise(jars, tmp_path / "kafka", "127.0.0.1", port, free_port())
    command, bootstrap = kafka_broker.command(jars, properties), f"127.0.0.1:{port}"
    acknowledged: list[str] = []
    # a new index file has 10 MB
    with stopped_at_exit(command, tmp_path / "full.log", preexec_fn=limited_to(12 * MEGABYTE)) as broker:
        wait_until(lambda: kafka_broker.create_topics(bootstrap, ["clicks"], 1), "Kafka", seconds=120)
        producer = KafkaProducer(bootstrap_servers=bootstrap, delivery_timeout_ms=6_000, request_timeout_ms=2_000)
        with pytest.raises(KafkaError):
            for number in range(1_500):
                producer.send("clicks", large(f"m{number}")).get(timeout=10)
                acknowledged.append(f"m{number}")
        producer.close(timeout=1)
        assert 100 < len(acknowledged) < 1_500
        broker.kill()
    with stopped_at_exit(command, tmp_path / "again.log"):
        wait_until(lambda: consume(bootstrap, "clicks"), "Kafka", seconds=120)
        report = landing.land(bootstrap, database, ["clicks"])
        landed = {event_id for (event_id,) in rows(database, "select event_id from raw_clickstream.events")}
        assert set(acknowledged) <= landed
        # the record that was in flight may be there too; nothing else is
        assert report.records - len(acknowledged) <= 1
        assert_no_gap(database, "clicks")
