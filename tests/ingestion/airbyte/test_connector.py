"""The connector as a subprocess: what is in Postgres after success and after failures."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ingestion.sync_report import StreamReport, StreamStatus
from tests.support.fake_connector import FakeConnector, error, ids, record, run, state, status, sync_program, whole

pytestmark = pytest.mark.services


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


def test_the_range_is_read_whole_first_and_then_goes_on_with_the_others(
    connector: FakeConnector, database: str, work_dir: Path
) -> None:
    """The first read of products has a first day of its own; from the second sync on one connector reads all."""
    whole_range: dict[str, Any] = {"whole_streams": ("products",), "whole_config": {"start_date": "2006-01-01"}}
    given: list[tuple[str | None, set[str]]] = []

    def note(report: StreamReport) -> None:
        if report.status is StreamStatus.COMPLETE:
            seen = connector.seen()
            names = {stream["stream"]["name"] for stream in seen["catalog"]["streams"]}
            given.append((seen["config"].get("start_date"), names))
            connector.reads(whole("orders", 1))

    connector.reads(whole("products", 1))
    report = run(connector, database, work_dir, "products", "orders", on_progress=note, **whole_range)
    assert report.success and ids(database, "products") == [1] and ids(database) == [1]
    assert given == [("2006-01-01", {"products"}), (None, {"orders"})]
    given.clear()
    connector.reads(whole("products", 1), whole("orders", 1))
    assert run(connector, database, work_dir, "products", "orders", on_progress=note, **whole_range).success
    assert given == [(None, {"products", "orders"})] * 2


def test_progress_is_told_per_stream(connector: FakeConnector, database: str, work_dir: Path) -> None:
    connector.reads(whole("orders", *range(2500)))
    reported: list[tuple[str, str, int]] = []

    def note(report: StreamReport) -> None:
        reported.append((report.stream, report.status, report.records_emitted))

    run(connector, database, work_dir, on_progress=note)
    assert reported == [
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
