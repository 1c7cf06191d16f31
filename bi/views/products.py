"""The Products page: what is seen, carted, sold and returned, from category down to the order."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bi import charts
from bi.choice import Choice
from bi.controls import choose
from bi.filters import PAGE_FILTERS
from bi.listing import Listing
from bi.page_parts import bar_cards, chart_card, crumbs, tiles, treemap_card, trend_card
from bi.reading import read
from bi.state import choose_filter, t
from bi.tables import table

TILES = (
    "product_net_sales",
    "product_units",
    "product_views",
    "view_to_cart",
    "cart_to_buy",
    "unit_return_rate",
    "out_of_stock_rate",
    "rating",
)
TREND = ("product_net_sales", "product_units", "product_views", "view_to_cart", "product_margin")
SHOWN, SHOWN_MARGINS, SHOWN_PAIRS = 500, 20, 100  # rows of a table
LEVELS = PAGE_FILTERS["products"]  # then orders

BY = """
    select
        coalesce({key}, 'unknown') as key,
        {name} as name,
        sum(views_count) as views,
        sum(carting_sessions_count) / nullif(sum(viewing_sessions_count), 0)::numeric as view_to_cart,
        sum(buying_sessions_count) / nullif(sum(carting_sessions_count), 0)::numeric as cart_to_buy,
        sum(units_count) as units,
        sum(returned_units_count) as returned_units,
        sum(net_sales_shop_amount) as net_sales,
        sum(margin_shop_amount) as margin
    from marts.mart_product_performance
    where {rows}
    group by 1
    {having}
    order by {order}, key
"""
COLUMNS = {
    "name": ("Name", None),
    "net_sales": ("Net sales", "money"),
    "margin": ("Margin", "money"),
    "units": ("Units", "count"),
    "returned_units": ("Returned units", "count"),
    "views": ("Product views", "count"),
    "view_to_cart": ("View to cart", "ratio"),
    "cart_to_buy": ("Cart to purchase", "ratio"),
}
ORDERS = """
    select order_id, order_date, title, units_count as units, returned_units_count as returned_units,
        net_sales_shop_amount as net_sales
    from marts.fct_order_lines
    where {rows}
    order by ordered_at desc, order_line_id
"""
ORDER_COLUMNS = {
    "order_id": ("Order", None),
    "order_date": ("Day", None),
    "title": ("Product", None),
    "units": ("Units", "count"),
    "returned_units": ("Returned units", "count"),
    "net_sales": ("Net sales", "money"),
}
DOTS = """
    select
        product_id, max(title) as title, max(category) as category, sum(views_count) as views,
        sum(carting_sessions_count) / nullif(sum(viewing_sessions_count), 0)::numeric as view_to_cart,
        greatest(sum(net_sales_shop_amount), 0) as net_sales
    from marts.mart_product_performance
    where {rows}
    group by product_id
    having sum(views_count) > 0
    order by views desc
    limit 200
"""
PARTS = """
    select
        coalesce(category, 'unknown') as outer_part,
        coalesce(brand, 'unknown') as inner_part,
        sum(net_sales_shop_amount) as value
    from marts.mart_product_performance
    where {rows}
    group by 1, 2
"""
CLASSES = """
    select abc_class as key, sum(net_sales_shop_amount) as net_sales
    from marts.mart_product_performance
    where {rows}
    group by 1
"""
PAIRS = """
    select title, other_title, orders_count as orders, confidence, lift
    from marts.mart_basket_pairs
    where {rows}
    order by lift desc, orders_count desc, title, other_title
"""
PAIR_COLUMNS = {
    "title": ("With", None),
    "other_title": ("is bought", None),
    "orders": ("Orders", "count"),
    "confidence": ("Share of its orders", "ratio"),
    "lift": ("Lift", "score"),
}


def level_of(choice: Choice) -> str | None:
    """Return the column that the drill-down shows next, None at the orders of a product."""
    return next((name for name in LEVELS if name not in choice.filters), None)


def performance_by(column: str, choice: Choice) -> Listing:
    """List the chosen rows by category, brand or product, the best sellers first."""
    return _performance(column, choice, "net_sales desc", SHOWN)


def margins(choice: Choice, *, worst: bool = False) -> Listing:
    """List the products of known margin, the best first or the worst; one without a known cost is neither.

    Asked of all products: the worst margin is often that of a product which hardly sells, or only comes back.
    """
    having = "having sum(margin_shop_amount) is not null"
    return _performance("product_id", choice, f"margin {'asc' if worst else 'desc'}", SHOWN_MARGINS, having)


def parts(choice: Choice) -> pd.DataFrame:
    """Read net sales by category and brand: outer_part, inner_part, value."""
    rows = choice.rows("mart_product_performance", "activity_date")
    return read(PARTS.format(rows=rows), choice.parameters())


def _performance(column: str, choice: Choice, order: str, limit: int, having: str = "") -> Listing:
    name = "max(title)" if column == "product_id" else f"coalesce(max({column}), 'unknown')"
    rows = choice.rows("mart_product_performance", "activity_date")
    statement = BY.format(key=column, name=name, rows=rows, order=order, having=having)
    return Listing(statement, choice.parameters(), limit)


def page() -> None:
    """Draw the page with Streamlit. Raises MartsUnavailable."""
    choice = choose("mart_product_performance", "activity_date", filters=LEVELS)
    tiles(TILES, choice)
    trend_card(TREND, choice, "products_trend")
    treemap_card(
        "Net sales by category and brand",
        parts(choice),
        choice.shown_currency,
        note="As wide as the category, as high as the brand within it. Click to go down.",
        filters=("category", "brand"),
    )
    _drill_down(choice)

    rows = choice.rows("mart_product_performance", "activity_date")
    left, right = st.columns([3, 2])
    dots = read(DOTS.format(rows=rows), choice.parameters())
    note = "One dot per product, sized by its net sales. Bottom right: often seen, seldom put in the cart."
    chart_card("Views and carts", None if dots.empty else charts.views_and_conversion(dots, t), left, note)
    with right:
        bar_cards(
            {"Net sales by ABC class": read(CLASSES.format(rows=rows), choice.parameters())}, "net_sales", "money"
        )
    left, right = st.columns(2)
    table("Best margin", margins(choice), COLUMNS, choice.file("best_products"), left)
    table("Worst margin", margins(choice, worst=True), COLUMNS, choice.file("worst_products"), right)
    pairs = Listing(PAIRS.format(rows=choice.rows("mart_basket_pairs", None)), choice.parameters(), SHOWN_PAIRS)
    table("Bought together within a year", pairs, PAIR_COLUMNS, "bought_together")


def _drill_down(choice: Choice) -> None:
    level = level_of(choice)
    crumbs(LEVELS, choice)
    if level is None:
        rows = choice.rows("fct_order_lines", "order_date")
        orders = Listing(ORDERS.format(rows=rows), choice.parameters(), SHOWN)
        table("Orders", orders, ORDER_COLUMNS, choice.file("orders"))
        return
    listing = performance_by(level, choice)
    frame = listing.shown()
    titles = {"category": "Categories", "brand": "Brands", "product_id": "Products"}
    table(
        titles[level],
        listing,
        COLUMNS,
        choice.file(f"by_{level}"),
        on_row=lambda place: choose_filter(level, str(frame["key"].iloc[place])),
    )
    st.caption(t("Click the box of a row to go down: category, brand, product, orders."))
