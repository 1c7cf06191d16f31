"""The dashboard's charts: data frames in, Altair charts out; `t` translates the words of axes and tooltips."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd

from bi.formats import vega_money
from bi.metrics import Unit
from bi.texts import MARKERS

INK, BRAND, ACCENT, PALE, GRID = "#6c6f6b", "#134e4a", "#c2571a", "#5b8c85", "#eeebe3"
HEIGHT = 280
Drawing = alt.Chart | alt.LayerChart | alt.FacetChart
CLICK = "clicked"
Translate = Callable[[str], str]  # a text in English → in the reader's language
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def _axis(unit: Unit, currency: str, title: str | None = None, t: Translate = str) -> alt.Axis:
    common: dict[str, Any] = {
        "title": title,
        "gridColor": GRID,
        "domain": False,
        "ticks": False,
        "labelColor": INK,
        "tickCount": 5,
    }
    if unit == "money":
        return alt.Axis(labelExpr=vega_money(currency, t("B")), **common)
    # an axis' own `format` says NaN where all values are zero
    return alt.Axis(labelExpr=f"format(datum.value, '{'~%' if unit == 'ratio' else '~s'}')", **common)


def _formatted(unit: Unit) -> str:
    return {"money": ",.2f", "count": ",.0f", "ratio": ".1%", "score": ".2f"}[unit]


def trend(
    daily: pd.DataFrame,
    column: str,
    label: str,
    unit: Unit,
    currency: str,
    target: float | None = None,
    before: str = "compared period",
    t: Translate = str,
) -> Drawing:
    """Draw a line over the days, straight from one measured day to the next; a day without a figure breaks it.

    `daily`: day, `column`, note, unusual (why a day is; it gets a ring) and, where compared, `before` (the matching
    earlier day).
    """
    days = alt.X(
        "day:T", axis=alt.Axis(title=None, format="%d %b", grid=False, labelColor=INK, tickColor=GRID, tickCount=8)
    )
    scale = alt.Scale(zero=True, nice=True)
    tip = [
        alt.Tooltip("day:T", title=t("Day"), format="%a %d %b %Y"),
        alt.Tooltip(f"{column}:Q", title=label, format=_formatted(unit)),
    ]
    base = alt.Chart(daily)
    drawn = [label]
    layers: list[alt.Chart] = []
    if "before" in daily:
        drawn.append(before)
        tip.append(alt.Tooltip("before:Q", title=before, format=_formatted(unit)))
        layers.append(
            _named(base, before)
            .mark_line(strokeWidth=1.6, strokeDash=[4, 4], opacity=0.8)
            .encode(days, alt.Y("before:Q"), _colours(drawn))
        )
    if daily["note"].notna().any():
        tip.append(alt.Tooltip("note:N", title=t("Remark")))
        noted = base.transform_filter("isValid(datum.note)")
        layers.append(noted.mark_rule(color=INK, strokeDash=[2, 3]).encode(days))
        layers.append(noted.mark_text(align="left", dx=4, y=8, color=INK).encode(days, text="note:N"))
    if daily["unusual"].notna().any():
        tip.append(alt.Tooltip("unusual:N", title=t("Unusual")))
        ringed = base.transform_filter("isValid(datum.unusual)")
        layers.append(ringed.mark_point(size=170, color=ACCENT, strokeWidth=2).encode(days, alt.Y(f"{column}:Q")))
    if target is not None:
        goal = alt.Chart(pd.DataFrame({"target": [target]}))
        layers.append(goal.mark_rule(color="#e0a100", strokeWidth=1.4).encode(alt.Y("target:Q")))
    height = alt.Y(f"{column}:Q", axis=_axis(unit, currency, t=t), scale=scale)
    dots = alt.OverlayMarkDef(size=14)
    line = _named(base, label).mark_line(strokeWidth=2.4, point=dots).encode(days, height, _colours(drawn))
    points = base.mark_circle(size=110, opacity=0).encode(days, alt.Y(f"{column}:Q"), tooltip=tip)
    return alt.layer(line, *layers, points).properties(height=HEIGHT)


def _named(base: alt.Chart, name: str) -> alt.Chart:
    """Give the rows the name of their line, for the legend."""
    return base.transform_calculate(line=json.dumps(name))


def _colours(drawn: list[str]) -> alt.Color:
    """Colours of the lines, with a legend of all that are drawn."""
    scale = alt.Scale(domain=drawn, range=[BRAND, ACCENT][: len(drawn)])
    return alt.Color("line:N", scale=scale, legend=alt.Legend(title=None, orient="top"))


def bars(
    frame: pd.DataFrame, column: str, unit: Unit, limit: int = 10, *, clickable: bool = False, t: Translate = str
) -> Drawing:
    """Draw the `limit` greatest, longest first, each labelled with its figure. `frame`: key and `column`.

    A click on a bar of a clickable chart selects its key, by the name `CLICK`.
    """
    top = frame.nlargest(limit, column)
    text = f"format(datum['{column}'], '{'.1%' if unit == 'ratio' else ',.0f'}')"
    axis = alt.Axis(
        title=None,
        domain=False,
        ticks=False,
        labelLimit=170,
        labelColor="#1d1f1e",
        labelExpr=read_as_expression("datum.label", t),
    )
    keys = alt.Y("key:N", sort="-x", axis=axis)
    greatest = max(float(top[column].max()), 0.0) if len(top) else 1.0
    lowest = min(float(top[column].min()), 0.0) if len(top) else 0.0
    length = alt.X(f"{column}:Q", axis=None, scale=alt.Scale(domain=[lowest * 1.2, greatest * 1.22 or 1.0], nice=False))
    base = alt.Chart(top).transform_calculate(figure=text, name=read_as_expression("datum.key", t))
    drawn = base.mark_bar(color=BRAND, cornerRadiusEnd=4, height={"band": 0.66}).encode(length, keys)
    if clickable:
        drawn = drawn.encode(tooltip=[alt.Tooltip("name:N")]).add_params(
            alt.selection_point(name=CLICK, fields=["key"])
        )
    figures = base.mark_text(align="left", dx=6, color=INK).encode(length, keys, text="figure:N")
    return alt.layer(drawn, figures).properties(height=max(120, 29 * len(top)))


def read_as_expression(value: str, t: Translate) -> str:
    """Return the Vega expression of a dimension's value as the reader sees it; a click on it still gives the value."""
    words = [f"{value} === {json.dumps(marker)} ? {json.dumps(t(marker))} : " for marker in MARKERS]
    return f"{''.join(words)}{value}"


