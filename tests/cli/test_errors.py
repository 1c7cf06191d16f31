"""What goes wrong is a sentence on stderr and exit code 1; a fault of the program keeps its traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from cli.app import app
from cli.errors import OperatorGroup, expected
from comptoir.environment import child_environment
from comptoir.repository import REPOSITORY
from comptoir.settings import get_settings
from local.ports import find_free_port


def failing_with(error: Exception) -> typer.Typer:
    """A command line whose one command raises."""
    broken = typer.Typer(cls=OperatorGroup)

    @broken.callback()
    def group() -> None: ...

    @broken.command()
    def fail() -> None:
        raise error

    return broken


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (RuntimeError("orders failed: [429] the shop asks to wait"), "error orders failed: [429] the shop asks to"),
        (TimeoutError("the stream was not ready"), "error the stream was not ready"),
        (
            psycopg.OperationalError("connection refused\n\tIs it running?"),
            "error Postgres does not answer: connection",
        ),
        (psycopg.errors.UndefinedTable('relation "ops.x" does not exist'), "error The warehouse lacks a table"),
    ],
)
def test_an_expected_error_is_a_sentence(error: Exception, shown: str) -> None:
    found = CliRunner().invoke(failing_with(error), ["fail"])
    assert found.exit_code == 1 and found.stderr.startswith(shown)
    assert found.stdout == "" and "Traceback" not in found.output


@pytest.mark.parametrize("fault", [KeyError("x"), NotImplementedError("x"), psycopg.ProgrammingError("x")])
def test_a_fault_of_the_program_is_not_hidden(fault: Exception) -> None:
    assert CliRunner().invoke(failing_with(fault), ["fail"]).exception is fault


def test_errors_of_a_room_are_expected_where_a_command_says_so() -> None:
    with pytest.raises(RuntimeError, match="no history"), expected(ValueError):
        raise ValueError("no history")


def test_wrong_settings_are_reported_without_a_traceback(tmp_path: Path) -> None:
    mistakes = {"COMPTOIR_SHOP_PLATFORM": "abacus", "COMPTOIR_COLLECTOR_PORT": "web"}
    found = subprocess.run(
        [sys.executable, "-m", "cli.app", "search", "index"],
        env=child_environment({"COMPTOIR_DATA_DIR": str(tmp_path), **mistakes}),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1 and found.stdout == ""
    assert found.stderr.splitlines() == [
        "error COMPTOIR_COLLECTOR_PORT is 'web': write a whole number.",
        "error COMPTOIR_SHOP_PLATFORM is 'abacus': write 'shopify' or 'magento'.",
    ]


@pytest.mark.parametrize("command", [["search", "index"], ["bi", "tableau"], ["clicks", "archive"]])
def test_a_warehouse_that_is_away_is_a_sentence(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPTOIR_POSTGRES_URL", f"postgresql://nobody@127.0.0.1:{find_free_port()}/none")
    monkeypatch.setenv("COMPTOIR_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    try:
        found = CliRunner().invoke(app, command)
    finally:
        get_settings.cache_clear()
    assert found.exit_code == 1, found.output
    assert found.stderr.startswith("error Postgres does not answer: connection") and found.stderr.count("\n") == 1


def test_without_a_stack_status_and_logs_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    try:
        status, logs, down = (CliRunner().invoke(app, [name]) for name in ("status", "logs", "down"))
    finally:
        get_settings.cache_clear()
    assert status.exit_code == 1 and "`comptoir up`" in status.output
    assert logs.exit_code == 1 and "There is no log" in logs.output
    assert down.exit_code == 0 and "nothing was running" in down.output


def test_a_real_shop_does_not_start_before_its_own_values_are_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPTOIR_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COMPTOIR_DEMO_SHOP", "false")
    get_settings.cache_clear()
    try:
        found = CliRunner().invoke(app, ["up"])
    finally:
        get_settings.cache_clear()
    assert found.exit_code == 1
    named = [line.split()[1] for line in found.stderr.splitlines()]
    assert named == ["COMPTOIR_WRITE_KEY", "COMPTOIR_SHOP_API_PASSWORD", "COMPTOIR_SHOP_NAME"]  # the others are random
    assert (tmp_path / "secrets.env").exists()
