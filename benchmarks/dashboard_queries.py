"""The ten most frequent queries of the dashboard, as its pages run them, over its default of 28 days."""

from __future__ import annotations

import time
from datetime import date
from statistics import quantiles

import psycopg
from psycopg import sql

from bi import reporter
from bi.choice import Choice
from bi.metrics import load_metrics, query
from bi.net_sales import net_sales_statement
from bi.periods import last_days
from bi.views import behaviour, products, sales

DAYS, REPEATS = 28, 40


def dashboard_queries() -> dict[str, sql.SQL | sql.Composed]:
    """Return the queries by what they show; their parameters are first_day and last_day."""
    metrics = load_metrics()
    of_sales = [metrics[name] for name in sales.TILES if metrics[name].mart == "mart_daily_sales"]
    of_sessions = [metrics[name] for name in behaviour.TILES if metrics[name].mart == "mart_funnel_daily"]
    every = Choice(last_days(date.today(), DAYS), None, None, "EUR")
    orders = every.rows("fct_orders", "order_date")
    performance = every.rows("mart_product_performance", "activity_date")
    return {
        "sales tiles": query(of_sales),
        "sales by day": query(of_sales, by="sales_date"),
        "margin": query([metrics["margin_rate"]]),
        "orders by country": sql.SQL(net_sales_statement({"key": "country_code"}, every)),
        "sales by category": sql.SQL(net_sales_statement({"key": "category"}, every)),
        "orders by hour": sql.SQL(sales.BY_HOUR.format(zone="Europe/Paris", rows=orders)),
        "visit tiles": query(of_sessions),
        "visits by day": query(of_sessions, by="session_date"),
        "funnel": sql.SQL(behaviour.FUNNEL.format(rows=every.rows("mart_funnel_daily", "session_date"))),
        "products": sql.SQL(products.DOTS.format(rows=performance)),
    }


def query_times(reporter_url: str) -> dict[str, list[float]]:
    """Measure each query `REPEATS` times, in turns and each time over a new connection; milliseconds by query."""
    with psycopg.connect(reporter_url) as connection:
        newest = connection.execute("select max(session_date) from marts.fct_sessions").fetchone()
    period = last_days(newest[0] if newest else date.today(), DAYS)
    days = {"first_day": period.first_day, "last_day": period.last_day}
    taken: dict[str, list[float]] = {name: [] for name in dashboard_queries()}
    for _ in range(REPEATS):
        for name, statement in dashboard_queries().items():
            begun = time.perf_counter()
            reporter.read_frame(reporter_url, statement, days)
            taken[name].append((time.perf_counter() - begun) * 1000)
    return taken


def p95(milliseconds: list[float]) -> float:
    """Return the 95th percentile of durations, in their unit."""
    return quantiles(milliseconds, n=20)[-1]
