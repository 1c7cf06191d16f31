"""The dashboard's charts: data frames in, Altair charts out."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from bi.formats import vega_money
from bi.metrics import Unit

INK, BRAND, ACCENT, PALE, GRID = "#6c6f6b", "#134e4a", "#c2571a", "#5b8c85", "#eeebe3"
HEIGHT = 280
Drawing = alt.Chart | alt.LayerChart | alt.FacetChart
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def _axis(unit: Unit, currency: str, title: str | None = None) -> alt.Axis:
    common: dict[str, Any] = {
        "title": title,
        "gridColor": GRID,
        "domain": False,
        "ticks": False,
        "labelColor": INK,
        "tickCount": 5,
    }
    if unit == "money":
        return alt.Axis(labelExpr=vega_money(currency), **common)
    return alt.Axis(format="~%" if unit == "ratio" else "~s", **common)


def _formatted(unit: Unit) -> str:
    return {"money": ",.2f", "count": ",.0f", "ratio": ".1%"}[unit]


def trend(daily: pd.DataFrame, column: str, label: str, unit: Unit, currency: str) -> Drawing:
    """Draw a line over the days. `daily`: day, `column` and, where compared, `before` (the matching earlier day)."""
    days = alt.X(
        "day:T", axis=alt.Axis(title=None, format="%d %b", grid=False, labelColor=INK, tickColor=GRID, tickCount=8)
    )
    scale = alt.Scale(zero=True, nice=True)
    tip = [alt.Tooltip("day:T", format="%a %d %b %Y"), alt.Tooltip(f"{column}:Q", title=label, format=_formatted(unit))]
    base = alt.Chart(daily)
    area = base.mark_area(color=BRAND, opacity=0.08, interpolate="monotone").encode(
        days, alt.Y(f"{column}:Q", axis=_axis(unit, currency), scale=scale)
    )
    line = base.mark_line(color=BRAND, strokeWidth=2.4, interpolate="monotone").encode(days, alt.Y(f"{column}:Q"))
    layers: list[alt.Chart] = [area]
    if "before" in daily:
        tip.append(alt.Tooltip("before:Q", title="compared period", format=_formatted(unit)))
        layers.append(
            base.mark_line(
                color=ACCENT, strokeWidth=1.6, strokeDash=[4, 4], opacity=0.75, interpolate="monotone"
            ).encode(days, alt.Y("before:Q"))
        )
    points = base.mark_circle(size=90, opacity=0).encode(days, alt.Y(f"{column}:Q"), tooltip=tip)
    return alt.layer(*layers, line, points).properties(height=HEIGHT)


def bars(frame: pd.DataFrame, column: str, unit: Unit, limit: int = 10) -> Drawing:
    """Draw the `limit` greatest, longest first, each labelled with its figure. `frame`: key and `column`."""
    top = frame.nlargest(limit, column)
    text = f"format(datum['{column}'], '{'.1%' if unit == 'ratio' else ',.0f'}')"
    keys = alt.Y(
        "key:N", sort="-x", axis=alt.Axis(title=None, domain=False, ticks=False, labelLimit=170, labelColor="#1d1f1e")
    )
    greatest = max(float(top[column].max()), 0.0) if len(top) else 1.0
    lowest = min(float(top[column].min()), 0.0) if len(top) else 0.0
    length = alt.X(f"{column}:Q", axis=None, scale=alt.Scale(domain=[lowest * 1.2, greatest * 1.22 or 1.0], nice=False))
    base = alt.Chart(top).transform_calculate(figure=text)
    drawn = base.mark_bar(color=BRAND, cornerRadiusEnd=4, height={"band": 0.66}).encode(length, keys)
    figures = base.mark_text(align="left", dx=6, color=INK).encode(length, keys, text="figure:N")
    return alt.layer(drawn, figures).properties(height=max(120, 29 * len(top)))


def bridge(steps: pd.DataFrame, currency: str) -> Drawing:
    """Draw gross to net sales. `steps`, in order: step, amount (signed), from, to, top, kind (total | less)."""
    order = alt.X(
        "step:N", sort=None, axis=alt.Axis(title=None, labelAngle=0, domain=False, ticks=False, labelColor="#1d1f1e")
    )
    colour = alt.Color("kind:N", scale=alt.Scale(domain=["total", "less"], range=[BRAND, ACCENT]), legend=None)
    base = alt.Chart(steps)
    bar = base.mark_bar(cornerRadius=3, width={"band": 0.58}).encode(
        order,
        alt.Y("from:Q", axis=_axis("money", currency)),
        alt.Y2("to:Q"),
        colour,
        tooltip=[alt.Tooltip("step:N", title="step"), alt.Tooltip("amount:Q", format=",.2f")],
    )
    figures = base.mark_text(dy=-9, color=INK).encode(order, alt.Y("top:Q"), text=alt.Text("amount:Q", format=",.0f"))
    return alt.layer(bar, figures).properties(height=HEIGHT)


def week_heat(frame: pd.DataFrame) -> Drawing:
    """Draw orders by hour and weekday in the shop's time zone. `frame`: weekday (1 = Monday), hour, orders."""
    named = frame.assign(day=frame["weekday"].map(lambda number: WEEKDAYS[int(number) - 1]))
    return (
        alt.Chart(named)
        .mark_rect(cornerRadius=2, stroke="#fbfaf7", strokeWidth=1.5)
        .encode(
            alt.X(
                "hour:O",
                scale=alt.Scale(domain=list(range(24))),
                axis=alt.Axis(title=None, labelAngle=0, values=[0, 3, 6, 9, 12, 15, 18, 21], domain=False, ticks=False),
            ),
            alt.Y("day:O", sort=WEEKDAYS, axis=alt.Axis(title=None, domain=False, ticks=False)),
            alt.Color("orders:Q", scale=alt.Scale(range=["#eef4f2", BRAND]), legend=None),
            tooltip=[alt.Tooltip("day:O", title="day"), alt.Tooltip("hour:O"), alt.Tooltip("orders:Q", format=",.0f")],
        )
        .properties(height=HEIGHT)
    )


