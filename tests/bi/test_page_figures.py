"""Charts and tables of the pages over the demo shop's days: each adds up to its tile, or to a count past its mart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from streamlit.testing.v1 import AppTest

from bi.breakdowns import breakdown
from bi.choice import Choice
from bi.figures import is_sum
from bi.metrics import load_metrics, query
from bi.net_sales import net_sales_by
from bi.periods import Period
from bi.reading import daily, read, totals
from bi.sales_breakdown import NARROWED_BY, narrowed_sales
from bi.views import behaviour, customers, products, recommendations, sales, search
from tests.support.dashboard_database import reading_from
from tests.support.demo_days import DemoDays
from tests.support.page_cases import PERIODS

# the fixture lives the days before the first test
pytestmark = [pytest.mark.services, pytest.mark.timeout(3600)]

NAMES = ("sales", "behaviour", "products", "customers", "search", "recommendations", "operations")


@pytest.fixture(autouse=True)
def on_the_days(demo_days: DemoDays) -> Iterator[None]:
    with reading_from(demo_days.url):
        yield


def chosen(period: Period, currency: str | None = None, **filters: str) -> Choice:
    return Choice(period, None, currency, currency or "EUR", filters)


def tile(name: str, choice: Choice) -> float:
    return totals([load_metrics()[name]], choice, choice.period)[name] or 0.0


def counted(demo_days: DemoDays, statement: str, period: Period) -> Any:
    with psycopg.connect(demo_days.url) as connection:
        row = connection.execute(
            statement.encode(), {"first_day": period.first_day, "last_day": period.last_day}
        ).fetchone()
    return float((row or [0])[0] or 0)


@pytest.mark.parametrize("currency", [None, "EUR"])
@pytest.mark.parametrize("period", PERIODS)
def test_net_sales_by_anything_add_up_to_the_tile(period: Period, currency: str | None) -> None:
    choice = chosen(period, currency)
    for column in NARROWED_BY:
        parts = net_sales_by(column, choice, read)
        assert round(parts["net_sales"].sum(), 2) == round(tile("net_sales", choice), 2), column
    assert sales.orders_by_hour(choice)["orders"].sum() == tile("orders", choice)


@pytest.mark.parametrize("currency", [None, "EUR"])
@pytest.mark.parametrize("period", PERIODS)
def test_sales_of_the_breakdown_are_those_of_their_mart(period: Period, currency: str | None) -> None:
    """A filter that every row passes changes no figure of the page, total or by day; each value's parts add up."""
    choice = chosen(period, currency)
    metrics = [load_metrics()[name] for name in dict.fromkeys((*sales.TILES, *sales.BRIDGE))]
    whole, days = totals(metrics, choice, period), daily(metrics, choice, period)
    rows = narrowed_sales(choice)
    again = read(query([one for one in metrics if one.mart == "mart_daily_sales"], currency=currency, rows=rows),
                 choice.parameters()).iloc[0]  # fmt: skip
    assert {name: again[name] for name in again.index} == pytest.approx({name: whole[name] for name in again.index})
    for column in NARROWED_BY:
        values = net_sales_by(column, choice, read)["key"].tolist()
        parts = [chosen(period, currency, **{column: value}) for value in values]
        found = [totals(metrics, one, period) for one in parts]
        for name in ("net_sales", "gross_sales", "discounts", "returns", "cancellations", "units"):
            assert sum(one[name] or 0 for one in found) == pytest.approx(whole[name] or 0), (column, name)
        assert all(len(daily(metrics, one, period)) == len(days) for one in parts[:1])
        if column != "category":  # an order has one of each, and products of several categories
            assert sum(one["orders"] or 0 for one in found) == whole["orders"]
            assert sum(sales.orders_by_hour(one)["orders"].sum() for one in parts) == whole["orders"]
        for one, figures in zip(parts, found, strict=True):
            assert sales.orders_by_hour(one)["orders"].sum() == figures["orders"]


@pytest.mark.parametrize("name", ["net_sales", "sessions", "product_net_sales"])
def test_parts_in_which_unusual_days_are_looked_for_add_up_to_the_tile(name: str) -> None:
    dimensions = breakdown(load_metrics()[name], PERIODS[0], read)
    assert len(dimensions) >= 2
    for dimension, parts in dimensions.items():
        assert round(parts.to_numpy().sum(), 2) == round(tile(name, chosen(PERIODS[0])), 2), dimension


