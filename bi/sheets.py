"""What the pages of the Tableau workbook and of the Power BI report show: one metric over one column each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Sheet:
    """One metric over a column: `mark` is Line over the days of a date, or Bar over the values of a text."""

    title: str
    mart: str
    metric: str
    over: str
    mark: Literal["Line", "Bar"]


# a dashboard for each page: its first sheet across the top, the others side by side below
PAGES = {
    "Sales": (
        Sheet("Net sales by day", "mart_sales_breakdown", "net_sales", "sales_date", "Line"),
        Sheet("Orders by day", "mart_daily_sales", "orders", "sales_date", "Line"),
        Sheet("Net sales by country", "mart_sales_breakdown", "net_sales", "country_code", "Bar"),
        Sheet("Return rate by category", "mart_sales_breakdown", "return_rate", "category", "Bar"),
    ),
    "Behaviour": (
        Sheet("Sessions by day", "mart_funnel_daily", "sessions", "session_date", "Line"),
        Sheet("Conversion by channel", "mart_funnel_daily", "session_conversion", "channel", "Bar"),
        Sheet("Cart abandonment by device", "mart_funnel_daily", "cart_abandonment", "device_type", "Bar"),
        Sheet("Funnel by channel", "mart_funnel_daily", "funnel_conversion", "channel", "Bar"),
    ),
    "Products": (
        Sheet("Net sales by category", "mart_product_performance", "product_net_sales", "category", "Bar"),
        Sheet("Product views by day", "mart_product_performance", "product_views", "activity_date", "Line"),
        Sheet("View to cart by category", "mart_product_performance", "view_to_cart", "category", "Bar"),
        Sheet("Returned units by brand", "mart_product_performance", "unit_return_rate", "brand", "Bar"),
    ),
    "Customers": (
        Sheet("New customers by day", "fct_orders", "new_customers", "order_date", "Line"),
        Sheet("Active customers by day", "fct_orders", "active_customers", "order_date", "Line"),
        Sheet("Returning orders by country", "fct_orders", "returning_order_rate", "country_code", "Bar"),
        Sheet("Silent customers by segment", "mart_customer_rfm", "churned_customer_rate", "segment", "Bar"),
    ),
    "Search": (
        Sheet("Searches by day", "mart_search_terms", "searches", "search_date", "Line"),
        Sheet("Searches without results by day", "mart_search_terms", "zero_result_rate", "search_date", "Line"),
        Sheet("Searches by term", "mart_search_terms", "searches", "search_term", "Bar"),
    ),
    "Recommendations": (
        Sheet("CTR by day", "mart_recommendation_performance", "recommendation_click_rate", "event_date", "Line"),
        Sheet(
            "CTR by slot", "mart_recommendation_performance", "recommendation_click_rate", "recommendation_slot", "Bar"
        ),
        Sheet("Net sales by algorithm", "mart_recommendation_performance", "recommended_net_sales", "algorithm", "Bar"),
    ),
    "Operations": (
        Sheet("Seconds of dbt by day", "mart_model_runs_daily", "model_seconds", "run_date", "Line"),
        Sheet("Failed model runs by day", "mart_model_runs_daily", "failed_model_rate", "run_date", "Line"),
        Sheet("Seconds by model", "mart_model_runs_daily", "model_seconds", "model_name", "Bar"),
    ),
}
SHEETS = tuple(sheet for sheets in PAGES.values() for sheet in sheets)
# what every sheet can be filtered by, besides its days, where its mart has the column
FILTERED = (
    "channel",
    "device_type",
    "category",
    "brand",
    "country_code",
    "source_name",
    "currency",
    "recommendation_slot",
    "algorithm",
)
