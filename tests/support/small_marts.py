"""Marts filled by hand for the dashboard's tests: figures small enough to count."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from bi.periods import last_days
from tests.support.marts import create_marts, insert
from tests.support.planted_days import planted_days

LAST_DAY = date(2026, 3, 28)
LANDINGS = 130  # more than a page shows


def _sales_day(
    day: date, currency: str, gross: int, discounts: int, returns: int, cancelled: int, orders: int
) -> dict[str, Any]:
    """A row of mart_daily_sales; two dollars are one euro."""
    row: dict[str, Any] = {"sales_date": day, "currency": currency, "shop_currency": "EUR", "orders_count": orders}
    row |= {"units_count": orders * 2, "sales_orders_count": orders}
    for suffix, rate in (("amount", 1), ("shop_amount", 2 if currency == "USD" else 1)):
        parts = {"gross_sales": gross, "discounts": discounts, "returns": returns, "cancellations": cancelled}
        row |= {f"{name}_{suffix}": Decimal(value) / rate for name, value in parts.items()}
        net = Decimal(gross - discounts - returns - cancelled) / rate
        row |= {f"net_sales_{suffix}": net, f"total_sales_{suffix}": net}
    return row


def _in_parts(sales: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same as rows of mart_sales_breakdown: phones from the till, but for one laptop on the web on the last day."""
    rows = []
    for day in sales:
        shared = {name: value for name, value in day.items() if not name.startswith("total_sales")}
        orders = {"category_orders_count": day["orders_count"], "category_sales_orders_count": day["orders_count"]}
        phones = shared | orders | {"category": "Phones", "country_code": "FR", "source_name": "pos"}
        if (day["sales_date"], day["currency"]) == (LAST_DAY, "EUR"):
            laptop = {"category": "Laptops", "country_code": "FR", "source_name": "web", "units_count": 1}
            laptop |= {name: 1 for name in phones if name.endswith("orders_count")}
            laptop |= {name: 100 for name in phones if name.startswith(("gross_sales", "net_sales"))}
            rows.append({"sales_date": LAST_DAY, "currency": "EUR", "shop_currency": "EUR"} | laptop)
            phones |= {name: phones[name] - value for name, value in laptop.items() if isinstance(value, int)}
        rows.append(phones)
    return rows


def _session(number: int, day: date, steps: int, *, bot: bool = False, **more: Any) -> dict[str, Any]:
    """A visit that took the first `steps` of: product seen, cart, checkout, order."""
    names = ("has_product_view", "has_cart", "has_checkout", "has_order")
    row = {"session_id": str(number), "visitor_id": f"v{number % 3}", "session_date": day, "is_bot": bot}
    row |= {"device_type": "mobile", "landing_path": "/", "events_count": 1}
    row |= {"net_sales_shop_amount": 100 if steps == 4 else 0, "funnel_step": steps + 1}
    return row | {name: place < steps for place, name in enumerate(names)} | more


