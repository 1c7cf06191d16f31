"""What the dashboard's figures must be, counted from raw by the SQL of the files beside this one, not by the models."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

HERE = Path(__file__).parent
FILES = ("raw_sales", "raw_visits", "raw_clicks", "raw_sums")  # each is made of those before it
# where a column's values are counted, other than in lines
MOST = {
    "device_type": "visits",
    "channel": "visits",
    "country_code": "orders",
    "brand": "products_sold",
    "recommendation_slot": "recommended",
    "algorithm": "recommended",
}
NET = "sum(gross_{s} - discount_{s} - back_{s} - cancelled_{s})"
ORDERS = "count(distinct order_id) filter (where kind in ('sale', 'no goods'))"
SOLD = "count(distinct order_id) filter (where kind = 'sale')"
GROSS, LESS = "sum(gross_{s})", "sum(discount_{s})"
SHARE = "count(*) filter (where {0}) / nullif(count(*), 0)::numeric"
MARGIN = "sum(gross_shop - discount_shop - back_shop - cancelled_shop - cost_moved)"
PAIRS = "count(distinct (visit, product_id)) filter (where kind = '{0}')"
# visits with a product, counted by day as the mart does
BY_DAY = "count(distinct (day, visit, product_id)) filter (where kind = '{0}' and not is_bot and not is_repeat)"
CUSTOMERS = "count(distinct customer)"
# metric → (facts, their day, figure); {s} is the side of the money: what was paid, or the shop's own
METRICS = {
    "net_sales": ("movements", "on_day", NET),
    "gross_sales": ("movements", "on_day", GROSS),
    "discounts": ("movements", "on_day", LESS),
    "returns": ("movements", "on_day", "sum(back_{s})"),
    "cancellations": ("movements", "on_day", "sum(cancelled_{s})"),
    "orders": ("movements", "on_day", ORDERS),
    "units": ("movements", "on_day", "sum(units) filter (where kind = 'sale')"),
    "average_order_value": ("movements", "on_day", f"({GROSS} - {LESS}) / nullif({SOLD}, 0)"),
    "discount_rate": ("movements", "on_day", f"{LESS} / nullif({GROSS}, 0)"),
    "return_rate": ("movements", "on_day", f"sum(back_{{s}}) / nullif({GROSS}, 0)"),
    "margin_rate": (
        "settled", "day", "sum(net_shop - cost * kept) / nullif(sum(net_shop) filter (where cost is not null), 0)",
    ),
    "sessions": ("visits", "day", "count(*)"),
    "visitors": ("visits", "day", "count(distinct visitor)"),
    "session_conversion": ("visits", "day", SHARE.format("has_order")),
    "revenue_per_session": ("visits", "day", "sum(net) / nullif(count(*), 0)"),
    "add_to_cart_rate": ("visits", "day", SHARE.format("has_cart")),
    "cart_abandonment": (
        "visits", "day",
        "count(*) filter (where has_cart and not has_order) / nullif(count(*) filter (where has_cart), 0)::numeric",
    ),
    "funnel_conversion": ("visits", "day", SHARE.format("step = 5")),
    "checkout_completion": (
        "visits", "day", "count(*) filter (where step = 5) / nullif(count(*) filter (where step >= 4), 0)::numeric",
    ),
    "product_net_sales": ("products_sold", "on_day", NET.format(s="shop")),
    "product_units": ("products_sold", "on_day", "sum(units) filter (where kind = 'sale')"),
    "product_margin": ("products_sold", "on_day", MARGIN),
    "unit_return_rate": (
        "products_sold", "on_day",
        "coalesce(sum(units) filter (where kind = 'return'), 0)"
        " / nullif(sum(units) filter (where kind = 'sale'), 0)::numeric",
    ),
    "product_views": ("touches", "day", "count(*) filter (where kind = 'view' and not is_bot)"),
    "view_to_cart": ("touches", "day", f"{BY_DAY.format('cart')} / nullif({BY_DAY.format('view')}, 0)::numeric"),
    "cart_to_buy": ("touches", "day", f"{BY_DAY.format('purchase')} / nullif({BY_DAY.format('cart')}, 0)::numeric"),
    "out_of_stock_rate": ("stocked", None, SHARE.format("not is_in_stock")),
    "rating": ("stocked", None, "sum(rating * ratings) / nullif(sum(ratings) filter (where rating is not null), 0)"),
    "new_customers": ("customers_orders", "day", "count(*) filter (where place = 1)"),
    "active_customers": ("customers_orders", "day", CUSTOMERS),
    "returning_order_rate": (
        "customers_orders", "day", "count(*) filter (where place > 1) / nullif(count(customer), 0)::numeric",
    ),
    "customer_net_sales": (
        "customers_orders", "day", f"sum(net) filter (where customer is not null) / nullif({CUSTOMERS}, 0)",
    ),
    "churned_customer_rate": ("recency", None, SHARE.format("days > 90")),
    "searches": ("searches", "day", "count(*)"),
    "zero_result_rate": ("searches", "day", SHARE.format("results = 0")),
    "search_click_rate": ("searches", "day", SHARE.format("first_place <= 10")),
    "search_conversion": ("searches", "day", SHARE.format("is_ordered")),
    "recommendation_click_rate": (
        "recommended_days", "day",
        "count(*) filter (where kind = 'click') / nullif(count(*) filter (where kind = 'show'), 0)::numeric",
    ),
    "fallback_click_rate": (
        "recommended_days", "day",
        "count(*) filter (where kind = 'click' and algorithm in ('trending', 'trending_category', 'best_rated',"
        " 'popularity-0')) / nullif(count(*) filter (where kind = 'show' and algorithm in ('trending',"
        " 'trending_category', 'best_rated', 'popularity-0')), 0)::numeric",
    ),
    "recommended_net_sales": ("recommended_days", "day", "sum(earned)"),
    "recommended_products": (
        "recommended_days", "day", "count(distinct product_id) filter (where kind = 'show')",
    ),
    "late_interaction_rate": ("touches", "day", SHARE.format("is_late")),
    "model_runs": ("runs", "day", "count(*)"),
    "failed_model_rate": ("runs", "day", SHARE.format("status = 'error'")),
    "model_seconds": ("model_days", "day", "sum(seconds)"),
}  # fmt: skip


@dataclass(frozen=True)
class RawFigures:
    """Counts over a connection that holds the facts; `make` fills it."""

    url: str
    connection: psycopg.Connection

    @classmethod
    def make(cls, url: str, zone: str, deleted: Mapping[str, str | None], rates: Mapping[str, str]) -> RawFigures:
        """Derive the facts in a new connection of its own, in the shop's time zone."""
        connection = psycopg.connect(url, autocommit=True)
        connection.execute(sql.SQL("set timezone to {}").format(zone))
        values = {"rates": json.dumps(rates)} | {f"deleted_{name}": value for name, value in deleted.items()}
        for text in [(HERE / f"{name}.sql").read_text() for name in FILES]:
            cursor = psycopg.ClientCursor(connection)
            cursor.execute((text if "%(" in text else text.replace("%", "%%")).encode(), values)
        return cls(url, connection)

    def rows(self, statement: str, period: tuple[date, date], filters: Mapping[str, str] | None = None) -> list[Any]:
        """Run a query with {where}: the period by the fact's `day`, and the filters."""
        values = {"first": period[0], "last": period[1]} | dict(filters or {})
        return self.connection.execute(statement.encode(), values).fetchall()

    def metric(
        self,
        name: str,
        period: tuple[date, date],
        filters: Mapping[str, str],
        currency: str | None,
        *,
        by_day: bool = False,
    ) -> Any:
        """Count a metric: its figure, or its figures by day."""
        facts, day, figure = METRICS[name]
        where = self.where(facts, day, filters, currency)
        key = f"{day}, " if by_day else ""
        grouped = " group by 1" if by_day else ""
        side = "paid" if currency else "shop"
        found = self.rows(f"select {key}{figure.format(s=side)} from {facts} where {where}{grouped}", period, filters)
        return dict(found) if by_day else found[0][0]

    def where(self, facts: str, day: str | None, filters: Mapping[str, str], currency: str | None) -> str:
        """Return the condition of the period, the filters and the currency as far as the facts have the columns."""
        columns = self.columns(facts)
        known = [f"{day} between %(first)s and %(last)s"] if day else []
        known += [f"{name} = %({name})s" for name in filters if name in columns]
        known += [f"currency = '{currency}'"] if currency and "currency" in columns else []
        return " and ".join(known) or "true"

    def most_frequent(self, name: str) -> str:
        """Return the value of a column that most facts have; of "second …" that the second most have."""
        column = name.removeprefix("second ")
        found = self.connection.execute(
            f"select {column} from {MOST.get(column, 'lines')} group by 1 order by count(*) desc, 1 limit 2".encode()
        ).fetchall()
        return str(found[name.startswith("second ")][0])

    def columns(self, facts: str) -> set[str]:
        """Return the names of the facts' columns."""
        found = self.connection.execute(sql.SQL("select * from {} limit 0").format(sql.Identifier(facts)))
        return {column.name for column in found.description or []}
