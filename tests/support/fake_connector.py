"""A small program that behaves as an Airbyte connector is told to: for the faults a real one seldom shows."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import psycopg

from ingestion.airbyte.connector import sync
from ingestion.connectors.spec import ConnectorSpec
from ingestion.sync_report import SyncReport

_PROGRAM = """#!{python} -S
import json, os, pathlib, subprocess, sys, time
here = pathlib.Path(__file__).parent
command, options = sys.argv[1], dict(zip(sys.argv[2::2], sys.argv[3::2]))
seen = {{name.lstrip("-"): json.loads(pathlib.Path(file).read_text()) for name, file in options.items()}}
seen["cwd"], seen["pid"] = os.getcwd(), os.getpid()
seen["mode"] = oct(os.stat(os.getcwd()).st_mode & 0o777)
(here / (command + ".seen.json")).write_text(json.dumps(seen))
for step, value in json.loads((here / (command + ".json")).read_text()):
    if step == "print":
        sys.stdout.buffer.write(value.encode() + b"\\n"); sys.stdout.flush()
    elif step == "repeat":
        for number in range(value["count"]):
            print(value["line"].replace("%d", str(number)))
    elif step == "stderr":
        print(value, file=sys.stderr, flush=True)
    elif step == "sleep":
        time.sleep(value)
    elif step == "child":
        child = subprocess.Popen(["sleep", str(value)])
        (here / "child.pid").write_text(str(child.pid))
    elif step == "ignore_sigterm":
        import signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    elif step == "kill":
        os.kill(os.getpid(), value)
    elif step == "exit":
        sys.exit(value)
"""

Step = tuple[str, Any]


class FakeConnector:
    """`offers` sets the catalog, `reads` what the next read does; `seen()` is what the last run was given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        program = folder / "source-fake"
        program.write_text(_PROGRAM.format(python=sys.executable))
        program.chmod(0o755)
        self.spec = ConnectorSpec("source-fake", program, {"FAKE": "1"}, secrets=("s3cret",))
        self.config = {"token": "s3cret"}

    def offers(self, *names: str, full_refresh: tuple[str, ...] = ()) -> None:
        catalog = {"streams": [_stream(name, name not in full_refresh) for name in names]}
        self._steps("discover", [("print", json.dumps({"type": "CATALOG", "catalog": catalog}))])

    def discovers(self, *steps: Step) -> None:
        self._steps("discover", list(steps))

    def reads(self, *steps: Step | list[Step]) -> None:
        self._steps("read", [one for step in steps for one in (step if isinstance(step, list) else [step])])

    def seen(self, command: str = "read") -> dict[str, Any]:
        return json.loads((self.folder / f"{command}.seen.json").read_text())

    def _steps(self, command: str, steps: list[Step]) -> None:
        (self.folder / f"{command}.json").write_text(json.dumps(steps))


def record(stream: str, number: int, **values: Any) -> Step:
    data = {"id": number, "title": f"{stream} {number}", "updated_at": "2026-01-01T00:00:00Z", **values}
    message = {"type": "RECORD", "record": {"stream": stream, "emitted_at": 1, "data": data}}
    return ("print", json.dumps(message))


def state(stream: str, cursor: str, count: int | None = None) -> Step:
    body: dict[str, Any] = {
        "type": "STREAM",
        "stream": {"stream_descriptor": {"name": stream}, "stream_state": {"updated_at": cursor}},
    }
    if count is not None:
        body["sourceStats"] = {"recordCount": float(count)}
    return ("print", json.dumps({"type": "STATE", "state": body}))


def status(stream: str, value: str) -> Step:
    body = {"stream_descriptor": {"name": stream}, "status": value}
    trace = {"type": "STREAM_STATUS", "emitted_at": 1.0, "stream_status": body}
    return ("print", json.dumps({"type": "TRACE", "trace": trace}))


def error(message: str, stream: str | None = None, internal: str | None = None) -> Step:
    body: dict[str, Any] = {"message": message, "internal_message": internal, "failure_type": "system_error"}
    if stream:
        body["stream_descriptor"] = {"name": stream}
    return ("print", json.dumps({"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": 1.0, "error": body}}))


def whole(stream: str, *numbers: int) -> list[Step]:
    """A stream that goes well."""
    records = [record(stream, number) for number in numbers]
    last = state(stream, "2026-01-01T00:00:00Z", len(numbers))
    return [status(stream, "STARTED"), *records, last, status(stream, "COMPLETE")]


def _stream(name: str, is_incremental: bool) -> dict[str, Any]:
    properties = {
        "id": {"type": ["null", "integer"]},
        "title": {"type": ["null", "string"]},
        "updated_at": {"type": ["null", "string"], "format": "date-time"},
    }
    return {
        "name": name,
        "json_schema": {"type": "object", "properties": properties},
        "supported_sync_modes": ["full_refresh", "incremental"] if is_incremental else ["full_refresh"],
        "default_cursor_field": ["updated_at"] if is_incremental else None,
        "source_defined_primary_key": [["id"]],
    }


def run(connector: FakeConnector, database: str, work_dir: Path, *streams: str, **options: Any) -> SyncReport:
    names = list(streams or ("orders",))
    return sync(connector.spec, connector.config, names, database, work_dir, **options)


def sync_program(connector: FakeConnector, database: str, work_dir: Path) -> str:
    """The same sync for a process of its own."""
    return (
        "from pathlib import Path; from ingestion.airbyte.connector import sync\n"
        "from ingestion.connectors.spec import ConnectorSpec\n"
        f"spec = ConnectorSpec('source-fake', Path({str(connector.spec.executable)!r}))\n"
        f"sync(spec, {connector.config!r}, ['orders'], {database!r}, Path({str(work_dir)!r}))\n"
    )


def ids(database: str, table: str = "orders") -> list[int]:
    with psycopg.connect(database) as connection:
        return [number for (number,) in connection.execute(f"select id from raw_shop.{table} order by id")]
