"""The Sales page: gross to net sales, by day, hour, category, country and channel."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bi import charts
from bi.choice import Choice
from bi.controls import choose
from bi.metrics import load_metrics
from bi.page_parts import bar_cards, chart_card, tiles, trend_card
from bi.reading import daily, read, totals
from bi.state import t
from bi.tables import table
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

# each movement on the day it happened, as in the tile, so that the parts add up to it
BY = """
    with moved as (
        select order_id, product_id, gross_sales_{amount} - discounts_{amount} as net_sales
        from marts.fct_order_lines where {ordered}
        union all
        select order_id, product_id, -returns_{amount} from marts.fct_refund_lines where {refunded}
        union all
        select lines.order_id, lines.product_id, -lines.cancellations_{amount}
        from marts.fct_orders as orders
        inner join marts.fct_order_lines as lines on orders.order_id = lines.order_id
        where {cancelled}
    )

    select coalesce({column}, 'unknown') as key, sum(moved.net_sales) as net_sales
    from moved
    left join marts.fct_orders as orders on moved.order_id = orders.order_id
    left join marts.dim_products as products on moved.product_id = products.product_id
    group by 1
"""
BY_HOUR = """
    select
        extract(isodow from ordered_at at time zone '{zone}') as weekday,
        extract(hour from ordered_at at time zone '{zone}') as hour,
        count(*) as orders
    from marts.fct_orders
    where {rows}
    group by 1, 2
"""
DAYS = {
    "day": ("Day", None),
    "gross_sales": ("Gross sales", "money"),
    "discounts": ("Discounts", "money"),
    "returns": ("Returns", "money"),
    "cancellations": ("Cancellations", "money"),
    "net_sales": ("Net sales", "money"),
    "orders": ("Orders", "count"),
    "units": ("Units", "count"),
}


def net_sales_by(column: str, choice: Choice) -> pd.DataFrame:
    """Read net sales by a column of the order or the product (`orders.…`, `products.…`): key, net_sales."""
    return read(net_sales_statement(column, choice), choice.parameters())


def net_sales_statement(column: str, choice: Choice) -> str:
    """Return the SQL of `net_sales_by`."""
    return BY.format(
        amount=choice.amount,
        column=column,
        ordered=choice.rows("fct_order_lines", "order_date"),
        refunded=choice.rows("fct_refund_lines", "refund_date"),
        cancelled=choice.rows("fct_orders", "cancellation_date", "orders."),
    )


def orders_by_hour(choice: Choice) -> pd.DataFrame:
    """Read orders by weekday (1 is Monday) and hour in the shop's time zone."""
    rows = choice.rows("fct_orders", "order_date")
    return read(BY_HOUR.format(rows=rows, zone=get_settings().shop_timezone), choice.parameters())


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
    choice = choose("mart_daily_sales", "sales_date", with_currency=True)
    tiles(TILES, choice)

    trend_card(TREND, choice, "sales_trend")

    left, right = st.columns(2)
    steps = bridge_steps(totals([metrics[name] for name in BRIDGE], choice, choice.period))
    chart_card("From gross to net", charts.bridge(steps.assign(step=steps["step"].map(t)), choice.shown_currency), left)
    chart_card("Orders by hour and weekday", charts.week_heat(orders_by_hour(choice)), right)

    bar_cards(
        {
            "Net sales by category": net_sales_by("products.category", choice),
            "by country": net_sales_by("orders.country_code", choice),
            "by channel": net_sales_by("orders.source_name", choice),
        },
        "net_sales",
        "money",
        filters={"Net sales by category": "category", "by country": "country_code"},
    )
    days = daily([metrics[name] for name in (*BRIDGE, "orders", "units")], choice, choice.period)
    table("Day by day", days.sort_values("day", ascending=False), DAYS, choice.file("sales"))
