"""What the dashboard reads of the marts, cached: rows, figures of metrics, unusual days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st
from psycopg import sql

from bi import breakdowns, figures, reporter
from bi.choice import Choice
from bi.metrics import Metric, load_metrics
from bi.periods import Period
from bi.unusual import UnusualDay
from comptoir.settings import get_settings

CACHED_FOR = 60  # seconds; the marts change with each run of the daily job
UNUSUAL_CACHED_FOR = 900  # seconds; one search serves all readers


@st.cache_data(ttl=CACHED_FOR, show_spinner=False, max_entries=500)
def _read(statement: str, parameters: tuple[tuple[str, Any], ...]) -> pd.DataFrame:
    return reporter.read_frame(get_settings().database_url_as("reporter"), sql.SQL(statement), dict(parameters))


def read(statement: sql.Composable | str, parameters: dict[str, Any] | None = None) -> pd.DataFrame:
    """Read the rows of a query on the marts, cached. Raises MartsUnavailable."""
    text = reporter.text_of(statement)
    return _read(text, tuple(sorted(reporter.used_in(text, parameters).items())))


def read_whole(statement: str, parameters: dict[str, Any]) -> pd.DataFrame:
    """Read the rows of a query on the marts for a file, not cached. Raises MartsUnavailable."""
    return reporter.read_marts(get_settings().database_url_as("reporter"), statement, parameters)


def totals(metrics: Sequence[Metric], choice: Choice, period: Period | None) -> dict[str, float | None]:
    """Read one figure per metric: `figures.totals`, cached. Raises MartsUnavailable."""
    return figures.totals(metrics, choice, period, read)


def daily(metrics: Sequence[Metric], choice: Choice, period: Period) -> pd.DataFrame:
    """Read one row per day: `figures.daily`, cached. Raises MartsUnavailable."""
    return figures.daily(metrics, choice, period, read)


@st.cache_data(ttl=UNUSUAL_CACHED_FOR, show_spinner=False, max_entries=200)
def unusual_days_of(name: str, first_day: date, last_day: date) -> list[UnusualDay]:
    """Search the days for unusual ones of a metric: `breakdowns.unusual_days_of`, cached. Raises MartsUnavailable."""
    return breakdowns.unusual_days_of(load_metrics()[name], Period(first_day, last_day), read)
