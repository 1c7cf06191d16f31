"""Date ranges of the dashboard, and the range each is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Comparison = Literal["Previous period", "Same days last year", "None"]
COMPARISONS: tuple[Comparison, ...] = ("Previous period", "Same days last year", "None")
PRESETS = {"7 days": 7, "28 days": 28, "90 days": 90}


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both ends included."""

    first_day: date
    last_day: date

    @property
    def days(self) -> int:
        return (self.last_day - self.first_day).days + 1

    def compared_with(self, comparison: Comparison) -> Period | None:
        """As many days just before; or 52 weeks earlier, so that weekdays meet weekdays."""
        if comparison == "None":
            return None
        back = self.days if comparison == "Previous period" else 364
        return Period(self.first_day - timedelta(back), self.last_day - timedelta(back))


def last_days(until: date, days: int) -> Period:
    return Period(until - timedelta(days - 1), until)


def relative_change(now: float | None, before: float | None) -> float | None:
    """(now - before) / |before|; None when either is missing or there was nothing before."""
    if now is None or not before:
        return None
    return (now - before) / abs(before)
