"""The TLS profile of docs/tls.md on this machine: every client comes by TLS, nobody without."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from kafka import KafkaConsumer
from kafka.errors import KafkaError
from pyspark.sql import SparkSession

from alerting.probes.kafka import end_offsets
from benchmarks.support.clicks import as_records, random_events
from benchmarks.support.servers import OPEN_PASSWORDS
from collector.event_sink import EventSink, OutgoingRecord, SinkUnavailable
from comptoir.database import apply_schema
from comptoir.kafka_access import KAFKA_USERS, KafkaUser
from comptoir.postgres_url import with_database
from comptoir.setting_secrets import mistakes_at_start
from comptoir.settings import Settings
from expectations.checkpoint import run_checkpoint
from expectations.raw import clickstream
from ingestion.clickstream.errors import KafkaUnavailable
from ingestion.clickstream.landing import land
from ingestion.clickstream.read_records import read_records
from local import preparation
from local.dagster_database import give_to_dagster
from local.postgres import create_database
from streaming.job import StreamConfig, open_stream, run
from tests.support.tls_servers import PASSWORD, make_authority, tls_kafka, tls_postgres
from tests.support.warehouse_fixtures import run_dbt

pytestmark = pytest.mark.services
TOPICS = ("clicks.tls", "clicks.tls.bad")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The settings of an installation that takes nothing but TLS, its database prepared."""
    folder = tmp_path_factory.mktemp("tls")
    authority, file = make_authority(folder)
    with tls_postgres(folder, authority) as server, tls_kafka(folder, authority, file, TOPICS) as brokers:
        settings = Settings(
            data_dir=folder / "data",
            postgres_url=f"{with_database(server, 'shop')}?sslmode=verify-full&sslrootcert={file}",  # type: ignore[arg-type]
            kafka_bootstrap=brokers,
            kafka_security="sasl_ssl",
            kafka_authority=file,
            clicks_topic=TOPICS[0],
            clicks_bad_topic=TOPICS[1],
            tls_only=True,
            **{f"{user}_kafka_password": PASSWORD for user in KAFKA_USERS},  # type: ignore[arg-type]
        )
        assert mistakes_at_start(settings) == []
        server_url = with_database(settings.database_url, "postgres")
        for name in ("shop", preparation.DAGSTER_DATABASE):
            create_database(server_url, name)
        apply_schema(settings.database_url, OPEN_PASSWORDS)
        give_to_dagster(with_database(settings.database_url, preparation.DAGSTER_DATABASE))
        yield settings


def test_clicks_go_from_the_collector_to_raw_and_to_serving(settings: Settings, spark: SparkSession) -> None:
    events = random_events(random.Random(1), sessions=5)
    records = [OutgoingRecord(TOPICS[0], b"visitor", record) for record in as_records(events)]

    async def collect() -> None:
        sink = EventSink(settings.kafka_as("collector"), TOPICS, 10_000, 10_000_000)
        await sink.connect()
        await sink.send(records)
        await sink.close()

    asyncio.run(collect())
    landed = land(settings.kafka_as("lander"), settings.database_url_as("lander"), list(TOPICS))
    assert landed.events == len(records)
    config = StreamConfig(
        settings.kafka_as("stream"), TOPICS[0], settings.database_url_as("stream"), settings.data_dir / "checkpoint"
    )
    with open_stream(config) as connection:
        run(spark, connection, config, available_now=True, stop=threading.Event())
    assert sum(end_offsets(settings.kafka_as("watcher"), TOPICS[0]).values()) == len(records)
    with psycopg.connect(settings.database_url) as connection:
        found = connection.execute("select count(*) from serving.visitor_events").fetchone()
    assert found == (len(events),)


def test_dbt_great_expectations_and_dagster_come_by_tls(settings: Settings, tmp_path: Path) -> None:
    """The server takes nobody else: that they get an answer is the proof."""
    connected = run_dbt(settings.database_url_as("transformer"), tmp_path, "show", "--inline", "select 1 as one")
    assert connected.returncode == 0, connected.stdout
    events = clickstream.table(datetime.now(UTC))
    checked = run_checkpoint("raw", settings.database_url_as("gatekeeper"), [events], {events.name: 1})
    assert {rule.success for rule in checked if rule.rule == "event_ids_are_unique"} == {True}, checked
    home = tmp_path / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text(Path("orchestration/dagster.yaml").read_text())
    environment = preparation.environment(settings) | preparation.own_environment(settings, "dagster-daemon")
    opened = subprocess.run(
        [sys.executable, "-m", "orchestration.recovery"],
        env={**environment, "DAGSTER_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert opened.returncode == 0, opened.stderr


@pytest.mark.parametrize("options", ["sslmode=disable", "sslmode=verify-full&sslrootcert={other}"])
def test_postgres_without_tls_or_with_a_strangers_certificate_is_refused(
    settings: Settings, tmp_path: Path, options: str
) -> None:
    _, other = make_authority(tmp_path)
    url = settings.database_url_as("reporter").partition("?")[0]
    with pytest.raises(psycopg.OperationalError, match=r"no encryption|certificate verify failed"):
        psycopg.connect(f"{url}?{options.format(other=other)}")


def test_kafka_without_tls_or_with_a_wrong_password_is_refused(settings: Settings) -> None:
    with pytest.raises(KafkaError):
        KafkaConsumer(bootstrap_servers=settings.bootstrap_servers, bootstrap_timeout_ms=3_000)
    wrong = settings.model_copy(update={"lander_kafka_password": settings.storefront_password})
    with pytest.raises(KafkaUnavailable):
        land(wrong.kafka_as("lander"), settings.database_url_as("lander"), list(TOPICS))


def test_a_user_of_kafka_does_its_own_work_and_no_other(settings: Settings) -> None:
    async def write(user: KafkaUser) -> None:
        sink = EventSink(settings.kafka_as(user), TOPICS[:1], 10, 10_000)
        await sink.connect()
        await sink.send([OutgoingRecord(TOPICS[0], b"visitor", b"{}")])
        await sink.close()

    with pytest.raises(SinkUnavailable):
        asyncio.run(write("lander"))
    asyncio.run(write("collector"))
    with pytest.raises(KafkaUnavailable):  # the collector writes, and reads nothing of what others sent
        land(settings.kafka_as("collector"), settings.database_url_as("lander"), list(TOPICS))
    with pytest.raises(KafkaUnavailable, match="did not delete"):
        read_records(settings.kafka_as("watcher"), settings.database_url_as("privacy"), *TOPICS, delete=True)
    emptied = read_records(settings.kafka_as("privacy"), settings.database_url_as("privacy"), *TOPICS, delete=True)
    assert emptied[TOPICS[0]].read > 0
    with pytest.raises(KafkaUnavailable):  # the stream has no business with refused bytes
        land(settings.kafka_as("stream"), settings.database_url_as("lander"), [TOPICS[1]])
