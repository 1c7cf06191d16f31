"""The ten most frequent queries of the dashboard, as its pages run them, over its default of 28 days."""

from __future__ import annotations

import time
from datetime import date
from statistics import quantiles

import psycopg
from psycopg import sql

from bi import reporter
from bi.metrics import load_metrics, query
from bi.pages import behaviour, sales
from bi.periods import last_days

DAYS, REPEATS = 28, 40


def dashboard_queries() -> dict[str, sql.SQL | sql.Composed]:
    """Return the queries by what they show."""
    metrics = load_metrics()
    of_sales = [metrics[name] for name in sales.TILES if metrics[name].mart == "mart_daily_sales"]
    of_sessions = [metrics[name] for name in behaviour.TILES if metrics[name].mart == "fct_sessions"]
    words = {"amount": "shop_amount", "in_currency": ""}
    return {
        "sales tiles": query(of_sales),
        "sales by day": query(of_sales, by="sales_date"),
        "margin": query([metrics["margin_rate"]]),
        "orders by country": sql.SQL(sales.BY_ORDER.format(column="country_code", **words)),
        "sales by category": sql.SQL(sales.BY_CATEGORY.format(**words)),
        "orders by hour": sql.SQL(sales.BY_HOUR.format(zone="Europe/Paris", **words)),
        "visit tiles": query(of_sessions),
        "visits by day": query(of_sessions, by="session_date"),
        "funnel": sql.SQL(behaviour.FUNNEL),
        "products": sql.SQL(behaviour.PRODUCTS),
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
