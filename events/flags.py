"""How believable the time of an event is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

LATE_AFTER = timedelta(hours=1)
FUTURE_AFTER = timedelta(minutes=5)  # clocks of phones and servers differ by seconds, not by minutes
IMPLAUSIBLE_AFTER = timedelta(days=365)  # no device keeps a queue for a year: its clock is wrong

TimeFlag = Literal["on_time", "late", "future", "implausible"]


def time_flag(occurred_at: datetime, received_at: datetime) -> TimeFlag:
    """How believable an event's time is, measured by the collector's clock."""
    delay = received_at - occurred_at
    if delay > IMPLAUSIBLE_AFTER:
        return "implausible"
    if delay > LATE_AFTER:
        return "late"
    return "future" if -delay > FUTURE_AFTER else "on_time"
