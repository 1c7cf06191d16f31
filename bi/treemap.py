"""A treemap of two levels, a column per outer part with a cell per inner one: slice and dice (Shneiderman 1991)."""

from __future__ import annotations

import altair as alt
import pandas as pd

from bi.charts import CLICK, INK, Drawing, Translate, read_as_expression

HEIGHT = 340
NAMED = 0.045  # share of the width, or of a column's height, that has room for a name
COLOURS = ["#134e4a", "#2c6b66", "#477f79", "#5b8c85", "#7ba59f", "#9bbdb8"]


def cells(parts: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of `parts` (outer_part, inner_part, value): left, right, bottom, top as shares, greatest first.

    A part of nothing, or less, has no cell: an area cannot say it.
    """
    positive = parts[parts["value"] > 0].copy()
    columns = positive.groupby("outer_part")["value"].sum().sort_values(ascending=False)
    right = columns.cumsum() / columns.sum()
    positive = positive.assign(
        column=positive["outer_part"].map(columns), right=positive["outer_part"].map(right)
    ).sort_values(["column", "outer_part", "value", "inner_part"], ascending=[False, True, False, True])
    positive["left"] = positive["right"] - positive["column"] / columns.sum()
    positive["bottom"] = positive.groupby("outer_part")["value"].cumsum() / positive["column"]
    positive["top"] = positive["bottom"] - positive["value"] / positive["column"]
    return positive.reset_index(drop=True)


def treemap(parts: pd.DataFrame, currency: str, t: Translate = str) -> Drawing | None:
    """Draw the cells, named where there is room; None without one. A click selects both parts, by the name `CLICK`."""
    drawn = cells(parts)
    if drawn.empty:
        return None
    ranked = drawn.groupby("outer_part", sort=False).ngroup()
    drawn = drawn.assign(
        shade=[COLOURS[place % len(COLOURS)] for place in ranked],
        middle=(drawn["left"] + drawn["right"]) / 2,
        shown=drawn["inner_part"].where(
            (drawn["right"] - drawn["left"] > NAMED) & (drawn["bottom"] - drawn["top"] > NAMED), ""
        ),
    )
    whole = alt.Scale(domain=[0, 1], nice=False)
    base = alt.Chart(drawn).transform_calculate(
        outer_name=read_as_expression("datum.outer_part", t), inner_name=read_as_expression("datum.inner_part", t)
    )
    across = alt.X("left:Q", scale=whole, axis=None)
    down = alt.Y("top:Q", scale=alt.Scale(domain=[1, 0], nice=False), axis=None)
    rectangles = (
        base.mark_rect(stroke="#ffffff", strokeWidth=1.5, cursor="pointer")
        .encode(
            across,
            down,
            alt.X2("right:Q"),
            alt.Y2("bottom:Q"),
            alt.Color("shade:N", scale=None),
            tooltip=[
                alt.Tooltip("outer_name:N", title=t("Category")),
                alt.Tooltip("inner_name:N", title=t("Brand")),
                alt.Tooltip("value:Q", title=f"{t('Net sales')} ({currency})", format=",.2f"),
            ],
        )
        .add_params(alt.selection_point(name=CLICK, fields=["outer_part", "inner_part"]))
    )
    names = base.mark_text(color="#ffffff", fontSize=11, limit=90, baseline="top", dy=5).encode(
        alt.X("middle:Q", scale=whole, axis=None), down, text="shown:N"
    )
    heads = (
        alt.Chart(drawn.drop_duplicates("outer_part").query("right - left > @NAMED"))
        .transform_calculate(outer_name=read_as_expression("datum.outer_part", t))
        .mark_text(color=INK, fontSize=11, limit=120, baseline="bottom", dy=-4)
        .encode(alt.X("middle:Q", scale=whole, axis=None), alt.Y("top:Q"), text="outer_name:N")
    )
    return alt.layer(rectangles, names, heads).properties(height=HEIGHT, padding={"top": 20})
