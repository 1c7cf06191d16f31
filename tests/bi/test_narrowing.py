"""Which filters narrow which metrics, and what is read where the mart lacks a filter's column."""

from __future__ import annotations

from datetime import date

from bi.choice import Choice
from bi.metrics import load_metrics
from bi.narrowing import left_out, rows_of
from bi.periods import Period
from bi.views import sales

METRICS = load_metrics()
PERIOD = Period(date(2026, 11, 1), date(2026, 11, 30))


def test_what_a_filter_does_not_narrow_is_named() -> None:
    of_sales = Choice(PERIOD, None, None, "EUR", {"category": "Laptops", "country_code": "FR", "source_name": "web"})
    shown = [METRICS[name] for name in (*sales.TILES, *sales.TREND, *sales.BRIDGE)]
    assert left_out(shown, of_sales) == [], "a click on Sales narrows all of the page"
    assert left_out([METRICS["total_sales"], METRICS["tax"]], of_sales) == [METRICS["total_sales"], METRICS["tax"]]
    mixed = Choice(PERIOD, None, None, "EUR", {"category": "Laptops", "channel": "Email"})
    names = ["net_sales", "product_units", "sessions"]
    assert [metric.name for metric in left_out([METRICS[name] for name in names], mixed)] == names
    assert left_out([METRICS["product_units"]], Choice(PERIOD, None, None, "EUR", {"category": "x"})) == []


def test_a_mart_that_has_the_column_is_read_itself() -> None:
    laptops = Choice(PERIOD, None, None, "EUR", {"category": "Laptops"})
    assert rows_of(METRICS["product_net_sales"], laptops) is None
    assert rows_of(METRICS["net_sales"], Choice(PERIOD, None, None, "EUR")) is None
    assert rows_of(METRICS["total_sales"], laptops) is None
    by_category = rows_of(METRICS["orders"], laptops) or ""
    assert "category_orders_count as orders_count" in by_category and "%(category)s" in by_category
    in_france = rows_of(METRICS["orders"], Choice(PERIOD, None, None, "EUR", {"country_code": "FR"})) or ""
    assert "category_orders_count" not in in_france, "over all categories an order counts once"
