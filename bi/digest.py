"""The figures of the weekly digest: the last whole week against the week before and the same weekdays of last year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bi.breakdowns import unusual_days_of
from bi.build_state import BuildState, read_build_state
from bi.choice import Choice
from bi.figures import Read, day_notes, days_of, totals
from bi.metrics import Metric
from bi.net_sales import net_sales_by
from bi.periods import Period, last_whole_week
from bi.unusual import UnusualDay

MOST_CATEGORIES = 3  # of the best, and of the worst
Days = Mapping[str, Period | None]  # that a mart has, by mart


@dataclass(frozen=True, slots=True)
class Line:
    """A metric over the week and over the two it is compared with; None for a week without a figure."""

    metric: Metric
    now: float | None
    week_before: float | None
    year_before: float | None

    def direction(self, before: float | None) -> Literal["better", "worse", "same"]:
        """Return where the metric went from `before`, as it is meant to go; "same" without a figure to compare."""
        if self.now is None or before is None or self.now == before:
            return "same"
        return "better" if (self.now > before) == (self.metric.better == "up") else "worse"


@dataclass(frozen=True, slots=True)
class Category:
    """A category's net sales over the week, and how much more that is than in the week before."""

    name: str
    net_sales: float
    gained: float


@dataclass(frozen=True, slots=True)
class Digest:
    """All that the digest tells. `newest_day` is the newest with sales, None without any; amounts are in `currency`."""

    week: Period
    newest_day: date | None
    currency: str
    lines: tuple[Line, ...]
    best: tuple[Category, ...]
    worst: tuple[Category, ...]
    unusual: tuple[tuple[Metric, UnusualDay], ...]
    state: BuildState

    @property
    def is_whole(self) -> bool:
        """False when the week's last days are not in the marts yet."""
        return self.newest_day is not None and self.newest_day >= self.week.last_day


def weekly_digest(metrics: list[Metric], today: date, currency: str, read: Read) -> Digest:
    """Read the digest of the newest whole week before `today`, in the shop's currency. Raises MartsUnavailable."""
    week = last_whole_week(today)
    sales = days_of("mart_daily_sales", "sales_date", read)
    marts = {metric.mart: days_of(metric.mart, str(metric.day), read) for metric in metrics}
    best, worst = _categories(week, sales, currency, read)
    return Digest(
        week,
        sales.last_day if sales else None,
        currency,
        _lines(metrics, week, marts, currency, read),
        best,
        worst,
        _unusual(metrics, week, marts, read),
        read_build_state(read),
    )


def _lines(metrics: list[Metric], week: Period, marts: Days, currency: str, read: Read) -> tuple[Line, ...]:
    choice = Choice(week, None, None, currency)

    def figures(compared: Period | None) -> dict[str, float | None]:
        """Read a week's figures; None where the mart begins within it or after."""
        found = totals(metrics, choice, compared, read)
        for metric in metrics:
            days = marts[metric.mart]
            if days is None or compared is None or days.first_day > compared.first_day:
                found[metric.name] = None
        return found

    now = totals(metrics, choice, week, read)
    week_before = figures(week.compared_with("Previous period"))
    year_before = figures(week.compared_with("Same days last year"))
    return tuple(Line(one, now[one.name], week_before[one.name], year_before[one.name]) for one in metrics)


def _categories(
    week: Period, sales: Period | None, currency: str, read: Read
) -> tuple[tuple[Category, ...], tuple[Category, ...]]:
    """Return the categories that gained most and those that lost most; none without the whole week before."""
    before = week.compared_with("Previous period")
    if sales is None or before is None or sales.first_day > before.first_day:
        return (), ()
    then, now = (
        net_sales_by("category", Choice(period, None, None, currency), read).set_index("key")["net_sales"]
        for period in (before, week)
    )
    moved = [
        Category(str(name), float(now.get(name, 0.0)), float(now.get(name, 0.0) - then.get(name, 0.0)))
        for name in now.index.union(then.index)
    ]
    moved.sort(key=lambda one: one.gained)
    best = [one for one in reversed(moved) if one.gained > 0]
    worst = [one for one in moved if one.gained < 0]
    return tuple(best[:MOST_CATEGORIES]), tuple(worst[:MOST_CATEGORIES])


def _unusual(metrics: list[Metric], week: Period, marts: Days, read: Read) -> tuple[tuple[Metric, UnusualDay], ...]:
    """Return the unusual days of the week as far as the marts have it; one with a note is none: its reason is known."""
    noted = {day.date() for day in day_notes(week, read)["day"]}
    found: list[tuple[Metric, UnusualDay]] = []
    for metric in metrics:
        days = marts[metric.mart]
        if days is None or days.last_day < week.first_day:
            continue
        known = Period(week.first_day, min(week.last_day, days.last_day))
        found += [(metric, one) for one in unusual_days_of(metric, known, read) if one.day not in noted]
    return tuple(found)
