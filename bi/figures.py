"""The figures of metrics for what was chosen, by whatever reads the marts: the dashboard's cache, or a report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import pandas as pd
from psycopg import sql

from bi.choice import Choice
from bi.marts import contracts
from bi.metrics import Metric, query
from bi.narrowing import rows_of
from bi.periods import Period

NOTES = """
    select day_date as day, note from marts.dim_days
    where note is not null and day_date between %(first_day)s and %(last_day)s
"""


class Read(Protocol):
    """Reads the rows of a query on the marts. Raises MartsUnavailable."""

    def __call__(self, statement: sql.Composable | str, parameters: dict[str, Any] | None = None, /) -> pd.DataFrame:
        """Run the query with its parameters; those that it does not name are left out."""


def days_of(mart: str, day: str, read: Read) -> Period | None:
    """Read the mart's first and last day; None when it is empty. Raises MartsUnavailable."""
    statement = sql.SQL("select min({0}) as first, max({0}) as last from {1}")
    bounds = read(statement.format(sql.Identifier(day), sql.Identifier("marts", mart))).iloc[0]
    return None if pd.isna(bounds["last"]) else Period(bounds["first"], bounds["last"])


def totals(metrics: Sequence[Metric], choice: Choice, period: Period | None, read: Read) -> dict[str, float | None]:
    """Read one figure per metric, with one query per mart.

    Without rows a sum is zero and a share or a mean None; without a period all are None. A metric without days has its
    figure of now in the chosen period, and none in any other.
    """
    found: dict[str, float | None] = {}
    for group in _by_rows(metrics, choice):
        is_known = period == choice.period or (period is not None and group[0].day is not None)
        frame = read(_query(group, choice), choice.parameters(period)) if is_known else None
        for metric in group:
            value = None if frame is None else frame[metric.name].iloc[0]
            nothing = 0.0 if frame is not None and metric.day and is_sum(metric) else None
            found[metric.name] = nothing if value is None or pd.isna(value) else float(value)
    return found


def daily(metrics: Sequence[Metric], choice: Choice, period: Period, read: Read) -> pd.DataFrame:
    """Read one row per day: the column `day` and one per metric that has days.

    A day without rows has zeros; a share or a mean of nothing is empty.
    """
    days = pd.DataFrame({"day": pd.date_range(period.first_day, period.last_day)})
    dated = [metric for metric in metrics if metric.day]
    for group in _by_rows(dated, choice):
        frame = read(_query(group, choice, by=group[0].day), choice.parameters(period))
        days = days.merge(frame.assign(key=pd.to_datetime(frame["key"])), "left", left_on="day", right_on="key")
        days = days.drop(columns="key")
    sums = [metric.name for metric in dated if is_sum(metric)]
    return days.astype({metric.name: float for metric in dated}).fillna(dict.fromkeys(sums, 0.0))


def day_notes(period: Period, read: Read) -> pd.DataFrame:
    """Read the notes on days ("Black Friday"): day and note. Raises MartsUnavailable."""
    notes = read(NOTES, {"first_day": period.first_day, "last_day": period.last_day})
    return notes.assign(day=pd.to_datetime(notes["day"]))


def is_sum(metric: Metric) -> bool:
    """True where a day on which nothing happened has a zero, and not no figure."""
    return metric.unit in ("money", "count") and "/" not in metric.sql


def _query(group: list[Metric], choice: Choice, by: str | None = None) -> sql.Composed:
    mart = group[0].mart
    currency = choice.currency if "currency" in contracts()[mart].columns else None
    rows = rows_of(group[0], choice)
    filters = () if rows else tuple(choice.filters_of(mart))
    return query(group, currency=currency, by=by, filters=filters, rows=rows)


def _by_rows(metrics: Sequence[Metric], choice: Choice) -> list[list[Metric]]:
    groups: dict[tuple[str, str, bool], list[Metric]] = {}
    for metric in metrics:
        is_narrowed = rows_of(metric, choice) is not None
        groups.setdefault((metric.mart, metric.where, is_narrowed), []).append(metric)
    return list(groups.values())
