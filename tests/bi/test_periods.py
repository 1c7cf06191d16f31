"""Periods of whole days, and those they are compared with."""

from __future__ import annotations

from datetime import date

from bi.periods import PRESETS, Period, last_days, last_whole_day, last_whole_week, preset_period

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))


def test_periods_and_what_they_are_compared_with() -> None:
    assert last_days(date(2026, 11, 30), 30) == NOVEMBER
    assert NOVEMBER.compared_with("Previous period") == Period(date(2026, 10, 2), date(2026, 10, 31))
    last_year = NOVEMBER.compared_with("Same days last year")
    assert last_year == Period(date(2025, 11, 2), date(2025, 12, 1))
    assert last_year.first_day.weekday() == NOVEMBER.first_day.weekday()
    assert NOVEMBER.compared_with("None") is None


def test_presets_end_with_the_last_whole_day() -> None:
    until = last_whole_day(newest=date(2026, 11, 27), today=date(2026, 11, 27))
    assert until == date(2026, 11, 26)
    assert last_whole_day(newest=date(2026, 11, 20), today=date(2026, 11, 27)) == date(2026, 11, 20)
    found = {preset: preset_period(preset, until) for preset in PRESETS}
    assert found["28 days"] == Period(date(2026, 10, 30), until)
    assert found["Month to date"] == Period(date(2026, 11, 1), until)
    assert found["Last month"] == Period(date(2026, 10, 1), date(2026, 10, 31))
    assert found["Year to date"] == Period(date(2026, 1, 1), until)


def test_the_newest_whole_week_ends_with_the_sunday_before() -> None:
    week = Period(date(2026, 11, 16), date(2026, 11, 22))
    assert last_whole_week(date(2026, 11, 23)) == last_whole_week(date(2026, 11, 29)) == week
    assert last_whole_week(date(2026, 11, 30)) == Period(date(2026, 11, 23), date(2026, 11, 29))
