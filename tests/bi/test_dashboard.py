"""The dashboard: its metrics against rows counted by hand, its pages in Streamlit's test runner and in a browser."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import psycopg
import pytest
import streamlit as st
from playwright.sync_api import expect
from streamlit.testing.v1 import AppTest

from benchmarks.support.servers import stopped_at_exit
from bi.metrics import load_metrics, query
from bi.periods import last_days
from bi.reporter import MartsUnavailable, read_frame
from comptoir.settings import REPOSITORY, Settings, get_settings
from local.ports import find_free_port
from local.waiting import wait_until
from tests.support.browser import chromium
from tests.support.marts import contract, create_marts, insert

DASHBOARD = REPOSITORY / "bi" / "dashboard.py"
LAST_DAY = date(2026, 3, 28)


def sales_day(
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


def session(number: int, day: date, steps: int, *, bot: bool = False, **more: Any) -> dict[str, Any]:
    """A visit that took the first `steps` of: product seen, cart, checkout, order."""
    names = ("has_product_view", "has_cart", "has_checkout", "has_order")
    row = {"session_id": str(number), "visitor_id": f"v{number % 3}", "session_date": day, "is_bot": bot}
    row |= {"device_type": "mobile", "landing_path": "/", "events_count": 1}
    row |= {"net_sales_shop_amount": 100 if steps == 4 else 0, "funnel_step": steps + 1}
    return row | {name: place < steps for place, name in enumerate(names)} | more


@pytest.fixture(scope="module")
def marts(make_database: Callable[[], str]) -> str:
    """28 days and the 28 before: net sales of 60 euros a day, then of 80; from visit to order 10, 6, 4, 2, 1."""
    url = make_database()
    create_marts(
        url,
        "mart_daily_sales",
        "mart_product_performance",
        "fct_orders",
        "fct_order_lines",
        "fct_sessions",
        "dim_products",
    )
    now, before = last_days(LAST_DAY, 28), last_days(LAST_DAY, 56)
    days = pd.date_range(before.first_day, LAST_DAY).date
    insert(url, "mart_daily_sales", [sales_day(day, "EUR", 100, 10, 20, 10, 4) for day in days if day < now.first_day])
    insert(url, "mart_daily_sales", [sales_day(day, "EUR", 100, 10, 20, 10, 5) for day in days if day >= now.first_day])
    insert(url, "mart_daily_sales", [sales_day(day, "USD", 40, 0, 0, 0, 1) for day in days if day >= now.first_day])
    steps = [0, 0, 0, 0, 1, 1, 2, 2, 3, 4]
    insert(url, "fct_sessions", [session(number, LAST_DAY, step) for number, step in enumerate(steps)])
    insert(url, "fct_sessions", [session(99, LAST_DAY, 4, bot=True)])
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
    return url


def sales_page() -> None:
    """Runs as a script of its own: Streamlit's test runner loses the page of st.navigation in the second run."""
    from bi.pages import sales

    sales.page()


def behaviour_page() -> None:
    from bi.pages import behaviour

    behaviour.page()


@pytest.fixture
def on_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Lets the dashboard's code in this process read another database."""

    def use(url: str) -> None:
        monkeypatch.setenv("COMPTOIR_POSTGRES_URL", url)
        monkeypatch.setenv("COMPTOIR_REPORTER_PASSWORD", "reporter")
        get_settings.cache_clear()
        st.cache_data.clear()

    yield use
    get_settings.cache_clear()


def dashboard() -> AppTest:
    return AppTest.from_file(str(DASHBOARD), default_timeout=180).run()


def tiles(app: AppTest) -> dict[str, tuple[str, str]]:
    assert not app.exception
    return {tile.label: (tile.value, tile.delta) for tile in app.metric}


@pytest.mark.parametrize("name", load_metrics())
def test_a_metric_reads_columns_that_its_mart_promises(name: str) -> None:
    metric = load_metrics()[name]
    columns = {column["name"] for column in contract(metric.mart)["columns"]}
    for in_shop_currency in (True, False):
        text = f"{metric.expression(in_shop_currency=in_shop_currency)} {metric.where} {metric.day}"
        words = set(re.findall(r"(?<!::)\b[a-z]\w*_\w+\b", text))
        assert words <= columns, f"{name}: {words - columns}"


def test_metrics_of_different_marts_do_not_share_a_query() -> None:
    metrics = load_metrics()
    with pytest.raises(ValueError, match="cannot share a query"):
        query([metrics["net_sales"], metrics["sessions"]])


