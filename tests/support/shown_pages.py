"""What each page of the dashboard shows for a choice, read through the page's own functions, and held against raw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bi.choice import Choice
from bi.figures import is_sum
from bi.metrics import load_metrics
from bi.net_sales import net_sales_by
from bi.page_parts import trend_frame
from bi.reading import read, totals
from bi.views import behaviour, customers, operations, products, recommendations, sales, search
from comptoir.settings import get_settings
from tests.support.raw_figures import RawFigures
from tests.support.raw_pages import RawPages, Rows, comparable, rows_of

PAGES = (sales, behaviour, products, customers, search, recommendations, operations)
VIEWS: dict[str, Any] = {view.__name__.rpartition(".")[2]: view for view in PAGES}
# a model's result, and no count
NOT_FROM_RAW = ("predicted_value",)


def differences(page: str, choice: Choice, raw: RawFigures) -> list[str]:
    """Return what the page shows otherwise than raw says: tiles, their change, their days, trends, charts, tables."""
    view, metrics = VIEWS[page], load_metrics()
    names = [name for name in dict.fromkeys((*view.TILES, *getattr(view, "TREND", ()))) if name not in NOT_FROM_RAW]
    days = (choice.period.first_day, choice.period.last_day)
    wrong = []
    now = totals([metrics[name] for name in names], choice, choice.period)
    before = totals([metrics[name] for name in names], choice, choice.compared)
    earlier = choice.period.compared_with("Previous period")
    for name in names:
        told = raw.metric(name, days, choice.filters, choice.currency)
        wrong += [f"{name}: {now[name]}, raw {told}"] * (not same(now[name], told, metrics[name]))
        if earlier and metrics[name].day:
            told = raw.metric(name, (earlier.first_day, earlier.last_day), choice.filters, choice.currency)
            wrong += [f"{name} before: {before[name]}, raw {told}"] * (not same(before[name], told, metrics[name]))
        if metrics[name].day:
            shown = trend_frame(metrics[name], choice).set_index("day")[name]
            by_day = raw.metric(name, days, choice.filters, choice.currency, by_day=True)
            for day, value in shown.items():
                told = by_day.get(day.date())
                wrong += [f"{name} on {day}: {value}, raw {told}"] * (not same(value, told, metrics[name]))
    expected = RawPages(raw).of(page, choice)
    shown_charts = SHOWN[page](choice)
    assert shown_charts.keys() == expected.keys()
    for chart, rows in expected.items():
        shown_rows, raw_rows = comparable(shown_charts[chart]), comparable(rows)
        wrong += [f"{chart}: {shown_rows}, raw {raw_rows}"] * (shown_rows != raw_rows)
    return wrong


def same(shown: float | None, told: Any, metric: Any) -> bool:
    """True for the same figure; where a sum has nothing to add up, none is zero."""
    missing = shown is None or shown != shown
    if told is None or missing:
        return (is_sum(metric) and not (told or (0 if missing else shown))) or (told is None and missing)
    return abs(float(shown or 0) - float(told)) < 1e-6


def of_sales(choice: Choice) -> dict[str, Rows]:
    steps = sales.bridge_steps(totals([load_metrics()[name] for name in sales.BRIDGE], choice, choice.period))
    figures = totals([load_metrics()[name] for name in sales.TILES], choice, choice.period)
    assert steps["amount"].iloc[-1] == pytest.approx(figures["net_sales"] or 0)
    return {"hours": rows_of(sales.orders_by_hour(choice), "weekday", "hour", "orders")} | {
        name: rows_of(net_sales_by(name, choice, read), "key", "net_sales")
        for name in ("category", "country_code", "source_name")
    }


def of_behaviour(choice: Choice) -> dict[str, Rows]:
    keys = ("key", "sessions", "orders", "conversion", "net_sales")
    return {
        "funnel": rows_of(behaviour.funnel(choice), "sessions"),
        "landing_pages": rows_of(behaviour.landing_pages(choice).whole(), *keys),
        "device_type": rows_of(behaviour.by_session("device_type", choice).whole(), *keys),
        "channel": rows_of(behaviour.by_session("channel", choice).whole(), *keys),
    }


def of_products(choice: Choice) -> dict[str, Rows]:
    columns = ("key", "views", "view_to_cart", "cart_to_buy", "units", "returned_units", "net_sales", "margin")
    levels = {name: products.performance_by(name, choice).whole() for name in products.LEVELS}
    of_each = levels["product_id"].dropna(subset="margin")
    for worst, order in ((False, [False, True]), (True, [True, True])):
        listed = products.margins(choice, worst=worst).shown()["key"].tolist()
        assert listed == of_each.sort_values(["margin", "key"], ascending=order)["key"].tolist()[: len(listed)]
    rows = choice.rows("mart_product_performance", "activity_date")
    dots = read(products.DOTS.format(rows=rows), choice.parameters())
    seen = levels["product_id"].query("views > 0")
    assert comparable(rows_of(dots, "product_id", "views", "view_to_cart")) == comparable(
        rows_of(seen, "key", "views", "view_to_cart")
    )
    classes = read(products.CLASSES.format(rows=rows), choice.parameters())
    pairs = read(products.PAIRS.format(rows=choice.rows("mart_basket_pairs", None)), choice.parameters())
    return {name: rows_of(frame, *columns) for name, frame in levels.items()} | {
        "parts": rows_of(products.parts(choice).query("value != 0"), "outer_part", "inner_part", "value"),
        "classes": rows_of(classes[classes["net_sales"] != 0], "key", "net_sales"),
        "pairs": rows_of(pairs, "title", "other_title", "orders", "confidence", "lift"),
    }


def of_customers(choice: Choice) -> dict[str, Rows]:
    return {
        "new_and_returning": rows_of(customers.new_and_returning(choice), "day", "part", "value"),
        "grid": rows_of(read(customers.RFM), "recency_score", "frequency_score", "customers"),
        "segments": rows_of(read(customers.SEGMENTS), *customers.SEGMENT_COLUMNS),
        "cohorts": rows_of(read(customers.COHORTS), *customers.COHORT_COLUMNS),
    }


def of_search(choice: Choice) -> dict[str, Rows]:
    return {
        "terms": rows_of(search.terms(choice).whole(), *search.TERM_COLUMNS),
        "without_results": rows_of(search.terms(choice, without_results=True).whole(), *search.TERM_COLUMNS),
        "places": rows_of(search.positions(choice), "place", "searches"),
    }


def of_recommendations(choice: Choice) -> dict[str, Rows]:
    return {"arms": rows_of(recommendations.arms(choice), *recommendations.ARM_COLUMNS)} | {
        name: rows_of(recommendations.performance_by(name, choice).whole(), "key", *recommendations.COLUMNS)
        for name in ("recommendation_slot", "algorithm")
    }


def of_operations(choice: Choice) -> dict[str, Rows]:
    failed = operations.failed_checks(choice, get_settings().shop_timezone)
    return {
        "models": rows_of(operations.models(choice).whole(), *operations.MODEL_COLUMNS),
        "failed_checks": rows_of(failed, "day", "part", "value"),
    }


SHOWN: dict[str, Callable[[Choice], dict[str, Rows]]] = {
    "sales": of_sales,
    "behaviour": of_behaviour,
    "products": of_products,
    "customers": of_customers,
    "search": of_search,
    "recommendations": of_recommendations,
    "operations": of_operations,
}