def bridge(steps: pd.DataFrame, currency: str, t: Translate = str) -> Drawing:
    """Draw gross to net sales. `steps`, in order: step, amount (signed), from, to, top, kind (total | less)."""
    order = alt.X(
        "step:N", sort=None, axis=alt.Axis(title=None, labelAngle=0, domain=False, ticks=False, labelColor="#1d1f1e")
    )
    colour = alt.Color("kind:N", scale=alt.Scale(domain=["total", "less"], range=[BRAND, ACCENT]), legend=None)
    base = alt.Chart(steps)
    bar = base.mark_bar(cornerRadius=3, width={"band": 0.58}).encode(
        order,
        alt.Y("from:Q", axis=_axis("money", currency, t=t)),
        alt.Y2("to:Q"),
        colour,
        tooltip=[alt.Tooltip("step:N", title=t("Step")), alt.Tooltip("amount:Q", title=t("Amount"), format=",.2f")],
    )
    figures = base.mark_text(dy=-9, color=INK).encode(order, alt.Y("top:Q"), text=alt.Text("amount:Q", format=",.0f"))
    return alt.layer(bar, figures).properties(height=HEIGHT)


def week_heat(frame: pd.DataFrame, t: Translate = str) -> Drawing:
    """Draw orders by hour and weekday in the shop's time zone. `frame`: weekday (1 = Monday), hour, orders."""
    weekdays = [t(day) for day in WEEKDAYS]
    named = frame.assign(day=frame["weekday"].map(lambda number: weekdays[int(number) - 1]))
    return (
        alt.Chart(named)
        .mark_rect(cornerRadius=2, stroke="#fbfaf7", strokeWidth=1.5)
        .encode(
            alt.X(
                "hour:O",
                scale=alt.Scale(domain=list(range(24))),
                axis=alt.Axis(title=None, labelAngle=0, values=[0, 3, 6, 9, 12, 15, 18, 21], domain=False, ticks=False),
            ),
            alt.Y("day:O", sort=weekdays, axis=alt.Axis(title=None, domain=False, ticks=False)),
            alt.Color("orders:Q", scale=alt.Scale(range=["#eef4f2", BRAND]), legend=None),
            tooltip=[
                alt.Tooltip("day:O", title=t("Day")),
                alt.Tooltip("hour:O", title=t("Hour")),
                alt.Tooltip("orders:Q", title=t("Orders"), format=",.0f"),
            ],
        )
        .properties(height=HEIGHT)
    )


def funnel(steps: pd.DataFrame, t: Translate = str) -> Drawing:
    """Draw the funnel. `steps`, in order: step, sessions, and their shares of_all (sessions) and of_last (step)."""
    keys = alt.Y(
        "step:N", sort=None, axis=alt.Axis(title=None, domain=False, ticks=False, labelLimit=170, labelColor="#1d1f1e")
    )
    tip = [
        alt.Tooltip("step:N", title=t("Step")),
        alt.Tooltip("sessions:Q", title=t("Sessions"), format=",.0f"),
        alt.Tooltip("of_all:Q", title=t("of all sessions"), format=".1%"),
        alt.Tooltip("of_last:Q", title=t("of the step before"), format=".1%"),
    ]
    words = "format(datum.sessions, ',.0f') + (datum.of_all < 1 ? '  ·  ' + format(datum.of_all, '.1%') : '')"
    base = alt.Chart(steps).transform_calculate(words=words)
    most = float(steps["sessions"].max() or 1) if len(steps) else 1.0
    length = alt.X("sessions:Q", axis=None, scale=alt.Scale(domain=[0, most * 1.45], nice=False))
    bar = base.mark_bar(color=PALE, cornerRadiusEnd=5, height={"band": 0.7}).encode(length, keys, tooltip=tip)
    figures = base.mark_text(align="left", dx=8, color=INK).encode(length, keys, text="words:N")
    return alt.layer(bar, figures).properties(height=HEIGHT)