@pytest.mark.services
def test_metrics_equal_the_rows_counted_by_hand(marts: str) -> None:
    metrics = load_metrics()
    expected = {
        "net_sales": 28 * 60 + 28 * 20, "gross_sales": 28 * 120, "orders": 28 * 6, "units": 28 * 12,
        "average_order_value": 110 / 6, "discount_rate": 10 / 120, "return_rate": 20 / 120, "margin_rate": 0.3,
        "sessions": 10, "visitors": 3, "session_conversion": 0.1, "add_to_cart_rate": 0.4, "cart_abandonment": 0.75,
        "revenue_per_session": 10, "product_views": 12, "view_to_cart": 0.3,
    }  # fmt: skip
    period = last_days(LAST_DAY, 28)
    days = {"first_day": period.first_day, "last_day": period.last_day}
    reporter = Settings(postgres_url=marts, reporter_password="reporter").database_url_as("reporter")
    for name, value in expected.items():
        assert read_frame(reporter, query([metrics[name]]), days)[name].iloc[0] == pytest.approx(value), name
    dollars = read_frame(reporter, query([metrics["net_sales"]], currency="USD"), days | {"currency": "USD"})
    assert dollars["net_sales"].iloc[0] == 28 * 40


@pytest.mark.services
def test_the_sales_page_shows_figures_and_their_change(marts: str, on_database: Callable[[str], None]) -> None:
    on_database(marts)
    app = AppTest.from_function(sales_page, default_timeout=180).run()
    shown = tiles(app)
    assert shown["Net sales"] == ("€2,240", "+33.3%")
    assert shown["Orders"] == ("168", "+50.0%")
    assert shown["Margin"] == ("30.0\u2009%", "")
    app.selectbox(key="currency").set_value("USD").run()
    assert tiles(app)["Net sales"] == ("$1,120", "")
    app.selectbox(key="currency").set_value("EUR").run()
    app.segmented_control(key="period").set_value("7 days").run()
    assert tiles(app)["Net sales"] == ("€420.00", "+0.0%")


@pytest.mark.services
def test_the_behaviour_page_leaves_robots_out(marts: str, on_database: Callable[[str], None]) -> None:
    on_database(marts)
    shown = tiles(AppTest.from_function(behaviour_page, default_timeout=180).run())
    assert shown["Sessions"] == ("10", "")
    assert shown["Conversion (sessions)"] == ("10.0\u2009%", "")
    assert shown["Cart abandonment"] == ("75.0\u2009%", "")
    assert shown["Net sales per session"] == ("€10.00", "")


@pytest.mark.services
def test_missing_or_empty_marts_are_told_in_a_sentence(database: str, on_database: Callable[[str], None]) -> None:
    on_database(database)
    assert [error.value for error in dashboard().error] == [
        "The marts are not built yet: run the daily job in Dagster."
    ]
    create_marts(database, "mart_daily_sales")
    empty = [info.value for info in dashboard().info]
    assert empty == ["marts.mart_daily_sales has no rows yet: run the daily job in Dagster."]
    nowhere = f"postgresql://nobody@127.0.0.1:{find_free_port()}/none"
    with pytest.raises(MartsUnavailable, match="does not answer"):
        read_frame(nowhere, query([load_metrics()["orders"]]))


@pytest.mark.services
def test_the_reporter_reads_marts_and_nothing_personal(marts: str) -> None:
    reporter = Settings(postgres_url=marts, reporter_password="reporter").database_url_as("reporter")
    with psycopg.connect(reporter, autocommit=True) as connection:
        for statement in ("select * from pii.customer_pseudonyms", "delete from marts.mart_daily_sales"):
            with pytest.raises(psycopg.Error):
                connection.execute(statement)  # type: ignore[arg-type]


@pytest.mark.browser
@pytest.mark.services
def test_both_pages_in_a_browser(marts: str, tmp_path: Path) -> None:
    port = find_free_port()
    url = f"http://127.0.0.1:{port}"
    command = [str(Path(sys.executable).parent / "streamlit"), "run", str(DASHBOARD), "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1"]
    environment = os.environ | {
        "COMPTOIR_POSTGRES_URL": marts,
        "COMPTOIR_REPORTER_PASSWORD": "reporter",
        "COMPTOIR_DATA_DIR": str(tmp_path),
    }
    with stopped_at_exit(command, tmp_path / "log", env=environment), chromium() as browser:
        wait_until(lambda: httpx.get(f"{url}/_stcore/health").raise_for_status(), "the dashboard", seconds=180)
        page = browser.new_page(viewport={"width": 1440, "height": 1600})
        elsewhere: list[str] = []
        page.on(
            "request", lambda one: None if one.url.startswith((url, "data:", "blob:")) else elsewhere.append(one.url)
        )
        page.goto(url)
        expect(page.get_by_test_id("stMetric").first).to_contain_text("€2,240")
        expect(page.locator(".vega-embed canvas, .vega-embed svg").first).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("button", name="Days as CSV").click()
        table = pd.read_csv(download.value.path())
        assert table["net_sales"].sum() == 2240
        page.get_by_role("link", name="Behaviour").click()
        expect(page.get_by_role("heading", name="Behaviour")).to_be_visible()
        expect(page.get_by_test_id("stMetric").first).to_contain_text("10")
        expect(page.get_by_text("From visit to order")).to_be_visible()
        assert page.get_by_test_id("stException").count() == 0
        assert elsewhere == []
