"""What an event says about itself that a reader should doubt: its time, and whether a person caused it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

LATE_AFTER = timedelta(hours=1)
FUTURE_AFTER = timedelta(minutes=5)  # clocks of phones and servers differ by seconds, not by minutes
IMPLAUSIBLE_AFTER = timedelta(days=365)  # no device keeps a queue for a year: its clock is wrong

TimeFlag = Literal["on_time", "late", "future", "implausible"]

_BOT = re.compile(r"bot\b|bot/|crawl|spider|slurp|headless|lighthouse|pingdom|facebookexternalhit|preview", re.I)


@lru_cache(maxsize=4096)  # few user agents make most events
def is_bot(user_agent: str) -> bool:
    """Whether a user agent says it is a crawler, a monitor or a browser that nobody sits in front of."""
    return _BOT.search(user_agent) is not None


def time_flag(occurred_at: datetime, received_at: datetime) -> TimeFlag:
    """How believable an event's time is, measured by the collector's clock."""
    delay = received_at - occurred_at
    if delay > IMPLAUSIBLE_AFTER:
        return "implausible"
    if delay > LATE_AFTER:
        return "late"
    return "future" if -delay > FUTURE_AFTER else "on_time"
