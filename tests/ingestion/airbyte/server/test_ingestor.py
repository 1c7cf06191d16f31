"""The ingestor of an Airbyte server: the result of its job, per stream, from the rows in the tables."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from comptoir.settings import Settings
from ingestion.airbyte.server.ingestor import ServerIngestor
from ingestion.ingestor import ingestor_of
from ingestion.shop_source import source_of
from ingestion.sync_report import StreamStatus, SyncReport
from local.waiting import wait_until
from tests.support.fake_airbyte_server import FakeAirbyte, Job, serving

pytestmark = pytest.mark.services


@pytest.fixture
def airbyte() -> FakeAirbyte:
    fake = FakeAirbyte()
    fake.streams = dict.fromkeys(source_of(Settings()).streams, True)
    return fake


@pytest.fixture
def settings(airbyte: FakeAirbyte, database: str, tmp_path: Path) -> Iterator[Settings]:
    with serving(airbyte) as url:
        yield Settings(
            data_dir=tmp_path,
            postgres_url=database,
            airbyte_url=url,
            airbyte_client_id="comptoir",
            airbyte_client_secret="secret",
        )


def sync(settings: Settings, **options: Any) -> SyncReport:
    ingestor = ingestor_of(settings)
    assert isinstance(ingestor, ServerIngestor)
    quick = ServerIngestor(**{**ingestor.__dict__, "poll_seconds": 0.01})
    return quick.sync(source_of(settings), **options)


def writing(settings: Settings, streams: tuple[str, ...], status: str = "succeeded") -> Any:
    """A worker that writes a row into each stream's table, in the layout of Airbyte's destination."""

    def work(job: Job) -> str:
        with psycopg.connect(settings.database_url) as connection:
            for stream in streams:
                connection.execute(
                    f"create table if not exists raw_shop.{stream} (_airbyte_raw_id varchar, id bigint,"
                    " _airbyte_extracted_at timestamptz, _airbyte_meta jsonb, _airbyte_generation_id bigint)"
                )
                meta = f'{{"changes": [], "sync_id": {job.number}}}'
                connection.execute(f"insert into raw_shop.{stream} (_airbyte_meta) values (%s)", [meta])
        return status

    return work


def test_the_report_counts_what_the_job_wrote_to_each_table(airbyte: FakeAirbyte, settings: Settings) -> None:
    streams = source_of(settings).streams
    airbyte.worker = writing(settings, streams)
    reported: list[str] = []
    for _ in range(2):
        report = sync(settings, on_progress=lambda progress: reported.append(progress.message))
        assert report.success, report.message
        assert {name: stream.rows_written for name, stream in report.streams.items()} == dict.fromkeys(streams, 1)
        assert {stream.records_emitted for stream in report.streams.values()} == {None}
    assert report.job and report.job.startswith("2 of connection 'Comptoir shopify' at http://")
    assert any(message.startswith("Airbyte job 1: ") and message.endswith("42 rows") for message in reported)
    assert "orders: complete, 1 written" in reported


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_job_that_does_not_succeed_leaves_no_stream_complete(
    airbyte: FakeAirbyte, settings: Settings, status: str
) -> None:
    airbyte.worker = writing(settings, ("orders",), status)
    report = sync(settings)
    assert not report.success
    assert report.streams["orders"].status is StreamStatus.PARTIAL
    assert report.streams["products"].status is StreamStatus.FAILED
    assert f"ended as {status}" in report.message


def test_a_stream_without_a_table_is_named(airbyte: FakeAirbyte, settings: Settings) -> None:
    airbyte.worker = writing(settings, ("orders",))
    report = sync(settings)
    assert report.streams["orders"].status is StreamStatus.COMPLETE
    assert report.streams["products"].error == (
        "there is no table of this stream: is it switched on in the Airbyte connection?"
    )


def test_everything_is_read_again_when_the_completeness_check_asks(airbyte: FakeAirbyte, settings: Settings) -> None:
    airbyte.worker = writing(settings, source_of(settings).streams)
    sync(settings, resync_since=datetime(2026, 1, 1, tzinfo=UTC))
    assert airbyte.jobs[1].kind == "refresh"


def test_a_terminated_dagster_run_cancels_its_job(airbyte: FakeAirbyte, settings: Settings) -> None:
    airbyte.statuses = ["running"]
    program = (
        "import dagster as dg; from comptoir.settings import Settings; from orchestration.defs import shop\n"
        "dg.materialize([shop.shop_sync], resources={'settings': Settings()})"
    )
    environment = {
        **os.environ,
        "COMPTOIR_DATA_DIR": str(settings.data_dir),
        "COMPTOIR_POSTGRES_URL": settings.database_url,
        "COMPTOIR_AIRBYTE_URL": str(settings.airbyte_url),
        "COMPTOIR_AIRBYTE_CLIENT_ID": "comptoir",
        "COMPTOIR_AIRBYTE_CLIENT_SECRET": "secret",
        "COMPTOIR_SHOP_API_PASSWORD": "",  # no shop to compare with
    }
    run = subprocess.Popen([sys.executable, "-c", program], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: airbyte.calls.index("GET /jobs/1"), "the run to follow its job", seconds=240)
        run.send_signal(signal.SIGINT)  # what Dagster's launcher sends a run that is terminated
        _, errors = run.communicate(timeout=240)
    finally:
        run.kill()
    assert airbyte.jobs[1].statuses == ["cancelled"]
    assert run.returncode != 0 and "Airbyte job 1: running" in errors