def make_small_marts(url: str) -> None:
    """28 days and the 28 before: net sales of 60 euros a day, then of 80; from visit to order 10, 6, 4, 2, 1."""
    create_marts(
        url,
        "mart_daily_sales",
        "mart_sales_breakdown",
        "mart_product_performance",
        "fct_orders",
        "fct_order_lines",
        "fct_sessions",
        "fct_recommendation_events",
        "mart_interactions_daily",
        "mart_funnel_daily",
        "mart_landing_pages",
        "mart_search_terms",
        "mart_search_positions",
        "mart_basket_pairs",
        "mart_customer_rfm",
        "mart_customer_value",
        "mart_customer_cohorts",
        "mart_recommendation_performance",
        "mart_experiment_daily",
        "mart_model_runs_daily",
        "dim_products",
        "dim_days",
    )
    now, before = last_days(LAST_DAY, 28), last_days(LAST_DAY, 56)
    days = pd.date_range(before.first_day, LAST_DAY).date
    earlier = [_sales_day(day, "EUR", 100, 10, 20, 10, 4) for day in days if day < now.first_day]
    euros = [_sales_day(day, "EUR", 100, 10, 20, 10, 5) for day in days if day >= now.first_day]
    dollars = [_sales_day(day, "USD", 40, 0, 0, 0, 1) for day in days if day >= now.first_day]
    sales = [*earlier, *euros, *dollars]
    insert(url, "mart_daily_sales", sales)
    insert(url, "mart_sales_breakdown", _in_parts(sales))
    steps = [0, 0, 0, 0, 1, 1, 2, 2, 3, 4]
    insert(url, "fct_sessions", [_session(number, LAST_DAY, step) for number, step in enumerate(steps)])
    insert(url, "fct_sessions", [_session(99, LAST_DAY, 4, bot=True)])
    funnel = {"session_date": LAST_DAY, "device_type": "mobile", "channel": "Direct", "sessions_count": 10}
    counts = {"viewing_sessions_count": 6, "carting_sessions_count": 4, "checkout_sessions_count": 2}
    came = {"sessions_with_cart_count": 4, "sessions_with_order_count": 1, "abandoned_carts_count": 3}
    ends = {"ordering_sessions_count": 1, "net_sales_shop_amount": 100}
    insert(url, "mart_funnel_daily", [funnel | counts | came | ends])
    landing = {"session_date": LAST_DAY, "sessions_count": 1}
    insert(url, "mart_landing_pages", [landing | {"landing_page": f"/page/{number}"} for number in range(LANDINGS)])
    searched = {"search_date": LAST_DAY, "search_term": "laptop", "searches_count": 4, "sessions_count": 4}
    insert(url, "mart_search_terms", [searched | {"visitors_count": 3, "searches_without_results_count": 1}])
    shown = {"event_date": LAST_DAY, "recommendation_slot": "home", "algorithm": "model", "shown_count": 50}
    insert(url, "mart_recommendation_performance", [shown | {"clicked_count": 5, "visitors_count": 9}])
    ran = {"run_date": LAST_DAY, "schema_name": "marts", "model_name": "fct_orders", "runs_count": 4}
    insert(url, "mart_model_runs_daily", [ran | {"failed_runs_count": 1, "total_seconds": 8, "longest_seconds": 3}])
    seen = {"interaction_date": LAST_DAY, "interaction_type": "view", "interactions_count": 1}
    insert(url, "mart_interactions_daily", [seen])
    note = {"day_date": LAST_DAY, "week_start_date": LAST_DAY, "month_start_date": LAST_DAY, "weekday_number": 6}
    insert(url, "dim_days", [note | {"note": "Spring fair"}])
    insert(
        url,
        "dim_products",
        [{"product_id": "1", "title": "Slim 14", "brand": "Norvane", "category": "Laptops", "is_published": True,
          "rating": Decimal("4.5"), "rating_count": 12, "abc_class": "A"}],
    )  # fmt: skip
    insert(
        url,
        "fct_orders",
        [
            {
                "order_id": "1",
                "order_date": LAST_DAY,
                "ordered_at": datetime.fromisoformat("2026-03-28T23:30+01:00"),
                "country_code": "FR",
                "source_name": "web",
                "lines_count": 2,
                "currency": "EUR",
                "net_sales_amount": 0,
            }
        ],
    )
    insert(
        url,
        "fct_order_lines",
        [
            {
                "order_line_id": "1",
                "order_id": "1",
                "product_id": "1",
                "order_date": LAST_DAY,
                "currency": "EUR",
                "gross_sales_amount": 100,
                "net_sales_amount": 100,
                "gross_sales_shop_amount": 100,
                "net_sales_shop_amount": 100,
                "cost_shop_amount": 70,
                "margin_shop_amount": 30,
                "units_count": 1,
                "kept_units_count": 1,
            },
            {
                "order_line_id": "2",
                "order_id": "1",
                "product_id": "2",
                "order_date": LAST_DAY,
                "currency": "EUR",
                "gross_sales_amount": 50,
                "net_sales_amount": 50,
                "gross_sales_shop_amount": 50,
                "net_sales_shop_amount": 50,
                "units_count": 1,
                "kept_units_count": 1,
            },
        ],
    )
    insert(
        url,
        "mart_product_performance",
        [
            {
                "product_id": "1",
                "activity_date": LAST_DAY,
                "title": "Slim 14",
                "brand": "Norvane",
                "category": "Laptops",
                "abc_class": "A",
                "views_count": 12,
                "carts_count": 3,
                "viewing_sessions_count": 10,
                "carting_sessions_count": 3,
                "units_count": 1,
                "shop_currency": "EUR",
                "gross_sales_shop_amount": 100,
                "net_sales_shop_amount": 100,
            }
        ],
    )


def add_planted_sales(url: str) -> None:
    """Sales of each category up to LAST_DAY, with the planted days: what one makes unusual, of a product a category."""
    sales = planted_days(3)["sales"]["category"]
    days = pd.date_range(end=LAST_DAY, periods=len(sales)).date
    insert(
        url,
        "mart_product_performance",
        [
            {"product_id": name, "activity_date": day, "category": name, "abc_class": "A"}
            | dict.fromkeys(("gross_sales_shop_amount", "net_sales_shop_amount"), round(amount, 2))
            for day, amounts in zip(days, sales.to_dict("records"), strict=True)
            for name, amount in amounts.items()
        ],
    )
