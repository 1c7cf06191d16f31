"""What an Airbyte server's worker does with a job, for the fake server: the real connector, Airbyte's own layout."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg

from ingestion.connectors.spec import ConnectorSpec
from tests.support.airbyte_layout import write_stream
from tests.support.fake_airbyte_server import FakeAirbyte, Job


@dataclass
class Worker:
    """Runs jobs of `airbyte`'s connections: `work(job)` gives its last status. States live here, per connection."""

    airbyte: FakeAirbyte
    connector: ConnectorSpec
    folder: Path
    states: dict[str, dict[str, Any]] = field(default_factory=dict)
    catalog: dict[str, dict[str, Any]] = field(default_factory=dict)

    def discover(self, config: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """The streams of the source by name; asked for once."""
        for message in [] if self.catalog else self._messages("discover", config=config):
            if message["type"] == "CATALOG":
                self.catalog = {stream["name"]: stream for stream in message["catalog"]["streams"]}
        return self.catalog

    def work(self, job: Job) -> str:
        connection = self.airbyte.connections[job.connection_id]
        source = self.airbyte.sources[connection["sourceId"]]
        config = {name: value for name, value in source["configuration"].items() if name != "sourceType"}
        catalog = self.discover(config)
        chosen = {stream["name"]: stream["syncMode"] for stream in connection["configurations"]["streams"]}
        states = {} if job.kind == "refresh" else self.states.get(job.connection_id, {})
        configured = [_configured(catalog[name], mode) for name, mode in chosen.items()]
        state = [{"type": "STREAM", "stream": stream} for stream in states.values()]
        records: dict[str, list[dict[str, Any]]] = {name: [] for name in chosen}
        new_states = dict(states)
        for message in self._messages("read", job, config=config, catalog={"streams": configured}, state=state):
            if message["type"] == "RECORD":
                records[message["record"]["stream"]].append(message["record"])
            elif message["type"] == "STATE":
                stream = message["state"]["stream"]
                new_states[stream["stream_descriptor"]["name"]] = stream
        if job.is_cancelled.is_set():
            return "cancelled"
        destination = self.airbyte.destinations[connection["destinationId"]]["configuration"]
        with psycopg.connect(
            host=destination["host"],
            port=destination["port"],
            dbname=destination["database"],
            user=destination["username"],
            password=destination["password"],
        ) as database:
            for name, mode in chosen.items():
                is_incremental = mode == "incremental_deduped_history"
                write_stream(
                    database,
                    connection["namespaceFormat"],
                    catalog[name],
                    records[name],
                    sync_id=job.number,
                    is_incremental=is_incremental,
                )
        self.states[job.connection_id] = new_states
        job.rows = sum(map(len, records.values()))
        return "succeeded"

    def _messages(self, command: str, job: Job | None = None, **files: Any) -> list[dict[str, Any]]:
        arguments = [str(self.connector.executable), command]
        for name, content in files.items():
            file = self.folder / f"{name}.json"
            file.write_text(json.dumps(content, default=float))
            arguments += [f"--{name}", str(file)]
        environment = {**os.environ, **self.connector.environment}
        process = subprocess.Popen(arguments, cwd=self.folder, env=environment, stdout=subprocess.PIPE, text=True)
        messages = []
        assert process.stdout
        for line in process.stdout:
            if line.startswith("{"):
                messages.append(json.loads(line, parse_float=Decimal))
            if job and job.is_cancelled.is_set():
                process.kill()
        assert process.wait() == 0 or (job and job.is_cancelled.is_set()), f"{command} failed"
        return messages


def _configured(stream: dict[str, Any], mode: str) -> dict[str, Any]:
    is_incremental = mode == "incremental_deduped_history"
    return {
        "stream": stream,
        "sync_mode": "incremental" if is_incremental else "full_refresh",
        "destination_sync_mode": "append_dedup" if is_incremental else "overwrite",
        "cursor_field": stream.get("default_cursor_field") or [],
        "primary_key": stream.get("source_defined_primary_key") or [],
    }
