"""The Sales page: gross to net sales, by day, hour, category, country and channel."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bi import charts
from bi.metrics import load_metrics
from bi.page_parts import Choice, bar_cards, card, choose, daily, download, read, tiles, totals, trend_card
from comptoir.settings import get_settings

TILES = (
    "net_sales",
    "orders",
    "average_order_value",
    "units",
    "gross_sales",
    "margin_rate",
    "discount_rate",
    "return_rate",
)
BRIDGE = ("gross_sales", "discounts", "returns", "cancellations", "net_sales")
TREND = ("net_sales", "gross_sales", "orders", "units", "average_order_value")

# by order date, because an order is what has a country and a channel
BY_ORDER = """
    select coalesce({column}, 'unknown') as key, sum(net_sales_{amount}) as net_sales
    from marts.fct_orders
    where order_date between %(first_day)s and %(last_day)s {in_currency}
    group by 1
"""
BY_CATEGORY = """
    with lines as (
        select product_id, net_sales_{amount} as net_sales
        from marts.fct_order_lines
        where order_date between %(first_day)s and %(last_day)s {in_currency}
    )

    select coalesce(products.category, 'unknown') as key, sum(lines.net_sales) as net_sales
    from lines
    left join marts.dim_products as products on lines.product_id = products.product_id
    group by 1
"""
BY_HOUR = """
    select
        extract(isodow from ordered_at at time zone '{zone}') as weekday,
        extract(hour from ordered_at at time zone '{zone}') as hour,
        count(*) as orders
    from marts.fct_orders
    where order_date between %(first_day)s and %(last_day)s {in_currency}
    group by 1, 2
"""


def breakdown(template: str, choice: Choice, **words: str) -> pd.DataFrame:
    """Read one of the statements above for the chosen days and currency."""
    in_currency = "and currency = %(currency)s" if choice.currency else ""
    amount = "amount" if choice.currency else "shop_amount"
    statement = template.format(amount=amount, in_currency=in_currency, **words)
    return read(statement, choice.period, choice.currency)


def bridge_steps(figures: dict[str, float | None]) -> pd.DataFrame:
    """Return the steps from gross sales down to net sales, each beginning where the last one ended."""
    gross = figures["gross_sales"] or 0.0
    rows, level = [("Gross sales", gross, 0.0, gross, "total")], gross
    for name in ("discounts", "returns", "cancellations"):
        less = figures[name] or 0.0
        rows.append((name.capitalize(), -less, level, level - less, "less"))
        level -= less
    rows.append(("Net sales", level, 0.0, level, "total"))
    frame = pd.DataFrame(rows, columns=["step", "amount", "from", "to", "kind"])
    return frame.assign(top=frame[["from", "to"]].max(axis=1))


def page() -> None:
    """Draw the page with Streamlit. Raises MartsUnavailable."""
    metrics = load_metrics()
    st.title("Sales")
    choice = choose("mart_daily_sales", "sales_date", with_currency=True)
    tiles(TILES, choice)

    trend_card(TREND, choice, "sales_trend")

    left, right = st.columns(2)
    with card("bridge", left):
        st.subheader("From gross to net")
        figures = totals([metrics[name] for name in BRIDGE], choice.period, choice.currency)
        st.altair_chart(charts.bridge(bridge_steps(figures), choice.shown_currency))
    with card("hours", right):
        st.subheader("Orders by hour and weekday")
        st.altair_chart(charts.week_heat(breakdown(BY_HOUR, choice, zone=get_settings().shop_timezone)))

    bar_cards(
        {
            "Net sales by category": breakdown(BY_CATEGORY, choice),
            "by country": breakdown(BY_ORDER, choice, column="country_code"),
            "by channel": breakdown(BY_ORDER, choice, column="source_name"),
        },
        "net_sales",
        "money",
    )

    table = daily([metrics[name] for name in (*BRIDGE, "orders", "units")], choice.period, choice.currency)
    with st.expander("Day by day"):
        st.dataframe(table.sort_values("day", ascending=False), hide_index=True)
    download("Days as CSV", table, f"sales_{choice.period.first_day}_{choice.period.last_day}")
