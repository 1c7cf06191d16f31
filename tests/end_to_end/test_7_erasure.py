"""Customers are erased by the commands while the platform runs; nothing that it does afterwards brings them back.

The suite erases 10 of 40; `--erased 50` erases 50 of 200.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.support.kafka_records import consume
from cli.app import app
from comptoir.postgres_url import with_database
from comptoir.settings import Settings, get_settings
from demo_shop.traffic.send_history import send_history
from local.demo import require_no_lag
from local.preparation import DAGSTER_DATABASE
from local.supervision import Supervisor
from local.waiting import wait_until
from orchestration.run import run_dagster_job
from privacy.pseudonym import every_pseudonym
from streaming.recompute import compare_with_raw
from tests.support.byte_search import files_with
from tests.support.planted import found
from tests.support.signed_in_visits import SignedInVisits
from tests.support.whole_platform import execute, ledger_of, mart, require_success, rows, view

pytestmark = [pytest.mark.services, pytest.mark.timeout(1500)]

Command = Callable[..., str]


@pytest.fixture
def comptoir(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    """Runs a command of the operator's on this stack; returns what it says."""
    monkeypatch.setenv("COMPTOIR_DATA_DIR", str(settings.data_dir))
    for name in Settings.model_fields:
        if name.endswith("_port"):
            monkeypatch.setenv(f"COMPTOIR_{name.upper()}", str(getattr(settings, name)))
    get_settings.cache_clear()

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output

    yield run
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def customers(visits: SignedInVisits, pytestconfig: pytest.Config) -> list[str]:
    """Who is erased: they were signed in on three devices and by the shop's server."""
    return list(visits.customers[: max(10, pytestconfig.getoption("--erased"))])


@pytest.fixture(scope="module")
def words(settings: Settings, visits: SignedInVisits, customers: list[str]) -> list[str]:
    """What is then found nowhere: names of clicks under both keys and of the warehouse, devices, a search, an event.

    Not the shop's number: here it is also that of an article. `comptoir privacy verify` looks for it.
    """
    keys = plain_keys(settings.data_dir)
    in_clicks = [name for customer in customers for name in every_pseudonym(customer, keys)]
    mapped: dict[str, str] = dict(
        rows(settings, "select customer_id::text, customer_pseudonym from pii.customer_pseudonyms")
    )
    devices = [visits.device_of(customer, device) for customer in customers for device in ("phone", "tablet", "laptop")]
    others = [word for of in customers for word in (mapped[of], visits.typed_by(of), visits.last_event[of])]
    return [*in_clicks, *devices, *others]


def plain_keys(data_dir: Path) -> str:
    """The pseudonyms' keys after the rotation, as the processes have them."""
    return Settings(_env_file=data_dir / "secrets.env", data_dir=data_dir).pseudonym_key.get_secret_value()  # type: ignore[call-arg]


def left(settings: Settings, words: list[str], folder: Path) -> list[tuple[str, str]]:
    """(place, word) in a row of the warehouse or of Dagster's storage, or in a file that is not a store's own."""
    urls = (settings.database_url, with_database(settings.database_url, DAGSTER_DATABASE))
    own = [settings.demo_shop_dir, settings.data_dir / "postgres", settings.data_dir / "kafka"]
    return [hit for url in urls for hit in found(url, folder, words)] + files_with(settings.data_dir, words, own)


def in_topics(settings: Settings, words: list[str]) -> set[str]:
    """The words that a client is given who reads the topics from their beginning."""
    topics = (settings.clicks_topic, settings.clicks_bad_topic)
    records = b"".join(record.value or b"" for topic in topics for record in consume(settings.bootstrap_servers, topic))
    return {word for word in words if word.encode() in records}


def test_what_runs_on_brings_nobody_back(
    settings: Settings, comptoir: Command, customers: list[str], words: list[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    wait_until(lambda: require_no_lag(settings), "the stream", seconds=300, every=1)
    require_success(run_dagster_job("clickstream", settings.dagster_url))
    assert {word for _, word in left(settings, words, tmp_path)} == set(words)
    sales = mart(settings)
    assert f"{len(customers)} customers are erased" in comptoir("privacy", "erase", *customers, "--apply")
    assert left(settings, words, tmp_path) == []

    # the stream loses its checkpoint and how far it was, and reads the whole log again
    supervisor = Supervisor(settings.data_dir)
    supervisor.stop("stream")
    shutil.rmtree(settings.checkpoint_dir)
    execute(settings, "delete from serving.stream_offsets")
    supervisor.start("stream")
    wait_until(lambda: require_no_lag(settings), "the stream", seconds=300, every=1)
    assert left(settings, words, tmp_path) == []
    comparison = compare_with_raw(settings.database_url)
    assert comparison.is_equal, comparison.message

    # the shop, which still has them, is read from its beginning, into another layout
    monkeypatch.setattr("ingestion.airbyte.destination.columns.LAYOUT_VERSION", "another")
    assert "customers" in comptoir("shop", "sync", "--since", "2020-01-01")
    assert left(settings, words, tmp_path) == []
    require_success(run_dagster_job("daily", settings.dagster_url))
    assert left(settings, words, tmp_path) == []
    assert mart(settings) == ledger_of(settings) == sales
    for customer in customers:
        assert "nothing names customer" in comptoir("privacy", "verify", customer)


def test_an_emptied_log_holds_nobody_and_the_platform_goes_on(
    settings: Settings, comptoir: Command, words: list[str]
) -> None:
    assert in_topics(settings, words)
    wait_until(lambda: require_no_lag(settings), "the stream", seconds=300, every=1)
    require_success(run_dagster_job("clickstream", settings.dagster_url))
    assert "a dry run" in comptoir("privacy", "empty-log")
    assert in_topics(settings, words)
    assert "records stay" not in comptoir("privacy", "empty-log", "--apply")
    assert in_topics(settings, words) == set()
    again = view(0, datetime.now(UTC)) | {"messageId": "after-the-log", "anonymousId": "goes-on"}
    assert send_history([again], settings.collector_url, settings.write_key).accepted == 1
    wait_until(lambda: require_no_lag(settings), "the stream", seconds=300, every=1)
    require_success(run_dagster_job("clickstream", settings.dagster_url))
    assert rows(settings, "select count(*) from raw_clickstream.events where event_id = 'after-the-log'") == [(1,)]
