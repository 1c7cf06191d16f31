"""The Search page: what is looked for, found and clicked. Bots are left out."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bi import charts
from bi.choice import Choice
from bi.controls import choose
from bi.listing import Listing
from bi.page_parts import chart_card, tiles, trend_card
from bi.reading import read
from bi.state import t
from bi.tables import table

TILES = ("searches", "zero_result_rate", "search_click_rate", "search_conversion")

TERMS = """
    select
        search_term as term,
        sum(searches_count) as searches,
        sum(searches_without_results_count) as without_results,
        sum(searches_clicked_in_first_ten_count) / sum(searches_count)::numeric as click_rate,
        sum(refined_searches_count) as refined,
        sum(ordering_searches_count) / sum(searches_count)::numeric as conversion
    from marts.mart_search_terms
    where {rows}
    group by 1
    having {having}
    order by search_term = '(few visitors)', {order} desc, term
"""
TERM_COLUMNS = {
    "term": ("Searched for", None),
    "searches": ("Searches", "count"),
    "without_results": ("Without results", "count"),
    "click_rate": ("CTR@10", "ratio"),
    "refined": ("Searched again in other words", "count"),
    "conversion": ("Conversion", "ratio"),
}
SHOWN = 200  # rows of a table
POSITIONS = """
    select least(first_click_rank, 21) as place, sum(clicked_searches_count) as searches
    from marts.mart_search_positions
    where {rows}
    group by 1
    order by 1
"""


def terms(choice: Choice, *, without_results: bool = False) -> Listing:
    """List the search terms, the most frequent first, or those that most often found nothing."""
    having, order = "true", "searches"
    if without_results:
        having, order = "sum(searches_without_results_count) > 0", "without_results"
    rows = choice.rows("mart_search_terms", "search_date")
    return Listing(TERMS.format(rows=rows, having=having, order=order), choice.parameters(), SHOWN)


def positions(choice: Choice) -> pd.DataFrame:
    """Read how many searches had their first click at each place; all places after the 20th are place 21."""
    rows = choice.rows("mart_search_positions", "search_date")
    return read(POSITIONS.format(rows=rows), choice.parameters())


def page() -> None:
    """Draw the page with Streamlit. Raises MartsUnavailable."""
    choice = choose("mart_search_terms", "search_date")
    tiles(TILES, choice)
    left, right = st.columns([3, 2])
    trend_card(TILES, choice, "search_trend", left)
    chart_card("Place of the first click", _positions_chart(positions(choice)), right)
    left, right = st.columns(2)
    table("Most frequent searches", terms(choice), TERM_COLUMNS, choice.file("searches"), left)
    empty = terms(choice, without_results=True)
    table("Searches that found nothing", empty, TERM_COLUMNS, choice.file("searches_without_results"), right)


def _positions_chart(found: pd.DataFrame) -> charts.Drawing | None:
    if found.empty:
        return None
    named = found.assign(place=found["place"].map(lambda place: "21+" if place == 21 else f"{place:02.0f}"))
    return charts.columns(named, "place", "searches", "count", (t("place in the list"), t("Searches")))
