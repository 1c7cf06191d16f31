"""A metric's days by dimension, and the unusual ones among them; of the whole shop, whatever is filtered."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import streamlit as st

from bi.choice import Choice
from bi.marts import contracts
from bi.metrics import Metric, load_metrics, query
from bi.net_sales import daily_net_sales_by
from bi.periods import Period
from bi.reading import is_sum, read
from bi.state import FILTERS
from bi.unusual import WEEKS, UnusualDay, unusual_days
from comptoir.settings import get_settings

CACHED_FOR = 900  # seconds; one search serves all readers
TOO_FINE = ("product_id",)
# what net sales, whose mart has none of them, are broken down by
OF_NET_SALES = {
    "category": "products.category",
    "country_code": "orders.country_code",
    "channel": "orders.source_name",
}


@st.cache_data(ttl=CACHED_FOR, show_spinner=False, max_entries=200)
def unusual_days_of(name: str, first_day: date, last_day: date) -> list[UnusualDay]:
    """Search the days for unusual ones of a metric, compared with WEEKS weeks up to the last day.

    A metric that no dimension adds up to has none. Raises MartsUnavailable.
    """
    history = Period(min(first_day, last_day - timedelta(7 * WEEKS - 1)), last_day)
    found = breakdown(load_metrics()[name], history)
    return [one for one in unusual_days(found) if one.day >= first_day] if found else []


def breakdown(metric: Metric, period: Period) -> dict[str, pd.DataFrame]:
    """Read the metric by dimension: a row per day since its first figure, a column per part, in the shop's currency.

    Empty when no dimension adds up to it.
    """
    choice = Choice(period, None, None, get_settings().shop_currency)
    if metric.name == "net_sales":
        rows = {name: daily_net_sales_by(column, choice) for name, column in OF_NET_SALES.items()}
        return {name: _by_day(found, "day", "key", metric.name, period) for name, found in rows.items()}
    if metric.day is None or not is_sum(metric) or "distinct" in metric.sql:
        return {}
    names = [name for name in FILTERS if name in contracts()[metric.mart].columns and name not in TOO_FINE]
    found = {name: read(query([metric], by=metric.day, part=name), choice.parameters()) for name in names}
    return {name: _by_day(rows, "key", "part", metric.name, period) for name, rows in found.items()}


def _by_day(rows: pd.DataFrame, day: str, part: str, figure: str, period: Period) -> pd.DataFrame:
    """Return a column per part; a day without rows has zeros, and those before the first figure are left out."""
    days = pd.date_range(period.first_day, period.last_day)
    table = rows.pivot(index=day, columns=part, values=figure)
    table.index = pd.to_datetime(table.index)
    table = table.reindex(days).fillna(0.0)
    return table[table.index >= pd.Timestamp(rows[day].min())] if len(rows) else table.iloc[:0]
