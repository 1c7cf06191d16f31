"""When people shop: by hour, weekday and time of the year, and which discount codes they have."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta

# weight of each hour (UTC) in a day's visits: hardly any at night, a few more at noon, most in the evening
HOURS = (8, 5, 3, 2, 2, 4, 10, 20, 32, 40, 46, 52, 50, 44, 42, 44, 50, 60, 72, 82, 80, 60, 36, 18)
WEEKDAYS = (1.04, 0.98, 0.96, 0.98, 1.0, 0.9, 1.14)  # Monday to Sunday


def intensity(day: date, first_day: date) -> float:
    """Visits of a day as a multiple of the usual: by weekday, growth since `first_day`, Christmas and Black Friday."""
    growth = 1 + 0.0025 * (day - first_day).days
    return WEEKDAYS[day.weekday()] * growth * _festive(day)


def visit_times(day: date, count: int, rng: random.Random) -> list[datetime]:
    """The times at which `count` visits of a day (UTC) begin, in order."""
    midnight = datetime.combine(day, time(), UTC)
    hours = rng.choices(range(24), HOURS, k=count)
    return sorted(midnight + timedelta(hours=hour, milliseconds=rng.randrange(3_600_000)) for hour in hours)


def till_times(day: date, count: int, rng: random.Random) -> list[datetime]:
    """The times of `count` sales in the shop in town, in order: from 9 to 18 h UTC, none on Sundays."""
    if day.weekday() == 6:
        return []
    opening = datetime.combine(day, time(9), UTC)
    return sorted(opening + timedelta(milliseconds=rng.randrange(9 * 3_600_000)) for _ in range(count))


def discount_codes_on(day: date) -> list[str]:
    """The discount codes that customers use on a day, the frequent ones several times."""
    codes = ["WELCOME10", "WELCOME10", "STUDENT5"]
    if (day.month, day.day) >= (9, 22) and day.month <= 11:
        codes.append("AUTUMN15")
    if 0 <= (black_friday(day.year) - day).days <= 7:
        codes += ["BLACKWEEK20"] * 6
    return codes


def black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    first = date(year, 11, 1)
    thursday = first + timedelta(days=(3 - first.weekday()) % 7 + 21)
    return thursday + timedelta(days=1)


def _festive(day: date) -> float:
    days_before = (black_friday(day.year) - day).days
    if days_before in (0, -3):  # Black Friday and the Monday after
        return 1.9
    if 0 < days_before <= 7:
        return 1.35
    return 1.3 if day.month == 12 and day.day < 23 else 1.0
