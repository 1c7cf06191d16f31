"""What a sync did, per stream: for the run's metadata, for people and for tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class StreamStatus(StrEnum):
    RUNNING = "running"
    COMPLETE = "complete"  # everything the source has is in the table
    PARTIAL = "partial"  # broke off, but a checkpoint was saved: the next run goes on from there
    FAILED = "failed"  # nothing was saved


@dataclass
class StreamReport:
    """`rows_written` counts new, changed and deleted-marked rows; unchanged ones are read but not written."""

    stream: str
    status: StreamStatus = StreamStatus.RUNNING
    records_emitted: int = 0
    rows_written: int = 0
    seconds: float = 0.0
    error: str | None = None
    schema_changes: list[str] = field(default_factory=list)
    unknown_properties: list[str] = field(default_factory=list)


@dataclass
class SyncReport:
    streams: dict[str, StreamReport] = field(default_factory=dict)
    seconds: float = 0.0
    error: str | None = None  # of the run as a whole

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


OnProgress = Callable[[StreamReport], None]


def ignore_progress(report: StreamReport) -> None:
    """For callers that only want the result."""
