"""A metric's days by dimension, and the unusual ones among them; of the whole shop, whatever is filtered."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from bi.choice import Choice
from bi.figures import Read, is_sum
from bi.filters import FILTERS
from bi.marts import contracts
from bi.metrics import Metric, query
from bi.periods import Period
from bi.unusual import WEEKS, UnusualDay, unusual_days
from comptoir.settings import get_settings

TOO_FINE = ("product_id",)


def unusual_days_of(metric: Metric, period: Period, read: Read) -> list[UnusualDay]:
    """Search the period for unusual days of a metric, compared with WEEKS weeks up to its last day.

    A metric that no dimension adds up to has none. Raises MartsUnavailable.
    """
    history = Period(min(period.first_day, period.last_day - timedelta(7 * WEEKS - 1)), period.last_day)
    found = breakdown(metric, history, read)
    return [one for one in unusual_days(found) if one.day >= period.first_day] if found else []


def breakdown(metric: Metric, period: Period, read: Read) -> dict[str, pd.DataFrame]:
    """Read the metric by dimension: a row per day since its first, a column per part, in the shop's currency.

    Empty when no dimension adds up to it, or there is no row. Raises MartsUnavailable.
    """
    choice = Choice(period, None, None, get_settings().shop_currency)
    names = dimensions_of(metric)
    if not names:
        return {}
    rows = read(query([metric], by=metric.day, parts=names), choice.parameters())
    return _by_dimension(rows.rename(columns={"key": "day"}), names, metric.name, period)


def dimensions_of(metric: Metric) -> tuple[str, ...]:
    """Return the columns of the metric's mart whose parts add up to it by day."""
    if metric.day is None or not is_sum(metric) or "distinct" in metric.sql:
        return ()
    return tuple(name for name in FILTERS if name in contracts()[metric.mart].columns and name not in TOO_FINE)


def _by_dimension(rows: pd.DataFrame, names: tuple[str, ...], figure: str, period: Period) -> dict[str, pd.DataFrame]:
    """Return each dimension's days; a day without rows has zeros, and those before the first row are left out."""
    if rows.empty:
        return {}
    dated = rows.assign(day=pd.to_datetime(rows["day"]))
    days = pd.date_range(dated["day"].min(), period.last_day)
    return {
        name: dated.pivot_table(index="day", columns=name, values=figure, aggfunc="sum").reindex(days).fillna(0.0)
        for name in names
    }
