"""Who is told, and when: owners to channels, quiet hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerting.condition import Severity
from comptoir.setting_types import QuietHours


@dataclass(frozen=True)
class Routing:
    """`routes` has the channels of an owner; who is not in it is told on every channel."""

    channels: Sequence[str]
    routes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    quiet_hours: QuietHours | None = None
    timezone: str = "UTC"

    def channels_for(self, key: str, owners: Sequence[str]) -> list[str]:
        """The channels on which an alert is told: that of a channel that fails, on every other one."""
        kind, _, subject = key.partition("/")
        if kind == "channel":
            return [channel for channel in self.channels if channel != subject]
        wanted = {channel for owner in owners for channel in self.routes.get(owner, self.channels)}
        return [channel for channel in self.channels if channel in wanted]

    def not_before(self, severity: Severity, now: datetime) -> datetime:
        """When it may be told: at once, or for a warning when the quiet hours have ended."""
        if self.quiet_hours is None or severity is Severity.ERROR:
            return now
        local = now.astimezone(ZoneInfo(self.timezone))
        begin, end = self.quiet_hours
        is_quiet = begin <= local.time() < end if begin <= end else local.time() >= begin or local.time() < end
        if not is_quiet:
            return now
        until = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
        return until if until > local else until + timedelta(days=1)
