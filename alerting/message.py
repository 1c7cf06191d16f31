"""The text of a message: what is wrong, why, examples, where to look and what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

RUNBOOK = "docs/runbook.md"
SHOWN_ROWS = 5
MAX_CAUSE = 2_000  # characters


@dataclass(frozen=True)
class Message:
    """One message on one channel about one alert; `event` is opened or resolved."""

    message_id: int
    channel: str
    event: str
    key: str
    severity: str
    alert_title: str
    cause: str
    owners: Sequence[str]
    rows: Sequence[Mapping[str, Any]]
    link: str
    opened_at: datetime
    closed_at: datetime | None

    @property
    def is_problem(self) -> bool:
        """Whether it says that something is wrong, and not that it is over."""
        return self.event == "opened"

    @property
    def title(self) -> str:
        """The subject of a mail."""
        return f"[comptoir] {self.severity.upper() if self.is_problem else 'RESOLVED'} {self.alert_title}"

    @property
    def body(self) -> str:
        """Plain text, a fact a line."""
        lines = [] if self.is_problem else [f"It is over, after {self._duration}. What it was:"]
        lines.append(self.cause[:MAX_CAUSE])
        if self.is_problem:
            lines += [f"  {json.dumps(row, default=str, ensure_ascii=False)}" for row in self.rows[:SHOWN_ROWS]]
            lines.append(f"What to do: {RUNBOOK}#{self.key.partition('/')[0]}")
        if self.link:
            lines.append(f"See: {self.link}")
        lines.append(f"Alert {self.key}, since {self.opened_at:%Y-%m-%d %H:%M} UTC, for {', '.join(self.owners)}")
        return "\n".join(lines)

    @property
    def _duration(self) -> str:
        seconds = ((self.closed_at or self.opened_at) - self.opened_at).total_seconds()
        return f"{seconds / 3600:.1f} h" if seconds >= 5400 else f"{max(1, round(seconds / 60))} min"
