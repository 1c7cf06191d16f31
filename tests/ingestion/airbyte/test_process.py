"""The connector's process: where it runs, how it is ended, and what is reported when it ends by itself."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ingestion.airbyte.connector import sync
from ingestion.airbyte.process import ConnectorError
from ingestion.connectors.spec import ConnectorSpec
from ingestion.sync_report import Progress, StreamStatus
from local.waiting import wait_until
from tests.support.fake_connector import FakeConnector, error, ids, record, run, state, status, sync_program, whole

pytestmark = pytest.mark.services


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_connector_runs_in_a_private_folder_that_is_removed(
    connector: FakeConnector, database: str, work_dir: Path
) -> None:
    connector.reads(whole("orders", 1))
    run(connector, database, work_dir)
    seen = connector.seen()
    assert seen["mode"] == "0o700" and Path(seen["cwd"]).parent.parent == work_dir
    assert not Path(seen["cwd"]).exists()
    assert [entry["sync_mode"] for entry in seen["catalog"]["streams"]] == ["incremental"]
    assert not [file for file in work_dir.rglob("*") if file.is_file() and "s3cret" in file.read_text()]


def test_a_hanging_connector_is_ended_with_its_children_at_the_time_limit(
    connector: FakeConnector, database: str, work_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.airbyte.process.PATIENCE_SECONDS", 0.5)
    connector.reads(
        ("ignore_sigterm", 1), ("child", 600), whole("products", 1), status("orders", "STARTED"), ("sleep", 600)
    )
    report = run(connector, database, work_dir, "products", "orders", seconds=5)  # else it would sleep beyond ours
    assert report.streams["products"].status is StreamStatus.COMPLETE
    assert report.streams["orders"].error == "source-fake was stopped at its time limit of 5 s"
    assert not is_alive(connector.seen()["pid"])
    child = int((connector.folder / "child.pid").read_text())
    wait_until(lambda: not is_alive(child) or 1 / 0, "the end of the connector's child", seconds=60)


def test_garbage_on_stdout_is_passed_over(connector: FakeConnector, database: str, work_dir: Path) -> None:
    garbage = [("print", "Warning: something"), ("print", '{"half":'), ("print", ""), ("print", "\x00\x01")]
    connector.reads(garbage, whole("orders", 1), garbage)
    assert run(connector, database, work_dir).success
    assert ids(database) == [1]


def test_the_last_line_of_stderr_explains_a_bare_exit(connector: FakeConnector, database: str, work_dir: Path) -> None:
    connector.reads(("stderr", "Traceback ...\nImportError: no module named s3cret\n"), ("exit", 3))
    report = run(connector, database, work_dir)
    assert report.streams["orders"].error == "source-fake ended with exit code 3: ImportError: no module named ****"


def test_the_internal_message_replaces_the_generic_one(connector: FakeConnector, database: str, work_dir: Path) -> None:
    generic = "Something went wrong in the connector. See the logs for more details."
    connector.reads(error(generic, "orders", "KeyError: 'data'"), status("orders", "INCOMPLETE"), ("exit", 1))
    assert run(connector, database, work_dir).streams["orders"].error == "KeyError: ..."


def test_no_value_of_a_record_is_in_what_is_told_or_logged(
    connector: FakeConnector, database: str, work_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ada = '{"id": 1, "email": "ada@example.org", "note": "aunt lovelace"}'
    half = f'{{"type": "RECORD", "record": {{"stream": "orders", "data": {ada}'
    said = {"type": "LOG", "log": {"level": "WARN", "message": f"skipped {ada} of ada@example.org"}}
    connector.reads(
        ("print", half),
        ("print", json.dumps(said)),
        ("stderr", f"ValueError: no date in {ada}\n"),
        error("'aunt lovelace' is no date, see ada@example.org", "orders"),
        status("orders", "INCOMPLETE"),
        ("exit", 1),
    )
    with caplog.at_level(logging.DEBUG):
        report = run(connector, database, work_dir, "orders", "products")
    told = f"{report} {caplog.text}"
    assert report.streams["orders"].error == "'...' is no date, see (mail)"
    assert "not a message: {...}" in told and "skipped {...}" in told
    assert "lovelace" not in told and "ada@" not in told


def test_wrong_credentials_are_one_sentence(connector: FakeConnector, database: str, work_dir: Path) -> None:
    connector.discovers(error("The shop refused the token s3cret"), ("exit", 1))
    with pytest.raises(ConnectorError, match=r"source-fake could not list its streams: The shop refused the token \*"):
        run(connector, database, work_dir)


def test_a_connector_that_is_not_installed_says_what_to_do(database: str, work_dir: Path, tmp_path: Path) -> None:
    missing = ConnectorSpec("source-none", tmp_path / "none")
    with pytest.raises(ConnectorError, match=r"not installed at .* run `make setup`"):
        sync(missing, {}, ["orders"], database, work_dir)


def test_an_interrupted_sync_ends_its_connector_and_gives_the_lock_back(
    connector: FakeConnector, database: str, work_dir: Path
) -> None:
    connector.reads(whole("products", 1), *whole("orders", *range(1500))[:-2], ("sleep", 600))

    def interrupt(progress: Progress) -> None:
        if progress.message.startswith("orders: running, 1000"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(connector, database, work_dir, "products", "orders", on_progress=interrupt)
    assert not is_alive(connector.seen()["pid"])
    assert ids(database, "products") == [1] and ids(database) == []
    connector.reads(whole("orders", 1, 2))
    assert run(connector, database, work_dir).success
    assert ids(database) == [1, 2]


def test_the_connector_dies_with_a_killed_sync_and_the_next_one_goes_on(
    connector: FakeConnector, database: str, work_dir: Path
) -> None:
    connector.reads(
        status("orders", "STARTED"), record("orders", 1), state("orders", "2026-01-01T00:00:00Z", 1), ("sleep", 600)
    )
    program = sync_program(connector, database, work_dir)
    ours = subprocess.Popen([sys.executable, "-c", program])
    seen = connector.folder / "read.seen.json"
    wait_until(lambda: json.loads(seen.read_text()), "the connector", seconds=60)
    child = connector.seen()["pid"]
    assert is_alive(child)
    os.kill(ours.pid, signal.SIGKILL)
    ours.wait()
    wait_until(lambda: not is_alive(child) or 1 / 0, "the connector's end", seconds=60)
    assert ids(database) == []
    connector.reads(whole("orders", 1, 2))
    assert run(connector, database, work_dir).success
    assert ids(database) == [1, 2]
    assert list((work_dir / "runs").iterdir()) == []
