"""The marts that Tableau reads, each with its caption."""

from __future__ import annotations

MARTS = {
    "mart_daily_sales": "Daily sales",
    "mart_sales_breakdown": "Sales by category, country and channel",
    "fct_orders": "Orders",
    "fct_sessions": "Sessions",
    "mart_funnel_daily": "Funnel",
    "mart_product_performance": "Product performance",
    "mart_customer_rfm": "Customers today",
    "mart_search_terms": "Searches",
    "mart_recommendation_performance": "Recommendations",
    "mart_model_runs_daily": "Model runs",
}
