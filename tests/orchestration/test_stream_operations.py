"""What an operator does about the stream in Dagster, with a real stream: Spark, Kafka and Postgres."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from benchmarks.support.clicks import as_records, random_events
from benchmarks.support.kafka_records import produce
from benchmarks.support.stream_process import StreamProcess
from comptoir.settings import Settings, get_settings, settings_at_start
from ingestion.clickstream.landing import land
from orchestration.defs.stream_operations import restart_stream
from orchestration.defs.stream_tables import STREAM_TABLES, stream_catch_up
from streaming.recompute import compare_with_raw

pytestmark = [pytest.mark.services, pytest.mark.timeout(1200)]  # Spark takes its time to start on a busy machine


@pytest.fixture
def stream(
    kafka: str, database: str, topics: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[StreamProcess]:
    process = StreamProcess(kafka, database, topics[0], tmp_path)
    for name, value in process.environment.items():
        monkeypatch.setenv(name, value)  # for the process that Dagster starts
    yield process
    process.stop()


@pytest.fixture
def settings(stream: StreamProcess) -> Iterator[Settings]:
    get_settings.cache_clear()
    yield settings_at_start()
    get_settings.cache_clear()


def send(stream: StreamProcess, kafka: str, topic: str) -> int:
    """Send some visits; returns how many events."""
    events = random_events(random.Random(3), sessions=60)
    for partition in (0, 1):
        produce(kafka, topic, as_records(events)[partition::2], partition=partition)
    return len(events)


def caught_up(settings: Settings) -> dict[str, dg.AssetMaterialization]:
    result = dg.materialize([stream_catch_up], resources={"settings": settings}, raise_on_error=False)
    assert result.success
    made = [event.step_materialization_data.materialization for event in result.get_asset_materialization_events()]
    return {one.asset_key.to_user_string(): one for one in made}


def test_a_materialisation_counts_what_is_left_while_the_stream_is_away(
    stream: StreamProcess, settings: Settings, kafka: str, topics: tuple[str, str]
) -> None:
    sent = send(stream, kafka, topics[0])
    made = caught_up(settings)
    assert set(made) == {key.to_user_string() for key in STREAM_TABLES.values()}
    lists = made["serving/recommendations"]
    assert lists.metadata["records counted"].value == sent
    assert int(str(lists.metadata["dagster/row_count"].value)) > 0
    land(kafka, stream.database, [topics[0]])
    comparison = compare_with_raw(stream.database)
    assert comparison.is_equal, comparison.message


def test_a_running_stream_is_left_to_count_and_can_be_started_anew(
    stream: StreamProcess, settings: Settings, kafka: str, topics: tuple[str, str]
) -> None:
    first = stream.start()
    stream.wait_for(send(stream, kafka, topics[0]))
    assert caught_up(settings)["serving/trending"].metadata["counted by"].value == "the running stream"

    def supervise() -> None:
        first.wait()
        stream.start()

    supervisor = threading.Thread(target=supervise)
    supervisor.start()
    result = restart_stream.execute_in_process(resources={"settings": settings})
    supervisor.join()
    assert result.success
    assert first.returncode == 1 and len(stream.started) == 2 and stream.started[1].poll() is None


def test_without_a_stream_the_operator_reads_what_to_do(stream: StreamProcess, settings: Settings) -> None:
    result = restart_stream.execute_in_process(resources={"settings": settings}, raise_on_error=False)
    assert not result.success
    failure = result.failure_data_for_node("stream_restarted")
    assert failure and failure.user_failure_data
    assert "comptoir start stream" in (failure.user_failure_data.description or "")


def test_the_reason_of_a_catch_up_that_failed_is_in_the_runs_log(
    stream: StreamProcess, settings: Settings, database: str, topics: tuple[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    """Another process holds the stream's lock and has no heartbeat: one that hangs."""
    with psycopg.connect(database, autocommit=True) as hanging:
        hanging.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [f"recommendations/{topics[0]}"])
        result = dg.materialize([stream_catch_up], resources={"settings": settings}, raise_on_error=False)
    assert not result.success
    assert "is running: stop it first" in capfd.readouterr().err
