"""The commands on a real warehouse: what they do, and the sentence when there is nothing to do it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from benchmarks.support.running_shop import running_shop
from cli.app import app
from comptoir.settings import get_settings
from local.ports import find_free_port

pytestmark = pytest.mark.services

Comptoir = Callable[..., Result]


@pytest.fixture
def comptoir(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Comptoir]:
    """Runs a command line with a fresh warehouse and an empty data folder; settings as keyword arguments."""

    def run(*words: str, **settings: object) -> Result:
        given = {"postgres_url": database, "data_dir": tmp_path, "reporter_password": "reporter", **settings}
        for name, value in given.items():
            monkeypatch.setenv(f"COMPTOIR_{name.upper()}", str(value))
        get_settings.cache_clear()
        return CliRunner().invoke(app, words)

    yield run
    get_settings.cache_clear()


def test_a_shop_is_synced_and_its_gate_checked(comptoir: Comptoir, database: str, tmp_path: Path) -> None:
    with running_shop(database, tmp_path / "shop") as shop:
        here = {
            "data_dir": shop.settings.data_dir,
            "demo_shop_port": shop.settings.demo_shop_port,
            "demo_proxy_port": shop.settings.demo_proxy_port,
            "shop_start_date": shop.settings.shop_start_date,
        }
        found = comptoir("shop", "sync", **here)
        assert found.exit_code == 0, found.output
        assert "orders: complete" in found.stdout and "12 of 12 streams complete" in found.stdout
        with psycopg.connect(database) as connection:
            assert connection.execute("select count(*) > 0 from raw_shop.orders").fetchone() == (True,)
            lost = connection.execute("delete from raw_shop.products returning id").fetchall()
        again = comptoir("shop", "sync", "--since", "2020-01-01", **here)
        assert again.exit_code == 0, again.output
        with psycopg.connect(database) as connection:
            found_again = connection.execute("select id from raw_shop.products").fetchall()
        assert lost and sorted(found_again) == sorted(lost)
        checked = comptoir("gate", "check", "raw", **here)
        assert checked.exit_code in (0, 1) and "raw" in checked.stdout and checked.stderr == ""


def test_a_shop_that_does_not_answer_is_a_sentence(comptoir: Comptoir) -> None:
    found = comptoir("shop", "sync", demo_proxy_port=find_free_port(), demo_shop_port=find_free_port())
    assert found.exit_code == 1 and "error" in found.stderr and "Traceback" not in found.output


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("gate accept some_rule 2026-10-25 --why strike", "error No gate found 2026-10-25"),
        ("clicks restore-archive 2020-01-01", "error 2020-01-01 was never archived"),
        ("backfill 2026-11-01 2026-11-02", "error The warehouse was never built: `comptoir run daily`"),
        ("backfill 2026-11-02 2026-11-01", "error The first day, 2026-11-02, is after the last, 2026-11-01"),
        ("recommendations evaluate", "error "),
        ("search index", "error The warehouse lacks a table: relation"),
        ("bi tableau", "error "),
        ("bi extract", "error "),
        ("report weekly", "error The marts are not built yet"),
    ],
)
def test_on_an_empty_warehouse_a_command_says_what_is_missing(comptoir: Comptoir, command: str, sentence: str) -> None:
    found = comptoir(*command.split())
    assert found.exit_code == 1, found.output
    assert found.stderr.startswith(sentence) and found.stderr.count("\n") == 1, found.stderr


def test_nothing_to_archive_is_no_error(comptoir: Comptoir) -> None:
    found = comptoir("clicks", "archive")
    assert (found.exit_code, found.stdout) == (0, "no day in raw is older than 400 days\n")


def test_lists_are_rebuilt_from_no_counts(comptoir: Comptoir) -> None:
    found = comptoir("recommendations", "rebuild")
    assert (found.exit_code, found.stdout) == (0, "every list is rebuilt\n"), found.output


def test_channels_are_tried_and_alerts_muted_and_listed(comptoir: Comptoir, tmp_path: Path) -> None:
    channels = f'{{"log": "file://{tmp_path}/alerts.log", "gone": "file:///proc/alerts.log"}}'
    tried = comptoir("alerts", "test", alert_channels=channels)
    assert tried.exit_code == 1 and "log              took the message" in tried.stdout
    assert "No message reaches gone" in tried.stderr
    assert "TEST of channel log" in (tmp_path / "alerts.log").read_text()
    assert comptoir("alerts", "test", "log").exit_code == 0
    assert "there are log, gone" in comptoir("alerts", "test", "pager").stderr
    assert comptoir("alerts", "list").stdout == "no alert is open\n"
    assert "none that matches" in comptoir("alerts", "mute", "run/*", "--why", "move").stdout
    assert "would mute every alert" in comptoir("alerts", "mute", "*", "--why", "move").stderr
