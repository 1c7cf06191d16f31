"""The connector as a subprocess: what reaches Postgres when all goes well, and when it does not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingestion.airbyte_connector import sync
from ingestion.connector_process import ConnectorError
from ingestion.connectors import ConnectorSpec
from ingestion.sync_report import Progress, StreamReport, StreamStatus, SyncReport
from local.waiting import wait_until
from tests.fake_connector import FakeConnector, error, record, state, status, whole

pytestmark = pytest.mark.services


@pytest.fixture
def connector(tmp_path: Path) -> FakeConnector:
    fake = FakeConnector(tmp_path / "connector")
    fake.offers("orders", "products", "locations", full_refresh=("locations",))
    return fake


@pytest.fixture
def work_dir(tmp_path: Path) -> Path:
    return tmp_path / "work"


def run(connector: FakeConnector, database: str, work_dir: Path, *streams: str, **options: Any) -> SyncReport:
    names = list(streams or ("orders",))
    return sync(connector.spec, connector.config, names, database, work_dir, **options)


def sync_program(connector: FakeConnector, database: str, work_dir: Path) -> str:
    """The same sync for a process of its own."""
    return (
        "from pathlib import Path; from ingestion.airbyte_connector import sync\n"
        "from ingestion.connectors import ConnectorSpec\n"
        f"spec = ConnectorSpec('source-fake', Path({str(connector.spec.executable)!r}))\n"
        f"sync(spec, {connector.config!r}, ['orders'], {database!r}, Path({str(work_dir)!r}))\n"
    )


def ids(database: str, table: str = "orders") -> list[int]:
    with psycopg.connect(database) as connection:
        return [number for (number,) in connection.execute(f"select id from raw_shop.{table} order by id")]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_all_streams_arrive_and_the_next_run_goes_on_from_the_state(
    connector: FakeConnector, database: str, work_dir: Path
) -> None:
    connector.reads(whole("orders", 1, 2), whole("locations", 7))
    report = run(connector, database, work_dir, "orders", "locations")
    assert report.success and report.rows_written == 3
    assert ids(database) == [1, 2] and ids(database, "locations") == [7]
    report = run(connector, database, work_dir, "orders", "locations")
    assert report.success and report.rows_written == 0
    # a full-refresh stream is always read from its start
    assert [
        (s["stream"]["stream_descriptor"]["name"], s["stream"]["stream_state"]) for s in connector.seen()["state"]
    ] == [("orders", {"updated_at": "2026-01-01T00:00:00Z"})]


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


def test_progress_is_told_per_stream(connector: FakeConnector, database: str, work_dir: Path) -> None:
    connector.reads(whole("orders", *range(2500)))
    told: list[tuple[str, str, int]] = []

    def note(report: StreamReport) -> None:
        told.append((report.stream, report.status, report.records_emitted))

    run(connector, database, work_dir, on_progress=note)
    assert told == [
        ("orders", "running", 0),
        ("orders", "running", 1000),
        ("orders", "running", 2000),
        ("orders", "complete", 2500),
    ]


def test_one_stream_failing_leaves_the_others_complete(connector: FakeConnector, database: str, work_dir: Path) -> None:
    connector.reads(
        whole("products", 1),
        status("orders", "STARTED"),
        record("orders", 1),
        error("Shopify answered\n 403 for token s3cret", "orders"),
        status("orders", "INCOMPLETE"),
        whole("locations", 5),
        error("The following streams failed: orders"),
        ("exit", 1),
    )
    report = run(connector, database, work_dir, "products", "orders", "locations")
    assert not report.success
    assert {name: stream.status for name, stream in report.streams.items()} == {
        "products": StreamStatus.COMPLETE,
        "orders": StreamStatus.FAILED,
        "locations": StreamStatus.COMPLETE,
    }
    assert report.streams["orders"].error == "Shopify answered 403 for token ****"
    assert report.message.startswith("2 of 3 streams complete, 2 rows written")
    assert ids(database) == [] and ids(database, "products") == [1]


def test_a_crash_between_records_and_state_loses_and_doubles_nothing(
    connector: FakeConnector, database: str, work_dir: Path
) -> None:
    connector.reads(
        status("orders", "STARTED"),
        record("orders", 1),
        state("orders", "2026-01-01T00:00:00Z", 1),
        record("orders", 2),
        ("kill", int(signal.SIGKILL)),
    )
    report = run(connector, database, work_dir)
    assert report.streams["orders"].status is StreamStatus.PARTIAL
    assert report.streams["orders"].error == "source-fake ended with signal SIGKILL"
    assert ids(database) == [1]
    connector.reads(whole("orders", 1, 2, 3))
    assert run(connector, database, work_dir).streams["orders"].rows_written == 2
    assert connector.seen()["state"][0]["stream"]["stream_state"] == {"updated_at": "2026-01-01T00:00:00Z"}
    assert ids(database) == [1, 2, 3]


def test_a_lost_record_stops_its_stream_before_the_state_passes_it(
    connector: FakeConnector, database: str, work_dir: Path
) -> None:
    cut = json.loads(json.dumps(record("orders", 2)[1]))[:40]  # a line that broke off
    connector.reads(
        status("orders", "STARTED"),
        record("orders", 1),
        state("orders", "2026-01-01T00:00:00Z", 1),
        ("print", cut),
        state("orders", "2026-01-02T00:00:00Z", 1),
        status("orders", "COMPLETE"),
        whole("products", 4),
    )
    report = run(connector, database, work_dir, "orders", "products")
    assert report.streams["orders"].error == "the connector announced 1 records, but 0 arrived"
    assert report.streams["products"].status is StreamStatus.COMPLETE
    run(connector, database, work_dir, "orders")
    assert connector.seen()["state"][0]["stream"]["stream_state"] == {"updated_at": "2026-01-01T00:00:00Z"}


def test_a_hanging_connector_is_ended_with_its_children_at_the_time_limit(
    connector: FakeConnector, database: str, work_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.connector_process.PATIENCE_SECONDS", 0.5)
    connector.reads(
        ("ignore_sigterm", 1), ("child", 60), whole("products", 1), status("orders", "STARTED"), ("sleep", 60)
    )
    started = time.monotonic()
    report = run(connector, database, work_dir, "products", "orders", seconds=1.5)
    assert time.monotonic() - started < 10
    assert report.streams["products"].status is StreamStatus.COMPLETE
    assert report.streams["orders"].error == "source-fake was ended after its time limit of 1.5 s"
    assert not is_alive(connector.seen()["pid"])
    child = int((connector.folder / "child.pid").read_text())
    wait_until(lambda: not is_alive(child) or 1 / 0, "the end of the connector's child", seconds=5)


def test_the_last_day_is_read_again_without_the_state_falling_back(
    connector: FakeConnector, database: str, work_dir: Path
) -> None:
    connector.reads(whole("orders", 1))
    run(connector, database, work_dir)
    connector.reads(
        status("orders", "STARTED"), state("orders", "2025-12-31T00:00:00+00:00"), status("orders", "COMPLETE")
    )
    for _ in range(2):
        assert run(connector, database, work_dir, look_back=timedelta(days=1)).success
        assert connector.seen()["state"][0]["stream"]["stream_state"] == {"updated_at": "2025-12-31T00:00:00+00:00"}


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
    assert run(connector, database, work_dir).streams["orders"].error == "KeyError: 'data'"


def test_a_connector_without_stream_statuses_ends_well_by_its_exit_code(
    connector: FakeConnector, database: str, work_dir: Path
) -> None:
    connector.reads(record("orders", 1), state("orders", "2026-01-01T00:00:00Z"))
    assert run(connector, database, work_dir).success
    assert ids(database) == [1]


def test_a_stream_the_connector_does_not_offer_fails_alone(
    connector: FakeConnector, database: str, work_dir: Path
) -> None:
    connector.reads(whole("orders", 1))
    report = run(connector, database, work_dir, "orders", "secrets")
    assert report.streams["orders"].status is StreamStatus.COMPLETE
    assert "may lack its access scope" in str(report.streams["secrets"].error)


def test_wrong_credentials_are_one_sentence(connector: FakeConnector, database: str, work_dir: Path) -> None:
    connector.discovers(error("The shop refused the token s3cret"), ("exit", 1))
    with pytest.raises(ConnectorError, match=r"source-fake could not list its streams: The shop refused the token \*"):
        run(connector, database, work_dir)


def test_a_connector_that_is_not_installed_says_what_to_do(database: str, work_dir: Path, tmp_path: Path) -> None:
    missing = ConnectorSpec("source-none", tmp_path / "none")
    with pytest.raises(ConnectorError, match=r"not installed at .* run `make setup`"):
        sync(missing, {}, ["orders"], database, work_dir)


def test_the_catalog_is_asked_for_once(connector: FakeConnector, database: str, work_dir: Path) -> None:
    connector.reads(whole("orders", 1))
    run(connector, database, work_dir)
    connector.discovers(("exit", 1))
    assert run(connector, database, work_dir).success


def test_memory_does_not_grow_with_the_number_of_records(
    connector: FakeConnector, database: str, work_dir: Path
) -> None:
    line = json.dumps(
        {"type": "RECORD", "record": {"stream": "orders", "emitted_at": 1, "data": {"id": 0, "title": "x" * 200}}}
    ).replace('"id": 0', '"id": %d')
    peaks = []
    for count in (5_000, 50_000):
        connector.reads(
            status("orders", "STARTED"), ("repeat", {"count": count, "line": line}), status("orders", "COMPLETE")
        )
        program = sync_program(connector, database, work_dir) + (
            # not getrusage: its peak begins with that of the process that started this one
            "lines = Path('/proc/self/status').read_text().splitlines()\n"
            "print(*(line.split()[1] for line in lines if line.startswith('VmHWM')))"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout))
    assert len(ids(database)) == 50_000
    assert peaks[1] < peaks[0] * 1.3


def test_an_interrupted_sync_ends_its_connector_and_gives_the_lock_back(
    connector: FakeConnector, database: str, work_dir: Path
) -> None:
    connector.reads(whole("products", 1), *whole("orders", *range(1500))[:-2], ("sleep", 60))

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
        status("orders", "STARTED"), record("orders", 1), state("orders", "2026-01-01T00:00:00Z", 1), ("sleep", 120)
    )
    program = sync_program(connector, database, work_dir)
    ours = subprocess.Popen([sys.executable, "-c", program])
    seen = connector.folder / "read.seen.json"
    wait_until(lambda: json.loads(seen.read_text()), "the connector", seconds=20)
    child = connector.seen()["pid"]
    assert is_alive(child)
    os.kill(ours.pid, signal.SIGKILL)
    ours.wait()
    wait_until(lambda: not is_alive(child) or 1 / 0, "the connector's end", seconds=10)
    assert ids(database) == []
    connector.reads(whole("orders", 1, 2))
    assert run(connector, database, work_dir).success
    assert ids(database) == [1, 2]
    assert list((work_dir / "runs").iterdir()) == []
