"""The Behaviour page: what visitors do between landing and order. Bots are left out."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bi import charts
from bi.metrics import load_metrics
from bi.page_parts import Choice, bar_cards, card, choose, daily, download, read, tiles, trend_card

TILES = (
    "sessions",
    "visitors",
    "session_conversion",
    "revenue_per_session",
    "add_to_cart_rate",
    "cart_abandonment",
    "product_views",
    "view_to_cart",
)
TREND = ("sessions", "session_conversion", "add_to_cart_rate", "revenue_per_session", "product_views")

# closed: a session counts for a step only when it did every step before
FUNNEL = """
    select
        count(*) as all_sessions,
        count(*) filter (where has_product_view) as saw_product,
        count(*) filter (where has_product_view and has_cart) as filled_cart,
        count(*) filter (where has_product_view and has_cart and has_checkout) as checked_out,
        count(*) filter (where has_product_view and has_cart and has_checkout and has_order) as ordered
    from marts.fct_sessions
    where not is_bot and session_date between %(first_day)s and %(last_day)s
"""
STEPS = ("Session", "Product seen", "Product in the cart", "Checkout started", "Order completed")

BY_SESSION = """
    select
        coalesce({column}, '{missing}') as key,
        count(*) as sessions,
        count(*) filter (where has_order) / count(*)::numeric as conversion
    from marts.fct_sessions
    where not is_bot and session_date between %(first_day)s and %(last_day)s
    group by 1
    order by 2 desc
    limit 10
"""
PRODUCTS = """
    select
        product_id, max(title) as title, max(category) as category,
        sum(views_count) as views, sum(carts_count) as carts, sum(units_count) as units,
        sum(carting_sessions_count) / nullif(sum(viewing_sessions_count), 0)::numeric as view_to_cart,
        sum(net_sales_shop_amount) as net_sales
    from marts.mart_product_performance
    where activity_date between %(first_day)s and %(last_day)s
    group by product_id
    having sum(views_count) > 0
    order by views desc
    limit 200
"""


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


def by_session(column: str, choice: Choice, missing: str = "unknown") -> pd.DataFrame:
    """Read sessions and conversion by an SQL expression on fct_sessions; the ten keys with the most sessions."""
    return read(BY_SESSION.format(column=column, missing=missing), choice.period)


def page() -> None:
    """Draw the page with Streamlit. Raises MartsUnavailable."""
    metrics = load_metrics()
    st.title("Behaviour")
    choice = choose("fct_sessions", "session_date", with_currency=False)
    tiles(TILES, choice)

    left, right = st.columns([3, 2])
    trend_card(TREND, choice, "behaviour_trend", left)
    with card("funnel", right):
        st.subheader("From visit to order")
        st.altair_chart(charts.funnel(funnel_steps(read(FUNNEL, choice.period).iloc[0])))

    bar_cards(
        {
            "Sessions by device": by_session("device_type", choice),
            "by source": by_session("coalesce(campaign_source, referrer_host)", choice, missing="direct"),
            "by landing page": by_session("landing_path", choice),
        },
        "sessions",
        "count",
    )

    products = read(PRODUCTS, choice.period)
    with card("products"):
        st.subheader("Products: views and carts")
        st.caption("One dot per product, sized by its net sales. Bottom right: often seen, seldom put in the cart.")
        st.altair_chart(charts.views_and_conversion(products))
    days = daily([metrics[name] for name in TILES[:6]], choice.period, None)
    name = f"{choice.period.first_day}_{choice.period.last_day}"
    with st.container(horizontal=True):
        download("Days as CSV", days, f"behaviour_{name}")
        download("Products as CSV", products, f"products_{name}")
