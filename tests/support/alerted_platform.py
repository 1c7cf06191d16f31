"""A platform whose faults a test decides on, watched as the real one is; its clock passes when the test says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerting.condition import Condition
from alerting.watcher import Probe, Watcher
from comptoir.settings import Settings

BEGIN = datetime(2026, 1, 10, 12, tzinfo=UTC)


class Platform:
    """What is wrong is what a test puts into `conditions`; time passes when it says so."""

    def __init__(self, settings: Settings, probes: tuple[Probe, ...] | None = None) -> None:
        self.conditions: list[Condition] = []
        self.now = BEGIN
        own = (Probe("platform", lambda *_: list(self.conditions), ("run", "check", "stream")),)
        self.settings, self.probes = settings, probes or own
        self.watcher = self.restarted()

    def restarted(self) -> Watcher:
        """A new process."""
        self.watcher = Watcher(self.settings, self.probes, clock=lambda: self.now)
        return self.watcher

    def pass_by(self, seconds: float = 30, looks: int = 1) -> None:
        for _ in range(looks):
            self.now += timedelta(seconds=seconds)
            self.watcher.look()


def titles_in(file: Path) -> list[str]:
    """The titles of the messages in a channel's file, in their order."""
    return [line.partition("] ")[2] for line in file.read_text().splitlines() if "[comptoir]" in line]
