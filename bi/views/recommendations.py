"""The Recommendations page: what is shown, clicked and bought, by slot and algorithm, and how fresh it is."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bi.choice import Choice
from bi.controls import choose
from bi.filters import PAGE_FILTERS
from bi.listing import Listing
from bi.page_parts import bar_cards, tiles, trend_card
from bi.reading import read
from bi.tables import table
from bi.views.live import live_card

TILES = ("recommendation_click_rate", "fallback_click_rate", "recommended_net_sales", "recommended_products")

BY = """
    select
        {column} as key,
        sum(shown_count) as shown,
        sum(clicked_count) as clicked,
        sum(clicked_count) / nullif(sum(shown_count), 0)::numeric as click_rate,
        sum(clicked_and_bought_count) as bought,
        sum(net_sales_shop_amount) as net_sales
    from marts.mart_recommendation_performance
    where {rows}
    group by 1
    order by shown desc, key
"""
SHOWN = 100  # rows of a table
COLUMNS = {
    "shown": ("Shown", "count"),
    "clicked": ("Clicked", "count"),
    "click_rate": ("CTR", "ratio"),
    "bought": ("Clicked and bought", "count"),
    "net_sales": ("Net sales", "money"),
}
ARMS = """
    select
        arm,
        sum(visitors_count) as visitors,
        sum(clicking_visitors_count) / nullif(sum(visitors_count), 0)::numeric as clicking,
        sum(adding_visitors_count) / nullif(sum(visitors_count), 0)::numeric as adding,
        sum(buying_visitors_count) / nullif(sum(visitors_count), 0)::numeric as buying
    from marts.mart_experiment_daily
    where {rows}
    group by 1
    order by 1
"""
ARM_COLUMNS = {
    "arm": ("Arm of the experiment", None),
    "visitors": ("Visitors, once a day", "count"),
    "clicking": ("clicked", "ratio"),
    "adding": ("put in the cart", "ratio"),
    "buying": ("bought", "ratio"),
}
EVALUATIONS = """
    select evaluated_at, slot, algorithm, hit_rate, ndcg, coverage, steps_count as steps
    from ops.model_evaluations
    where evaluated_at = (select max(evaluated_at) from ops.model_evaluations)
    order by slot, algorithm
"""
EVALUATION_COLUMNS = {
    "evaluated_at": ("When", None),
    "slot": ("Slot", None),
    "algorithm": ("Algorithm", None),
    "hit_rate": ("Hit rate@20", "ratio"),
    "ndcg": ("nDCG@20", "score"),
    "coverage": ("Share of the catalogue shown", "ratio"),
    "steps": ("Steps", "count"),
}


def performance_by(column: str, choice: Choice) -> Listing:
    """List what came of recommendations by slot or algorithm."""
    rows = choice.rows("mart_recommendation_performance", "event_date")
    return Listing(BY.format(column=column, rows=rows), choice.parameters(), SHOWN)


def arms(choice: Choice) -> pd.DataFrame:
    """Read the arms of the experiment over the days: visitors, and the shares that clicked, added and bought."""
    return read(ARMS.format(rows=choice.rows("mart_experiment_daily", "event_date")), choice.parameters())


def page() -> None:
    """Draw the page with Streamlit. Raises MartsUnavailable."""
    choice = choose("mart_recommendation_performance", "event_date", filters=PAGE_FILTERS["recommendations"])
    tiles(TILES, choice)
    trend_card(TILES, choice, "recommendations_trend")
    slots, algorithms = (performance_by(column, choice) for column in ("recommendation_slot", "algorithm"))
    bar_cards(
        {"Click rate by slot": slots.shown(), "Click rate by algorithm": algorithms.shown()},
        "click_rate",
        "ratio",
        filters={"Click rate by slot": "recommendation_slot", "Click rate by algorithm": "algorithm"},
    )
    left, right = st.columns(2)
    table("Slots", slots, {"key": ("Slot", None), **COLUMNS}, choice.file("slots"), left)
    table("Algorithms", algorithms, {"key": ("Algorithm", None), **COLUMNS}, choice.file("algorithms"), right)
    left, right = st.columns(2)
    table("Experiment", arms(choice), ARM_COLUMNS, choice.file("experiment"), left)
    table("Newest evaluation of the model", read(EVALUATIONS), EVALUATION_COLUMNS, "model_evaluations", right)
    live_card()
