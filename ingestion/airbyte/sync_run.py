"""One sync: messages of a connector go to the writers of their streams, and what became of each into the report."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw

from ingestion.airbyte.destination.tables import SchemaChangeError
from ingestion.airbyte.destination.writer import AirbyteDestination, StreamError, StreamWriter
from ingestion.airbyte.lookback import not_before, rewound
from ingestion.airbyte.process import ConnectorError, ConnectorProcess
from ingestion.airbyte.protocol import (
    Message,
    Record,
    RecordMeta,
    State,
    Status,
    Stream,
    configured_catalog,
    state_file,
)
from ingestion.connectors.spec import ConnectorSpec
from ingestion.forgotten_customers import Forgotten
from ingestion.projection import Kept, Projection
from ingestion.sync_report import OnProgress, StreamReport, StreamStatus, SyncReport

NOT_OFFERED = "the connector does not offer this stream; the token may lack its access scope: add it in the shop"
PROGRESS_RECORDS = 1_000  # between two reports of progress


class SyncRun:
    """The writers and the report of one sync. A stream that fails is closed with its reason; the others go on."""

    def __init__(
        self,
        destination: AirbyteDestination,
        catalog: dict[str, Stream],
        streams: list[str],
        on_progress: OnProgress,
        look_back: timedelta,
        kept: Mapping[str, Kept],
        forgotten: Forgotten,
    ) -> None:
        self.report = SyncReport({name: StreamReport(name) for name in streams})
        self.writers: dict[str, StreamWriter] = {}
        self._on_progress = on_progress
        self._look_back = look_back
        self._saved_states = destination.states()
        self._offered = catalog
        self._forgotten = forgotten
        self._projections = {name: Projection(fields) for name, fields in kept.items()}
        self._counts = dict.fromkeys(streams, 0)  # records since the stream's last STATE
        self._started: dict[str, float] = {}
        for name in streams:
            if name not in catalog:
                self._fail(name, NOT_OFFERED)
                continue
            try:
                self.writers[name] = destination.open_stream(self._stored(catalog[name]))
                self.report.streams[name].schema_changes = self.writers[name].table.changes
            except (SchemaChangeError, StreamError) as error:
                self._fail(name, str(error))

    def new_streams(self, names: Collection[str]) -> set[str]:
        """Which of these streams have a cursor, but were never read."""
        merged = {name for name, writer in self.writers.items() if writer.mode == "merge"}
        return merged.intersection(names) - self._saved_states.keys()

    def read(
        self, connector: ConnectorSpec, config: dict[str, Any], names: Collection[str], runs_dir: Path, seconds: float
    ) -> None:
        """Read these streams within `seconds`, each to its end or to an error in the report.

        Raises ConnectorError when the connector saves its state in a way that we cannot keep, psycopg.Error.
        """
        writers = {name: writer for name, writer in self.writers.items() if name in names}
        merged = {name for name, writer in writers.items() if writer.mode == "merge"}
        states = {name: state for name, state in self._saved_states.items() if name in merged}
        files = {
            "config": config,
            "catalog": configured_catalog([self._offered[name] for name in writers]),
            "state": state_file(rewound(states, self._look_back) if self._look_back else states),
        }
        with ConnectorProcess(connector, "read", files, runs_dir, seconds) as process:
            says_status = False
            for message in process:
                says_status |= bool(message.trace and message.trace.stream_status)
                self._take(message)
            for name in [name for name in writers if name in self.writers]:
                # a connector from before stream statuses reports success only by its exit code
                if process.exit_code == 0 and not process.timed_out and not says_status:
                    self._finish(name)
                else:
                    reason = process.error(name) or process.error() or "the connector ended without completing it"
                    self._abandon(name, reason)
            if process.exit_code != 0 or process.timed_out:
                self.report.error = process.error()

    def _take(self, message: Message) -> None:
        if message.record:
            name = message.record.stream
            if writer := self.writers.get(name):
                try:
                    if record := self._storable(message.record):
                        writer.write(record)
                except StreamError as error:
                    self._abandon(name, str(error))
                    return
                self._counts[name] += 1
                if writer.records_count % PROGRESS_RECORDS == 0:
                    self._report(name)
        elif message.state:
            self._checkpoint(message.state)
        elif message.trace and (status := message.trace.stream_status):
            name = status.stream_descriptor.name
            if name in self.writers:
                self._started.setdefault(name, time.monotonic())
                if status.status is Status.COMPLETE:
                    self._finish(name)
                else:
                    self._report(name)

    def _stored(self, stream: Stream) -> Stream:
        """The stream as its table has it: only with what is kept of it."""
        projection = self._projections.get(stream.name)
        if not projection:
            return stream
        return msgspec.structs.replace(stream, json_schema=projection.schema(stream.json_schema))

    def _storable(self, record: Record) -> Record | None:
        """The record with what is kept of it; None for the account of a customer who was erased."""
        content, meta = self._forgotten.cut(record.stream, bytes(record.data)), record.meta
        if content is None:
            return None
        if projection := self._projections.get(record.stream):
            content, changes = projection.record(content)
            meta = RecordMeta([*record.changes, *changes]) if changes else meta
        return msgspec.structs.replace(record, data=Raw(content), meta=meta)

    def _checkpoint(self, state: State) -> None:
        if not state.stream:
            raise ConnectorError(
                f"the connector saves its state as {state.type}, but only STREAM is supported: use a newer one"
            )
        name = state.stream.stream_descriptor.name
        writer = self.writers.get(name)
        if not writer:
            return
        received, self._counts[name] = self._counts[name], 0
        announced = state.source_stats and state.source_stats.record_count
        if announced is not None and announced != received:
            # with this state saved, the lost records would never be read
            self._abandon(name, f"the connector announced {announced:g} records, but {received} arrived")
            return
        new = msgspec.json.decode(bytes(state.stream.stream_state) or b"null")
        try:
            writer.checkpoint(msgspec.json.encode(not_before(new, self._saved_states.get(name))))
        except StreamError as error:
            self._abandon(name, str(error))

    def _finish(self, name: str) -> None:
        try:
            self.writers[name].finish()
        except StreamError as error:
            self._abandon(name, str(error))
        else:
            self._close(name, StreamStatus.COMPLETE)

    def _abandon(self, name: str, reason: str) -> None:
        self.report.streams[name].error = reason
        writer = self.writers[name]
        writer.abandon()
        self._close(name, StreamStatus.PARTIAL if writer.has_saved else StreamStatus.FAILED)

    def _fail(self, name: str, reason: str) -> None:
        self.report.streams[name].error = reason
        self.report.streams[name].status = StreamStatus.FAILED
        self._on_progress(self.report.streams[name])

    def _close(self, name: str, status: StreamStatus) -> None:
        self._report(name, status)
        del self.writers[name]

    def _report(self, name: str, status: StreamStatus = StreamStatus.RUNNING) -> None:
        writer, report = self.writers[name], self.report.streams[name]
        report.status = status
        report.records_emitted = writer.records_count
        report.rows_written = writer.rows_written
        report.rows_unchanged = writer.rows_unchanged
        report.unknown_properties = sorted(writer.unknown_properties)
        report.seconds = time.monotonic() - self._started.get(name, time.monotonic())
        self._on_progress(report)