def funnel(steps: pd.DataFrame) -> Drawing:
    """Draw the funnel. `steps`, in order: step, sessions, and their shares of_all (sessions) and of_last (step)."""
    keys = alt.Y(
        "step:N", sort=None, axis=alt.Axis(title=None, domain=False, ticks=False, labelLimit=170, labelColor="#1d1f1e")
    )
    tip = [
        alt.Tooltip("step:N"),
        alt.Tooltip("sessions:Q", format=",.0f"),
        alt.Tooltip("of_all:Q", title="of all sessions", format=".1%"),
        alt.Tooltip("of_last:Q", title="of the step before", format=".1%"),
    ]
    words = "format(datum.sessions, ',.0f') + (datum.of_all < 1 ? '  ·  ' + format(datum.of_all, '.1%') : '')"
    base = alt.Chart(steps).transform_calculate(words=words)
    most = float(steps["sessions"].max() or 1)
    length = alt.X("sessions:Q", axis=None, scale=alt.Scale(domain=[0, most * 1.45], nice=False))
    bar = base.mark_bar(color=PALE, cornerRadiusEnd=5, height={"band": 0.7}).encode(length, keys, tooltip=tip)
    figures = base.mark_text(align="left", dx=8, color=INK).encode(length, keys, text="words:N")
    return alt.layer(bar, figures).properties(height=HEIGHT)


def views_and_conversion(frame: pd.DataFrame) -> Drawing:
    """Draw one dot per product. `frame`: title, category, views, view_to_cart, net_sales."""
    return (
        alt.Chart(frame)
        .mark_circle(opacity=0.7)
        .encode(
            alt.X("views:Q", axis=_axis("count", "", "product views"), scale=alt.Scale(zero=True)),
            alt.Y("view_to_cart:Q", axis=_axis("ratio", "", "visits that put it in the cart")),
            alt.Size("net_sales:Q", scale=alt.Scale(range=[30, 700]), legend=None),
            alt.Color("category:N", legend=None),
            tooltip=[
                "title:N",
                "category:N",
                alt.Tooltip("views:Q", format=",.0f"),
                alt.Tooltip("view_to_cart:Q", title="view to cart", format=".1%"),
                alt.Tooltip("net_sales:Q", title="net sales", format=",.2f"),
            ],
        )
        .properties(height=340)
    )