@pytest.mark.parametrize("period", PERIODS)
def test_days_add_up_to_their_tiles(period: Period) -> None:
    dated = [metric for metric in load_metrics().values() if is_sum(metric) and metric.day]
    metrics = [metric for metric in dated if "distinct" not in metric.sql]
    choice = chosen(period)
    by_day = daily(metrics, choice, period)
    assert len(by_day) == period.days
    for metric in metrics:
        if metric.day != "month_start_date":
            assert round(by_day[metric.name].sum(), 2) == round(tile(metric.name, choice), 2), metric.name


@pytest.mark.parametrize("filters", [{}, {"category": None}, {"category": None, "brand": None}])
def test_each_level_down_adds_up_to_the_tile(filters: dict[str, None]) -> None:
    choice = chosen(PERIODS[0])
    for name in filters:  # the best seller of each level
        best = str(products.performance_by(name, choice).shown()["key"].iloc[0])
        choice = chosen(PERIODS[0], **{**choice.filters, name: best})
    level = products.level_of(choice)
    assert level == ("category", "brand", "product_id")[len(filters)]
    parts = products.performance_by(level, choice).whole()
    assert len(parts) and round(parts["net_sales"].sum(), 2) == round(tile("product_net_sales", choice), 2)
    assert parts["units"].sum() == tile("product_units", choice)
    if filters:
        assert tile("product_units", choice) < tile("product_units", chosen(PERIODS[0]))


def test_the_funnel_ends_as_its_tiles_say(demo_days: DemoDays) -> None:
    for filters in ({}, {"device_type": "mobile"}):
        choice = chosen(PERIODS[0], **filters)
        steps = behaviour.funnel(choice)["sessions"].tolist()
        assert steps[0] == tile("sessions", choice) > 0
        assert steps[-1] / steps[0] == pytest.approx(tile("funnel_conversion", choice))
        assert steps[-1] / steps[-2] == pytest.approx(tile("checkout_completion", choice))
        assert behaviour.by_session("channel", choice).whole()["sessions"].sum() == steps[0]
        assert behaviour.landing_pages(choice).whole()["sessions"].sum() == steps[0]


@pytest.mark.parametrize("period", PERIODS)
def test_searches_customers_and_recommendations_equal_their_facts(demo_days: DemoDays, period: Period) -> None:
    choice = chosen(period)
    assert search.terms(choice).whole()["searches"].sum() == tile("searches", choice)
    clicked = "select count(*) from marts.fct_searches where has_click and not is_bot and search_date between {}"
    between = "%(first_day)s and %(last_day)s"
    assert search.positions(choice)["searches"].sum() == counted(demo_days, clicked.format(between), period)
    found_nothing = search.terms(choice, without_results=True).whole()["without_results"].sum()
    assert found_nothing == pytest.approx(tile("zero_result_rate", choice) * tile("searches", choice))
    ordered = f"select sum(net_sales_shop_amount) from marts.fct_order_lines where order_date between {between}"
    sold = customers.new_and_returning(choice)["value"].sum()
    assert round(sold, 2) == round(counted(demo_days, ordered, period), 2)
    shown = f"""
        select count(*) from marts.fct_recommendation_events
        where recommendation_event_type = 'show' and not is_bot and event_date between {between}
    """
    for column in ("recommendation_slot", "algorithm"):
        assert recommendations.performance_by(column, choice).whole()["shown"].sum() == counted(
            demo_days, shown, period
        )


def page_script(name: str) -> str:
    return f"from bi.status import status_line\nfrom bi.views import {name}\nstatus_line()\n{name}.page()\n"


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_drawn_whole_in_both_languages(name: str) -> None:
    english, french = (AppTest.from_string(page_script(name), default_timeout=180) for _ in range(2))
    french.query_params["language"] = "fr"
    for app in (english, french):
        app.run()
        assert not app.exception and not app.error and len(app.metric) >= 4
    assert [one.label for one in english.metric] != [one.label for one in french.metric]
    # what was drawn is what the metric says: nothing shown is without a figure or a dash
    assert all(one.value for one in english.metric)
