"""The Customers page: who is new, who comes back, who is lost, and what they are worth. Guests are left out."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bi import charts
from bi.choice import Choice
from bi.controls import choose
from bi.filters import PAGE_FILTERS
from bi.page_parts import chart_card, tiles, trend_card
from bi.reading import read
from bi.state import t
from bi.tables import table

TILES = (
    "new_customers",
    "active_customers",
    "returning_order_rate",
    "customer_net_sales",
    "churned_customer_rate",
    "predicted_value",
)
TREND = ("new_customers", "active_customers", "returning_order_rate", "customer_net_sales")

RFM = """
    select recency_score, frequency_score, count(*) as customers
    from marts.mart_customer_rfm
    group by 1, 2
"""
SEGMENTS = """
    select segment, count(*) as customers, sum(net_sales_shop_amount) as net_sales,
        avg(recency_days) as mean_recency_days, avg(orders_count) as mean_orders
    from marts.mart_customer_rfm
    group by 1
    order by net_sales desc
"""
SEGMENT_COLUMNS = {
    "segment": ("Segment", None),
    "customers": ("Customers", "count"),
    "net_sales": ("Net sales", "money"),
    "mean_recency_days": ("Days since the last order", "score"),
    "mean_orders": ("Orders per customer", "score"),
}
COHORTS = """
    select to_char(cohort_start_date, 'YYYY-MM') as cohort, months_since_first as month, customers_count as customers,
        retention_rate as retention, cumulative_net_sales_shop_amount as net_sales
    from marts.mart_customer_cohorts
    where cohort_start_date > (select max(cohort_start_date) from marts.mart_customer_cohorts) - interval '13 months'
    order by 1, 2
"""
COHORT_COLUMNS = {
    "cohort": ("Month of the first order", None),
    "month": ("Months since", "count"),
    "customers": ("Customers", "count"),
    "retention": ("Came back", "ratio"),
    "net_sales": ("Net sales until then", "money"),
}
NEW_AND_RETURNING = """
    select
        order_date as day,
        case when customer_pseudonym is null then 'guest' when is_first_order then 'new' else 'returning' end as part,
        sum(net_sales_shop_amount) as value
    from marts.fct_orders
    where {rows}
    group by 1, 2
    order by 1, 2
"""


def new_and_returning(choice: Choice) -> pd.DataFrame:
    """Read net sales, as they stand now, by day of the order and kind of customer: day, part, value."""
    return read(NEW_AND_RETURNING.format(rows=choice.rows("fct_orders", "order_date")), choice.parameters())


def page() -> None:
    """Draw the page with Streamlit. Raises MartsUnavailable."""
    choice = choose("fct_orders", "order_date", filters=PAGE_FILTERS["customers"])
    tiles(TILES, choice)
    trend_card(TREND, choice, "customers_trend")

    parts = new_and_returning(choice)
    words = (t("Day"), t("Customers"), t("Net sales"))
    chart_card(
        "Net sales of new and returning customers",
        charts.stacked_days(parts.assign(part=parts["part"].map(t)), "money", choice.shown_currency, words, t),
        note="By day of the order, as the orders stand now.",
    )
    left, right = st.columns(2)
    titles = (t("frequency, 5 is best"), t("recency, 5 is best"), t("Customers"))
    grid = charts.grid(read(RFM), "frequency_score", "recency_score", "customers", "count", titles)
    chart_card("Customers by recency and frequency", grid, left, "As of the newest order, all countries.")
    cohorts = read(COHORTS)
    retention = charts.grid(
        cohorts,
        "month",
        "cohort",
        "retention",
        "ratio",
        (t("months since the first order"), t("cohort"), t("Came back")),
    )
    chart_card("Share of a month's new customers who came back", retention, right, "All countries.")
    left, right = st.columns(2)
    table("Segments", read(SEGMENTS), SEGMENT_COLUMNS, "segments", left)
    table("Cohorts", cohorts, COHORT_COLUMNS, "cohorts", right)
