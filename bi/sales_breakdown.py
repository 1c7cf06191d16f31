"""Sales by category, country and sales channel: what `mart_daily_sales` has by day and currency, and adds up to.

Amounts of sales are metrics of `mart_sales_breakdown` itself. Orders do not add up over its categories, so their
metrics are of `mart_daily_sales`, and narrowed by the breakdown. What a line earned is narrowed on the lines,
with the category of their product and the country and channel of their order.
"""

from __future__ import annotations

from bi.choice import Choice
from bi.metrics import same_value

NARROWED_BY = ("category", "country_code", "source_name")
KNOWN = {"category": "products", "country_code": "orders", "source_name": "orders"}
AMOUNTS = ("gross_sales", "discounts", "returns", "cancellations", "net_sales")
# the columns that the breakdown shares with mart_daily_sales
COLUMNS = {
    *(f"{name}_{side}" for name in AMOUNTS for side in ("amount", "shop_amount")),
    "sales_date",
    "currency",
    "orders_count",
    "sales_orders_count",
    "units_count",
}
# asked for one category, an order counts with its goods of it; asked for all of them, once
ROWS = """
    select {others}, {of}orders_count as orders_count, {of}sales_orders_count as sales_orders_count
    from marts.mart_sales_breakdown
    where {rows}
"""
LINES = """
    select lines.*
    from marts.fct_order_lines as lines
    left join marts.fct_orders as orders on lines.order_id = orders.order_id
    left join marts.dim_products as products on lines.product_id = products.product_id
    where {rows} and {conditions}
"""


def narrowed_sales(choice: Choice) -> str:
    """Return the SQL of the period's sales, narrowed by the filters: `COLUMNS`, in rows of the breakdown."""
    others = sorted(COLUMNS - {"orders_count", "sales_orders_count"})
    return ROWS.format(
        others=", ".join(others),
        of="category_" if "category" in choice.filters else "",
        rows=choice.rows("mart_sales_breakdown", "sales_date"),
    )


def narrowed_lines(choice: Choice) -> str:
    """Return the SQL of the rows of fct_order_lines, by the day of the order, narrowed by the filters."""
    rows = choice.rows("fct_order_lines", "order_date", "lines.", own=False)
    conditions = [same_value(name, f"{KNOWN[name]}.") for name in NARROWED_BY if name in choice.filters]
    return LINES.format(rows=rows, conditions=" and ".join(conditions) or "true")
