"""The Sales page: gross to net sales, by day, hour, category, country and channel."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bi import charts
from bi.choice import Choice
from bi.controls import choose
from bi.filters import PAGE_FILTERS
from bi.metrics import load_metrics
from bi.net_sales import net_sales_by
from bi.page_parts import bar_cards, chart_card, tiles, trend_card
from bi.reading import daily, read, totals
from bi.sales_breakdown import narrowed_lines
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


def orders_by_hour(choice: Choice) -> pd.DataFrame:
    """Read orders by weekday (1 is Monday) and hour in the shop's time zone."""
    rows = choice.rows("fct_orders", "order_date")
    if "category" in choice.filters:
        rows += f" and order_id in (select order_id from ({narrowed_lines(choice)}) as lines)"
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
    choice = choose("mart_daily_sales", "sales_date", with_currency=True, filters=PAGE_FILTERS["sales"])
    tiles(TILES, choice)

    trend_card(TREND, choice, "sales_trend")

    left, right = st.columns(2)
    steps = bridge_steps(totals([metrics[name] for name in BRIDGE], choice, choice.period))
    chart_card(
        "From gross to net", charts.bridge(steps.assign(step=steps["step"].map(t)), choice.shown_currency, t), left
    )
    chart_card("Orders by hour and weekday", charts.week_heat(orders_by_hour(choice), t), right)

    bar_cards(
        {
            "Net sales by category": net_sales_by("category", choice, read),
            "by country": net_sales_by("country_code", choice, read),
            "by sales channel": net_sales_by("source_name", choice, read),
        },
        "net_sales",
        "money",
        filters={
            "Net sales by category": "category",
            "by country": "country_code",
            "by sales channel": "source_name",
        },
    )
    days = daily([metrics[name] for name in (*BRIDGE, "orders", "units")], choice, choice.period)
    newest_first = days.sort_values("day", ascending=False)
    table("Day by day", newest_first, DAYS, choice.file("sales"), currency=choice.shown_currency)
