"""Periods of whole days, and those they are compared with."""

from __future__ import annotations

from datetime import date

from bi.periods import Period, last_days

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))


def test_periods_and_what_they_are_compared_with() -> None:
    assert last_days(date(2026, 11, 30), 30) == NOVEMBER
    assert NOVEMBER.compared_with("Previous period") == Period(date(2026, 10, 2), date(2026, 10, 31))
    last_year = NOVEMBER.compared_with("Same days last year")
    assert last_year == Period(date(2025, 11, 2), date(2025, 12, 1))
    assert last_year.first_day.weekday() == NOVEMBER.first_day.weekday()
    assert NOVEMBER.compared_with("None") is None
