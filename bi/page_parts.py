"""Parts that the dashboard's pages share: controls, tiles, cards with charts, cached reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st
from psycopg import sql
from streamlit.delta_generator import DeltaGenerator

from bi import charts, reporter
from bi.csv_export import csv_of
from bi.formats import change, figure
from bi.metrics import Metric, Unit, load_metrics, query
from bi.periods import COMPARISONS, PRESETS, Comparison, Period, last_days
from comptoir.settings import get_settings

CACHED_FOR = 60  # seconds; the marts change with each run of the daily job
ALL_CURRENCIES = "All"


@dataclass(frozen=True)
class Choice:
    """The controls' values. `currency` None means all currencies, in the shop's own, which `shown_currency` names."""

    period: Period
    compared: Period | None
    currency: str | None
    shown_currency: str


@st.cache_data(ttl=CACHED_FOR, show_spinner=False)
def _read(statement: str, parameters: tuple[tuple[str, Any], ...]) -> pd.DataFrame:
    return reporter.read_frame(get_settings().database_url_as("reporter"), sql.SQL(statement), dict(parameters))


def read(statement: sql.Composable | str, period: Period | None = None, currency: str | None = None) -> pd.DataFrame:
    """Read the rows of a query on the marts, cached; it may use the parameters first_day, last_day and currency.

    Raises MartsUnavailable.
    """
    parameters: dict[str, Any] = {}
    if period:
        parameters |= {"first_day": period.first_day, "last_day": period.last_day}
    if currency:
        parameters["currency"] = currency
    text = statement if isinstance(statement, str) else statement.as_string(None)
    return _read(text, tuple(sorted(parameters.items())))


def choose(mart: str, day: str, *, with_currency: bool) -> Choice:
    """Draw the controls in a row at the top of the page. When the mart is empty, say so and stop the page."""
    bounds = read(
        sql.SQL("select min({0}) as first, max({0}) as last from {1}").format(
            sql.Identifier(day), sql.Identifier("marts", mart)
        )
    ).iloc[0]
    if pd.isna(bounds["last"]):
        st.info(f"marts.{mart} has no rows yet: run the daily job in Dagster.")
        st.stop()
    newest, oldest = bounds["last"], bounds["first"]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        preset = st.segmented_control("Period", [*PRESETS, "Custom"], default="28 days", required=True, key="period")
        period = _custom(oldest, newest) if preset == "Custom" else last_days(newest, PRESETS[str(preset)])
        comparison: Comparison = st.selectbox("Compared with", COMPARISONS, width=190, key="comparison")
        currency = _currency() if with_currency else None
    shop_currency = get_settings().shop_currency
    compared = period.compared_with(comparison)
    if compared and compared.first_day < oldest:
        if compared.last_day < oldest:
            compared = None
        st.caption(f"Data begins on {oldest:%d %B %Y}: the compared period is not complete.")
    return Choice(period, compared, currency, currency or shop_currency)


def _custom(oldest: date, newest: date) -> Period:
    chosen = st.date_input("Days", (last_days(newest, 14).first_day, newest), oldest, newest, width=240, key="days")
    if not isinstance(chosen, tuple) or len(chosen) != 2:
        st.stop()  # only the first of the two days is chosen yet
    return Period(chosen[0], chosen[1])


def _currency() -> str | None:
    known = read("select distinct currency from marts.mart_daily_sales order by 1")["currency"].tolist()
    own = get_settings().shop_currency
    chosen = st.selectbox(
        "Currency",
        [ALL_CURRENCIES, *known],
        format_func=lambda code: f"All, in {own}" if code == ALL_CURRENCIES else f"Paid in {code}",
        width=160,
        key="currency",
    )
    return None if chosen == ALL_CURRENCIES else chosen


def totals(metrics: Sequence[Metric], period: Period | None, currency: str | None) -> dict[str, float | None]:
    """Read one figure per metric, with one query per mart; None for a figure without rows or without a period."""
    found: dict[str, float | None] = {}
    for group in _by_mart(metrics):
        frame = None if period is None else read(query(group, currency=currency), period, currency)
        for metric in group:
            value = None if frame is None else frame[metric.name].iloc[0]
            found[metric.name] = None if value is None or pd.isna(value) else float(value)
    return found


def daily(metrics: Sequence[Metric], period: Period, currency: str | None) -> pd.DataFrame:
    """Read one row per day: the column `day` and one per metric. A day without rows has zeros, and empty ratios."""
    days = pd.DataFrame({"day": pd.date_range(period.first_day, period.last_day)})
    for group in _by_mart(metrics):
        frame = read(query(group, currency=currency, by=group[0].day), period, currency)
        days = days.merge(frame.assign(key=pd.to_datetime(frame["key"])), "left", left_on="day", right_on="key")
        days = days.drop(columns="key")
    sums = [metric.name for metric in metrics if metric.unit != "ratio"]
    return days.assign(**{name: days[name].astype(float).fillna(0.0) for name in sums})


def _by_mart(metrics: Sequence[Metric]) -> list[list[Metric]]:
    groups: dict[tuple[str, str], list[Metric]] = {}
    for metric in metrics:
        groups.setdefault((metric.mart, metric.where), []).append(metric)
    return list(groups.values())


def tiles(names: Sequence[str], choice: Choice) -> None:
    """Draw KPI tiles, four in a row: the figure, its change to the compared period, and its daily values."""
    metrics = [load_metrics()[name] for name in names]
    now = totals(metrics, choice.period, choice.currency)
    before = totals(metrics, choice.compared, choice.currency)
    lines = daily(metrics, choice.period, choice.currency)
    for start in range(0, len(metrics), 4):
        for place, metric in zip(st.columns(4), metrics[start : start + 4], strict=False):
            place.metric(
                metric.label,
                figure(now[metric.name], metric.unit, choice.shown_currency),
                change(metric, now[metric.name], before[metric.name]),
                delta_color="normal" if metric.better == "up" else "inverse",
                help=f"{metric.definition} Owner: {metric.owner}.",
                border=True,
                chart_data=lines[metric.name].astype(float).fillna(0.0).tolist(),
                chart_type="area",
            )


def trend_frame(metric: Metric, choice: Choice) -> pd.DataFrame:
    """Read the metric by day and, as `before`, its value on the matching day of the compared period."""
    now = daily([metric], choice.period, choice.currency)
    if choice.compared:
        now["before"] = daily([metric], choice.compared, choice.currency)[metric.name]
    return now


def card(name: str, place: DeltaGenerator | None = None) -> DeltaGenerator:
    """Add a white box; `name` is unique on the page."""
    return (place or st).container(border=True, height="stretch", key=f"card_{name}")


def trend_card(names: Sequence[str], choice: Choice, key: str, place: DeltaGenerator | None = None) -> None:
    """Draw the daily chart of one of the metrics; the reader picks which, the first one is shown at first."""
    metrics = load_metrics()
    with card("trend", place):
        chosen = st.segmented_control(
            "Trend",
            names,
            default=names[0],
            required=True,
            format_func=lambda name: metrics[name].label,
            label_visibility="collapsed",
            key=key,
        )
        metric = metrics[str(chosen)]
        st.altair_chart(
            charts.trend(trend_frame(metric, choice), metric.name, metric.label, metric.unit, choice.shown_currency)
        )


def bar_cards(frames: dict[str, pd.DataFrame], column: str, unit: Unit) -> None:
    """Draw one bar chart of `column` per frame, side by side under the frames' titles."""
    for place, (title, frame) in zip(st.columns(len(frames)), frames.items(), strict=True):
        with card(title, place):
            st.subheader(title)
            st.altair_chart(charts.bars(frame, column, unit))


def download(label: str, frame: pd.DataFrame, name: str) -> None:
    """Draw a button that downloads the table as CSV."""
    st.download_button(label, csv_of(frame), f"{name}.csv", "text/csv", icon=":material/download:", on_click="ignore")
