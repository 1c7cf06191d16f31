"""Parts that the dashboard's pages share: tiles, cards with charts, the way back up of a drill-down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st
from babel.dates import format_date
from streamlit.delta_generator import DeltaGenerator

from bi import charts
from bi.chart_locale import chart_locale
from bi.choice import Choice
from bi.figures import day_notes
from bi.filters import FILTERS
from bi.formats import change, figure
from bi.metrics import Metric, Unit, load_metrics
from bi.narrowing import left_out
from bi.reading import daily, read, totals, unusual_days_of
from bi.state import choose_filter, language, t
from bi.tables import nothing
from bi.targets import target_of
from bi.texts import read_as
from bi.treemap import treemap
from bi.unusual import UnusualDay
from bi.unusual_words import unusual_words

MOST_NAMED = 3


def tiles(names: Sequence[str], choice: Choice) -> None:
    """Draw KPI tiles, four in a row: the figure, its change to the compared period, its target and its daily values."""
    metrics = [load_metrics()[name] for name in names]
    now = totals(metrics, choice, choice.period)
    before = totals(metrics, choice, choice.compared)
    lines = daily(metrics, choice, choice.period)
    with st.container(key="tiles"):
        for start in range(0, len(metrics), 4):
            for place, metric in zip(st.columns(4), metrics[start : start + 4], strict=False):
                place.metric(
                    t(metric.label),
                    figure(now[metric.name], metric.unit, choice.shown_currency, language()),
                    change(metric, now[metric.name], before[metric.name], language()),
                    delta_color="normal" if metric.better == "up" else "inverse",
                    help=_explained(metric, choice),
                    border=True,
                    chart_data=lines[metric.name].dropna().tolist() if metric.day else None,
                    chart_type="line",
                )
    _footnotes(metrics, choice)


def _explained(metric: Metric, choice: Choice) -> str:
    """Return what is shown on hover: the definition, other tools' names, the target and the owner."""
    parts = [t(metric.definition)]
    for tool, words in (("Shopify", metric.shopify), ("GA4", metric.ga4)):
        if words:
            parts.append(f"{tool}: {words}.")
    target = target_of(metric, choice.period)
    if target is not None:
        parts.append(f"{t('Target')}: {figure(target, metric.unit, choice.shown_currency, language())}.")
    return " ".join([*parts, f"{t('Owner')}: {metric.owner}."])


def _footnotes(metrics: Sequence[Metric], choice: Choice) -> None:
    if wide := left_out(metrics, choice):
        names = ", ".join(t(metric.label) for metric in wide)
        st.caption(f"{t('The filters do not narrow')}: {names}.")
    if choice.today:
        first = [metric for metric in metrics if metric.day][:2]
        so_far = totals(first, choice, choice.today)
        shown = ", ".join(
            f"{t(metric.label)} {figure(so_far[metric.name], metric.unit, choice.shown_currency, language())}"
            for metric in first
        )
        st.caption(f"{t('Today so far, not in these figures')}: {shown}.")


def card(name: str, place: DeltaGenerator | None = None) -> DeltaGenerator:
    """Add a white box; `name` is unique on the page."""
    return (place or st).container(border=True, height="stretch", key=f"card_{name}")


def trend_frame(metric: Metric, choice: Choice) -> pd.DataFrame:
    """Read the metric by day: day, the metric by its name, before, note and unusual (texts or missing).

    `before`, only where compared, is the value on the matching day of the compared period. A day with a note is not
    unusual: its reason is known. Raises MartsUnavailable.
    """
    now = daily([metric], choice, choice.period)
    if choice.compared:
        now["before"] = daily([metric], choice, choice.compared)[metric.name]
    now = now.merge(day_notes(choice.period, read), "left", "day")
    told = {pd.Timestamp(one.day): unusual_words(one, language()) for one in _unusual(metric, choice)}
    return now.assign(unusual=now["day"].map(told).where(now["note"].isna()))


def _unusual(metric: Metric, choice: Choice) -> list[UnusualDay]:
    """Return the unusual days of the whole shop, none where a filter or a currency shows a part of it."""
    if choice.filters or choice.currency:
        return []
    return unusual_days_of(metric.name, choice.period.first_day, choice.period.last_day)


