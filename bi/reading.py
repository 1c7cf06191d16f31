"""Cached reads of the marts, and the figures of metrics for what was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st
from psycopg import sql

from bi import reporter
from bi.choice import Choice
from bi.marts import contracts
from bi.metrics import Metric, query
from bi.periods import Period
from comptoir.settings import get_settings

CACHED_FOR = 60  # seconds; the marts change with each run of the daily job


@st.cache_data(ttl=CACHED_FOR, show_spinner=False, max_entries=500)
def _read(statement: str, parameters: tuple[tuple[str, Any], ...]) -> pd.DataFrame:
    return reporter.read_frame(get_settings().reporter_database_url, sql.SQL(statement), dict(parameters))


def read(statement: sql.Composable | str, parameters: dict[str, Any] | None = None) -> pd.DataFrame:
    """Read the rows of a query on the marts, cached. Raises MartsUnavailable."""
    text = statement if isinstance(statement, str) else statement.as_string(None)
    used = {name: value for name, value in (parameters or {}).items() if f"%({name})s" in text}
    return _read(text, tuple(sorted(used.items())))


def totals(metrics: Sequence[Metric], choice: Choice, period: Period | None) -> dict[str, float | None]:
    """Read one figure per metric, with one query per mart; None for a figure without rows or without a period.

    A metric without days has its figure of now in the chosen period, and none in any other.
    """
    found: dict[str, float | None] = {}
    for group in _by_rows(metrics):
        is_known = period == choice.period or (period is not None and group[0].day is not None)
        frame = read(_query(group, choice), choice.parameters(period)) if is_known else None
        for metric in group:
            value = None if frame is None else frame[metric.name].iloc[0]
            found[metric.name] = None if value is None or pd.isna(value) else float(value)
    return found


def daily(metrics: Sequence[Metric], choice: Choice, period: Period) -> pd.DataFrame:
    """Read one row per day: the column `day` and one per metric that has days.

    A day without rows has zeros; a share or a mean of nothing is empty.
    """
    days = pd.DataFrame({"day": pd.date_range(period.first_day, period.last_day)})
    dated = [metric for metric in metrics if metric.day]
    for group in _by_rows(dated):
        frame = read(_query(group, choice, by=group[0].day), choice.parameters(period))
        days = days.merge(frame.assign(key=pd.to_datetime(frame["key"])), "left", left_on="day", right_on="key")
        days = days.drop(columns="key")
    sums = [metric.name for metric in dated if is_sum(metric)]
    return days.astype({metric.name: float for metric in dated}).fillna(dict.fromkeys(sums, 0.0))


def is_sum(metric: Metric) -> bool:
    """True where a day on which nothing happened has a zero, and not no figure."""
    return metric.unit in ("money", "count") and "/" not in metric.sql


def _query(group: list[Metric], choice: Choice, by: str | None = None) -> sql.Composed:
    mart = group[0].mart
    currency = choice.currency if "currency" in contracts()[mart].columns else None
    return query(group, currency=currency, by=by, filters=tuple(choice.filters_of(mart)))


def _by_rows(metrics: Sequence[Metric]) -> list[list[Metric]]:
    groups: dict[tuple[str, str], list[Metric]] = {}
    for metric in metrics:
        groups.setdefault((metric.mart, metric.where), []).append(metric)
    return list(groups.values())
