"""What an operator provokes and sees: a killed stream, costs, faces, and that nobody is in the files."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from benchmarks.support.kafka_records import consume
from cli.app import app
from comptoir.postgres_url import with_database
from comptoir.settings import Settings, get_settings
from demo_shop.store.store import STORE_FILE
from demo_shop.traffic.send_history import send_history
from local.demo import require_no_lag
from local.supervision import Supervisor
from local.waiting import wait_until
from orchestration.run import run_dagster_job
from streaming.recompute import compare_with_raw
from tests.support.byte_search import files_with, tables_with
from tests.support.people import PLANTED
from tests.support.whole_platform import (
    execute,
    require_success,
    rows,
    view,
)

pytestmark = [pytest.mark.services, pytest.mark.timeout(1500)]


def test_killing_the_stream_loses_and_doubles_nothing(settings: Settings) -> None:
    supervisor = Supervisor(settings.data_dir)
    end = datetime.now(UTC)
    messages = [view(number, end - timedelta(seconds=number % 60)) for number in range(4_000)]
    before = supervisor.states()["stream"]["pid"]
    report = send_history(messages[:2_000], settings.collector_url, settings.write_key)
    os.killpg(os.getpgid(before), signal.SIGKILL)
    report_after = send_history(messages[2_000:], settings.collector_url, settings.write_key)
    assert report.acknowledged + report_after.acknowledged == 4_000
    wait_until(lambda: require_no_lag(settings), "the stream after its kill", seconds=300, every=1)
    assert supervisor.states()["stream"]["pid"] != before
    require_success(run_dagster_job("clickstream", settings.dagster_url))
    assert rows(settings, "select count(*) from raw_clickstream.events where event_id like 'kill-%'") == [(4_000,)]
    comparison = compare_with_raw(settings.database_url)
    assert comparison.is_equal, comparison.message
    require_success(run_dagster_job("stream_recount", settings.dagster_url))


def test_the_stream_is_started_anew_from_dagster(settings: Settings) -> None:
    supervisor = Supervisor(settings.data_dir)
    before = supervisor.states()["stream"]["pid"]
    require_success(run_dagster_job("restart_stream", settings.dagster_url))
    after = supervisor.states()["stream"]
    assert after["statename"] == "RUNNING" and after["pid"] != before


def test_no_mail_of_anybody_is_in_a_byte_of_the_installation(settings: Settings, planted: int) -> None:
    """Sent through every door before a daily run; and those of the shop's customers, which its API would give."""
    assert planted > 1_000
    with closing(sqlite3.connect(settings.demo_shop_dir / STORE_FILE)) as store:
        customers = " ".join(body.decode() for (body,) in store.execute("select body from customers"))
    mails = sorted(set(re.findall(r"[\w.]+@[\w.]+", customers)))
    assert len(mails) > 100
    words = [*PLANTED, *mails]
    assert files_with(settings.demo_shop_dir, words)  # there it is
    execute(settings, "checkpoint")
    topics = (settings.clicks_topic, settings.clicks_bad_topic)
    records = b"".join(record.value or b"" for topic in topics for record in consume(settings.bootstrap_servers, topic))
    assert len(records) > 1_000_000 and b"(mail)" in records  # files of Kafka are compressed
    assert [word for word in words if word.encode() in records.lower()] == []
    folders = {path.name for path in settings.data_dir.iterdir() if path.is_dir()}
    assert {"postgres", "kafka", "logs", "dagster", "data_docs"} <= folders
    assert files_with(settings.data_dir, words, but_not=[settings.demo_shop_dir]) == []
    databases = [name for (name,) in rows(settings, "select datname from pg_database where not datistemplate")]
    assert len(databases) > 1  # also Dagster's
    for name in databases:
        assert tables_with(with_database(settings.database_url, name), words) == [], name


def test_cost_is_told_by_process_and_by_table(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("COMPTOIR_POSTGRES_PORT", str(settings.postgres_port))
    get_settings.cache_clear()
    told = CliRunner().invoke(app, ["cost", "--tables", "3"])
    get_settings.cache_clear()
    assert told.exit_code == 0, told.output
    for name in ("stream", "kafka", "postgres", "left over", "raw_clickstream"):
        assert re.search(rf"^{name} +[0-9]", told.output, re.MULTILINE), told.output
    assert len(re.findall(r"^(?:marts|staging|intermediate|snapshots)\.\w+ ", told.output, re.MULTILINE)) == 3


def test_the_faces_answer(settings: Settings) -> None:
    found = httpx.get(
        f"{settings.storefront_url}/v1/search", params={"q": "wireless headphones", "limit": 5}, timeout=30
    )
    assert found.json()["total"] > 0 and found.json()["facets"]["brand"]
    assert httpx.get(f"{settings.dashboard_url}/_stcore/health", timeout=30).text == "ok"
    files = [file.suffix for file in Path(settings.data_dir).rglob("*") if file.suffix in {".tds", ".twb"}]
    assert sorted(set(files)) == [".tds", ".twb"]