def trend_card(names: Sequence[str], choice: Choice, key: str, place: DeltaGenerator | None = None) -> None:
    """Draw the daily chart of one of the metrics; the reader picks which, the first one is shown at first."""
    metrics = load_metrics()
    with card("trend", place):
        chosen = st.segmented_control(
            t("Trend"),
            names,
            default=names[0],
            required=True,
            format_func=lambda name: t(metrics[name].label),
            label_visibility="collapsed",
            key=key,
        )
        metric = metrics[str(chosen)]
        days = trend_frame(metric, choice)
        draw(
            charts.trend(
                days,
                metric.name,
                t(metric.label),
                metric.unit,
                choice.shown_currency,
                target_of(metric, None),
                t("compared period"),
                t,
            ),
            t(metric.label),
        )
        _name_unusual(days)


def _name_unusual(days: pd.DataFrame) -> None:
    """Name the newest unusual days under their chart; where there is none, nothing is said."""
    newest = days[days["unusual"].notna()].nlargest(MOST_NAMED, "day")
    if len(newest):
        said = " · ".join(
            f"**{format_date(day, 'EEE d MMM', locale=language())}** {words}"
            for day, words in zip(newest["day"], newest["unusual"], strict=True)
        )
        st.caption(f"{t('Unusual, against the weeks around')}: {said}")


def draw(chart: charts.Drawing, title: str, **options: Any) -> None:
    """Draw a chart, described to screen readers by its title; its marks, each without a name, are hidden from them."""
    spoken = chart.configure(mark={"aria": False}, locale=chart_locale(language()))
    st.altair_chart(spoken.properties(description=title), **options)


def chart_card(title: str, chart: charts.Drawing | None, place: DeltaGenerator | None = None, note: str = "") -> None:
    """Draw a chart under its title (in English), with a line that says how to read it; None says that there is none."""
    with card(title, place):
        st.subheader(t(title))
        if note:
            st.caption(t(note))
        if chart is None:
            nothing()
        else:
            draw(chart, t(title))


def bar_cards(frames: dict[str, pd.DataFrame], column: str, unit: Unit, filters: dict[str, str] | None = None) -> None:
    """Draw one bar chart of `column` per frame, side by side under the frames' titles.

    A click on a bar of a title in `filters` sets that filter to its key.
    """
    for place, (title, frame) in zip(st.columns(len(frames)), frames.items(), strict=True):
        with card(title, place):
            st.subheader(t(title))
            if frame.empty:
                nothing()
            elif filters and title in filters:
                key = f"bars_{title}"
                draw(
                    charts.bars(frame, column, unit, clickable=True, t=t),
                    t(title),
                    on_select=lambda key=key, name=filters[title]: choose_filter(name, _clicked(st.session_state[key])),
                    key=key,
                )
            else:
                draw(charts.bars(frame, column, unit, t=t), t(title))


def _clicked(event: Any) -> str | None:
    """Return the key of the bar that a click chose."""
    chosen = event["selection"].get(charts.CLICK) or []
    return str(chosen[0]["key"]) if chosen else None


def treemap_card(title: str, parts: pd.DataFrame, currency: str, note: str, filters: tuple[str, str]) -> None:
    """Draw a treemap of parts in parts (outer_part, inner_part, value); a click sets the two filters to its cell."""

    def choose_cell() -> None:
        chosen = st.session_state[key]["selection"].get(charts.CLICK) or []
        for name, column in zip(filters, ("outer_part", "inner_part"), strict=True):
            choose_filter(name, str(chosen[0][column]) if chosen else None)

    key = f"treemap_{title}"
    with card(title):
        st.subheader(t(title))
        st.caption(t(note))
        if drawn := treemap(parts, currency, t):
            draw(drawn, t(title), on_select=choose_cell, key=key)
        else:
            nothing()


def crumbs(names: Sequence[str], choice: Choice) -> None:
    """Draw the filters that a drill-down has set, each with a button that takes it and those after it away."""
    with st.container(horizontal=True, vertical_alignment="center"):
        for place, name in enumerate(names):
            if name in choice.filters:
                st.button(
                    f"{t(FILTERS[name])}: {read_as(choice.filters[name], language())}  ✕",
                    key=f"crumb_{name}",
                    on_click=_without,
                    args=[names[place:]],
                )


def _without(names: Sequence[str]) -> None:
    for name in names:
        choose_filter(name, None)
