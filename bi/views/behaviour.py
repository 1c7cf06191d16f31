"""The Behaviour page: what visitors do between landing and order. Bots are left out."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bi import charts
from bi.choice import Choice
from bi.controls import choose
from bi.filters import PAGE_FILTERS
from bi.listing import Listing
from bi.metrics import load_metrics
from bi.page_parts import bar_cards, chart_card, tiles, trend_card
from bi.reading import daily, read
from bi.state import t
from bi.tables import table

TILES = (
    "sessions",
    "visitors",
    "session_conversion",
    "revenue_per_session",
    "add_to_cart_rate",
    "cart_abandonment",
    "funnel_conversion",
    "checkout_completion",
)
TREND = ("sessions", "session_conversion", "add_to_cart_rate", "cart_abandonment", "revenue_per_session")

# closed: a session counts for a step only when it did every step before
FUNNEL = """
    select
        coalesce(sum(sessions_count), 0) as all_sessions,
        coalesce(sum(viewing_sessions_count), 0) as saw_product,
        coalesce(sum(carting_sessions_count), 0) as filled_cart,
        coalesce(sum(checkout_sessions_count), 0) as checked_out,
        coalesce(sum(ordering_sessions_count), 0) as ordered
    from marts.mart_funnel_daily
    where {rows}
"""
STEPS = ("Session", "Product seen", "Product in the cart", "Checkout started", "Order completed")

BY_SESSION = """
    select
        {column} as key,
        sum(sessions_count) as sessions,
        sum(sessions_with_order_count) as orders,
        sum(sessions_with_order_count) / sum(sessions_count)::numeric as conversion,
        sum(net_sales_shop_amount) as net_sales
    from marts.mart_funnel_daily
    where {rows}
    group by 1
    order by 2 desc, 1
"""
LANDINGS = """
    select
        landing_page as key,
        sum(sessions_count) as sessions,
        sum(ordering_sessions_count) as orders,
        sum(ordering_sessions_count) / sum(sessions_count)::numeric as conversion,
        sum(net_sales_shop_amount) as net_sales
    from marts.mart_landing_pages
    where {rows}
    group by 1
    order by landing_page = '(few visitors)', 2 desc, 1
"""
SHOWN = 100  # rows of a table
KEYS = {
    "sessions": ("Sessions", "count"),
    "orders": ("Sessions with an order", "count"),
    "conversion": ("Conversion", "ratio"),
    "net_sales": ("Net sales", "money"),
}


def funnel_steps(counts: pd.Series) -> pd.DataFrame:
    """Return the five counts of `FUNNEL` with their shares of all sessions and of the step before."""
    sessions = [float(count) for count in counts]
    before = [sessions[0], *sessions[:-1]]
    return pd.DataFrame(
        {
            "step": STEPS,
            "sessions": sessions,
            "of_all": [count / sessions[0] if sessions[0] else 0.0 for count in sessions],
            "of_last": [count / last if last else 0.0 for count, last in zip(sessions, before, strict=True)],
        }
    )


def funnel(choice: Choice) -> pd.DataFrame:
    """Read the funnel of the chosen visits."""
    rows = choice.rows("mart_funnel_daily", "session_date")
    return funnel_steps(read(FUNNEL.format(rows=rows), choice.parameters()).iloc[0])


def by_session(column: str, choice: Choice) -> Listing:
    """List sessions and what came of them by device_type or channel, those with the most first."""
    rows = choice.rows("mart_funnel_daily", "session_date")
    return Listing(BY_SESSION.format(column=column, rows=rows), choice.parameters(), SHOWN)


def landing_pages(choice: Choice) -> Listing:
    """List sessions and what came of them by the page they began on, the pages with the most sessions first."""
    rows = choice.rows("mart_landing_pages", "session_date")
    return Listing(LANDINGS.format(rows=rows), choice.parameters(), SHOWN)


def page() -> None:
    """Draw the page with Streamlit. Raises MartsUnavailable."""
    metrics = load_metrics()
    choice = choose("mart_funnel_daily", "session_date", filters=PAGE_FILTERS["behaviour"])
    tiles(TILES, choice)

    left, right = st.columns([3, 2])
    trend_card(TREND, choice, "behaviour_trend", left)
    steps = funnel(choice)
    chart_card("From visit to order", charts.funnel(steps.assign(step=steps["step"].map(t)), t), right)

    channels = by_session("channel", choice)
    pages = landing_pages(choice)
    bar_cards(
        {
            "Sessions by device": by_session("device_type", choice).shown(),
            "by channel": channels.shown(),
            "by landing page": pages.shown(),
        },
        "sessions",
        "count",
        filters={"Sessions by device": "device_type", "by channel": "channel"},
    )
    left, right = st.columns(2)
    table("Channels", channels, {"key": ("Channel", None), **KEYS}, choice.file("channels"), left)
    table("Landing pages", pages, {"key": ("Page", None), **KEYS}, choice.file("landing_pages"), right)
    days = daily([metrics[name] for name in TILES], choice, choice.period)
    columns = {name: (metrics[name].label, metrics[name].unit) for name in TILES}
    table(
        "Day by day",
        days.sort_values("day", ascending=False),
        {"day": ("Day", None), **columns},
        choice.file("behaviour"),
    )
