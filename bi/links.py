"""Links to the dashboard's pages with what is chosen on them, for who reads a report somewhere else."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from bi.filters import PAGE_FILTERS
from bi.metrics import Metric
from bi.periods import Comparison, Period
from bi.texts import Language

# mart → the page that shows metrics of it
PAGES = {
    "mart_daily_sales": "sales",
    "mart_sales_breakdown": "sales",
    "fct_order_lines": "sales",
    "fct_sessions": "behaviour",
    "mart_funnel_daily": "behaviour",
    "mart_product_performance": "products",
    "dim_products": "products",
    "fct_orders": "customers",
    "mart_customer_rfm": "customers",
    "mart_customer_value": "customers",
    "mart_search_terms": "search",
    "mart_recommendation_performance": "recommendations",
    "fct_recommendation_events": "recommendations",
    "mart_interactions_daily": "operations",
    "mart_model_runs_daily": "operations",
}


def page_of(metric: Metric) -> str:
    """Return the page of the metric's mart. Raises KeyError when no page shows it."""
    return PAGES[metric.mart]


def page_link(
    dashboard_url: str,
    page: str,
    period: Period,
    language: Language,
    *,
    comparison: Comparison = "Previous period",
    filters: Mapping[str, str] | None = None,
) -> str:
    """Return the address of a page that shows the days; filters that the page has no control for are left out."""
    chosen = {"period": "Custom", "first_day": f"{period.first_day}", "last_day": f"{period.last_day}"}
    if comparison != "Previous period":
        chosen["comparison"] = comparison
    chosen |= {name: value for name, value in (filters or {}).items() if name in PAGE_FILTERS[page]}
    if language != "en":
        chosen["language"] = language
    return f"{dashboard_url}/{page}?{urlencode(chosen)}"
