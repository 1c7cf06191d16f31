"""Date ranges of the dashboard, and the range each is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Comparison = Literal["Previous period", "Same days last year", "None"]
COMPARISONS: tuple[Comparison, ...] = ("Previous period", "Same days last year", "None")
PRESETS = ("7 days", "28 days", "90 days", "Month to date", "Last month", "Year to date")


@dataclass(frozen=True, slots=True)
class Period:
    """Consecutive days, both ends included."""

    first_day: date
    last_day: date

    @property
    def days(self) -> int:
        """How many days the period has."""
        return (self.last_day - self.first_day).days + 1

    def compared_with(self, comparison: Comparison) -> Period | None:
        """Return as many days just before, or 52 weeks earlier, so that the same weekdays are compared."""
        if comparison == "None":
            return None
        back = self.days if comparison == "Previous period" else 364
        return Period(self.first_day - timedelta(back), self.last_day - timedelta(back))


def last_days(until: date, days: int) -> Period:
    """Return the `days` days that end with `until`."""
    return Period(until - timedelta(days - 1), until)


def last_whole_day(newest: date, today: date) -> date:
    """Return the newest day with data that is over; today's first hours are no day to compare."""
    return min(newest, today - timedelta(1)) if newest <= today else newest


def last_whole_week(today: date) -> Period:
    """Return the newest week, Monday to Sunday, that is over."""
    sunday = today - timedelta(today.isoweekday())
    return Period(sunday - timedelta(6), sunday)


def preset_period(preset: str, until: date) -> Period:
    """Return the days of one of `PRESETS`, which ends with `until` or, for last month, before it.

    Raises KeyError for any other name.
    """
    month = until.replace(day=1)
    periods = {
        "7 days": last_days(until, 7),
        "28 days": last_days(until, 28),
        "90 days": last_days(until, 90),
        "Month to date": Period(month, until),
        "Last month": Period((month - timedelta(1)).replace(day=1), month - timedelta(1)),
        "Year to date": Period(until.replace(month=1, day=1), until),
    }
    return periods[preset]
