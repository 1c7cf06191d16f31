"""What a sync did, per stream and in all: shown in Dagster, by the command line and in logs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from ingestion.reconciliation.findings import Completeness


class IngestionError(Exception):
    """The shop could not be read, or not any further; the message is one sentence for the user."""


class StreamStatus(StrEnum):
    """How far the reading of a stream got."""

    RUNNING = "running"
    COMPLETE = "complete"  # everything the source has is in the table
    PARTIAL = "partial"  # broke off after a saved checkpoint: the next run continues from there
    FAILED = "failed"  # nothing was saved


@dataclass
class StreamReport:
    """One stream of a sync. `rows_written` counts new, changed and deleted rows; unchanged ones are not written, and of
    records with the same key only the newest is a row: together they are the records emitted.

    `records_emitted` is None after a sync by an Airbyte server, which reports no count per stream.
    """

    stream: str
    status: StreamStatus = StreamStatus.RUNNING
    records_emitted: int | None = 0
    rows_written: int = 0
    rows_unchanged: int = 0
    seconds: float = 0.0
    error: str | None = None
    schema_changes: list[str] = field(default_factory=list)  # one sentence per change of the table
    unknown_properties: list[str] = field(default_factory=list)  # in records, but not in the stream's schema

    @property
    def message(self) -> str:
        """One line: status and counts."""
        if self.records_emitted is None:
            return f"{self.stream}: {self.status}, {self.rows_written} written"
        parts = [f"{self.records_emitted} records read", f"{self.rows_written} written"]
        if self.rows_unchanged:
            parts.append(f"{self.rows_unchanged} were there already")
        if self.status is StreamStatus.COMPLETE and self.records_repeated:
            parts.append(f"{self.records_repeated} were older versions of others")
        return f"{self.stream}: {self.status}, {', '.join(parts)}"

    @property
    def records_repeated(self) -> int:
        """Records that are no row: a newer one of the same key was read too, or their deletion was known."""
        return max(0, (self.records_emitted or 0) - self.rows_written - self.rows_unchanged)


@dataclass
class SyncReport:
    """One sync: a report per stream, by its name."""

    streams: dict[str, StreamReport] = field(default_factory=dict)
    seconds: float = 0.0
    error: str | None = None  # of the run, not of a single stream
    job: str | None = None  # on an Airbyte server: the job that did it
    pseudonyms_added: int | None = None  # None: customers were not mapped
    completeness: Completeness | None = None  # None: raw was not compared with the shop

    @property
    def success(self) -> bool:
        """Whether every stream was read completely."""
        return not self.error and all(report.status is StreamStatus.COMPLETE for report in self.streams.values())

    @property
    def rows_written(self) -> int:
        """Of all streams."""
        return sum(report.rows_written for report in self.streams.values())

    @property
    def message(self) -> str:
        """One line: how much was written, and which streams are not complete and why."""
        unfinished = [r for r in self.streams.values() if r.status is not StreamStatus.COMPLETE]
        text = f"{len(self.streams) - len(unfinished)} of {len(self.streams)} streams complete, "
        text += f"{self.rows_written} rows written in {self.seconds:.1f} s"
        reasons = [f"{r.stream} {r.status}: {r.error}" for r in unfinished] or ([self.error] if self.error else [])
        return "; ".join([text, *reasons])


class Progress(Protocol):
    """What `OnProgress` gets while a sync runs: a stream's report, the state of a job, the result of a check."""

    @property
    def message(self) -> str:
        """One line for a log."""
        ...


OnProgress = Callable[[Progress], None]


def ignore_progress(progress: Progress) -> None:
    """An `OnProgress` for callers that only want the result."""