def views_and_conversion(frame: pd.DataFrame, t: Translate = str) -> Drawing:
    """Draw one dot per product. `frame`: title, category, views, view_to_cart, net_sales."""
    return (
        alt.Chart(frame)
        .mark_circle(opacity=0.7)
        .encode(
            alt.X("views:Q", axis=_axis("count", "", t("Product views")), scale=alt.Scale(zero=True)),
            alt.Y("view_to_cart:Q", axis=_axis("ratio", "", t("visits that put it in the cart"))),
            alt.Size("net_sales:Q", scale=alt.Scale(range=[30, 700]), legend=None),
            alt.Color("category:N", legend=None),
            tooltip=[
                alt.Tooltip("title:N", title=t("Product")),
                alt.Tooltip("category:N", title=t("Category")),
                alt.Tooltip("views:Q", title=t("Product views"), format=",.0f"),
                alt.Tooltip("view_to_cart:Q", title=t("View to cart"), format=".1%"),
                alt.Tooltip("net_sales:Q", title=t("Net sales"), format=",.2f"),
            ],
        )
        .properties(height=340)
    )


def grid(frame: pd.DataFrame, x: str, y: str, column: str, unit: Unit, titles: tuple[str, str, str]) -> Drawing | None:
    """Draw a heat map with its figures. `frame`: a row per cell with `x`, `y`, `column`; `titles` in that order.

    None without a cell: a scale of nothing has no end.
    """
    if frame[column].count() == 0:
        return None
    cells = alt.Chart(frame)
    across = alt.X(f"{x}:O", axis=alt.Axis(title=titles[0], labelAngle=0, domain=False, ticks=False))
    down = alt.Y(f"{y}:O", sort="descending", axis=alt.Axis(title=titles[1], domain=False, ticks=False))
    most = float(frame[column].max() or 1)
    colour = alt.Color(f"{column}:Q", scale=alt.Scale(domain=[0, most], range=["#eef4f2", BRAND]), legend=None)
    tip = [
        alt.Tooltip(f"{x}:O", title=titles[0]),
        alt.Tooltip(f"{y}:O", title=titles[1]),
        alt.Tooltip(f"{column}:Q", title=titles[2], format=_formatted(unit)),
    ]
    boxes = cells.mark_rect(cornerRadius=2, stroke="#fbfaf7", strokeWidth=1.5).encode(across, down, colour, tooltip=tip)
    ink = alt.condition(f"datum['{column}'] > {most / 2}", alt.value("#ffffff"), alt.value("#1d1f1e"))
    words = cells.mark_text(fontSize=11).encode(
        across, down, text=alt.Text(f"{column}:Q", format=".0%" if unit == "ratio" else ",.0f"), color=ink
    )
    return alt.layer(boxes, words).properties(height=HEIGHT)


def stacked_days(
    frame: pd.DataFrame, unit: Unit, currency: str, titles: tuple[str, str, str], t: Translate = str
) -> Drawing:
    """Draw one bar a day, in parts. `frame`: day, part, value; `titles` in that order."""
    return (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            alt.X(
                "day:T", timeUnit="yearmonthdate", axis=alt.Axis(title=None, format="%d %b", grid=False, tickCount=8)
            ),
            alt.Y("value:Q", axis=_axis(unit, currency, t=t)),
            alt.Color(
                "part:N", scale=alt.Scale(range=[BRAND, ACCENT, PALE]), legend=alt.Legend(title=None, orient="top")
            ),
            tooltip=[
                alt.Tooltip("day:T", title=titles[0], format="%a %d %b %Y"),
                alt.Tooltip("part:N", title=titles[1]),
                alt.Tooltip("value:Q", title=titles[2], format=_formatted(unit)),
            ],
        )
        .properties(height=HEIGHT)
    )


def columns(frame: pd.DataFrame, x: str, column: str, unit: Unit, titles: tuple[str, str]) -> Drawing:
    """Draw one column per value of `x`, in its order. `frame`: `x` and `column`; `titles` in that order."""
    return (
        alt.Chart(frame)
        .mark_bar(color=BRAND, cornerRadius=3)
        .encode(
            alt.X(f"{x}:O", axis=alt.Axis(title=titles[0], labelAngle=0, domain=False, ticks=False)),
            alt.Y(f"{column}:Q", axis=_axis(unit, "")),
            tooltip=[
                alt.Tooltip(f"{x}:O", title=titles[0]),
                alt.Tooltip(f"{column}:Q", title=titles[1], format=_formatted(unit)),
            ],
        )
        .properties(height=HEIGHT)
    )
