"""What a sync did, per stream: for the run's metadata, for people and for tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from ingestion.reconciliation.findings import Completeness


class IngestionError(Exception):
    """Nothing could be read, or no more of it; the message is one sentence for the user."""


class StreamStatus(StrEnum):
    RUNNING = "running"
    COMPLETE = "complete"  # everything the source has is in the table
    PARTIAL = "partial"  # broke off, but a checkpoint was saved: the next run goes on from there
    FAILED = "failed"  # nothing was saved


@dataclass
class StreamReport:
    """`rows_written` counts new, changed and deleted-marked rows; unchanged ones are read but not written.

    `records_emitted` is None where only an Airbyte server saw the records: it tells no count per stream.
    """

    stream: str
    status: StreamStatus = StreamStatus.RUNNING
    records_emitted: int | None = 0
    rows_written: int = 0
    seconds: float = 0.0
    error: str | None = None
    schema_changes: list[str] = field(default_factory=list)
    unknown_properties: list[str] = field(default_factory=list)

    @property
    def message(self) -> str:
        read = "" if self.records_emitted is None else f"{self.records_emitted} records read, "
        return f"{self.stream}: {self.status}, {read}{self.rows_written} written"


@dataclass
class SyncReport:
    streams: dict[str, StreamReport] = field(default_factory=dict)
    seconds: float = 0.0
    error: str | None = None  # of the run as a whole
    job: str | None = None  # on an Airbyte server: which one
    completeness: Completeness | None = None  # None: nothing was compared

    @property
    def success(self) -> bool:
        return not self.error and all(report.status is StreamStatus.COMPLETE for report in self.streams.values())

    @property
    def rows_written(self) -> int:
        return sum(report.rows_written for report in self.streams.values())

    @property
    def message(self) -> str:
        """One line: how much was written, and which streams did not end well and why."""
        unfinished = [r for r in self.streams.values() if r.status is not StreamStatus.COMPLETE]
        text = f"{len(self.streams) - len(unfinished)} of {len(self.streams)} streams complete, "
        text += f"{self.rows_written} rows written in {self.seconds:.1f} s"
        reasons = [f"{r.stream} {r.status}: {r.error}" for r in unfinished] or ([self.error] if self.error else [])
        return "; ".join([text, *reasons])


class Progress(Protocol):
    """What is told while a sync runs: a stream's report, or the state of a job."""

    @property
    def message(self) -> str: ...


OnProgress = Callable[[Progress], None]


def ignore_progress(progress: Progress) -> None:
    """For callers that only want the result."""
