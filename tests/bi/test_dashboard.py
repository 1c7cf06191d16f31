"""The dashboard: its metrics against rows counted by hand, its pages in Streamlit's test runner."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date

import psycopg
import pytest
from streamlit.testing.v1 import AppTest

from bi.metrics import load_metrics, query
from bi.periods import last_days
from bi.reporter import MartsUnavailable, read_frame
from comptoir.repository import REPOSITORY
from comptoir.settings import Settings
from local.ports import find_free_port
from tests.support.dashboard_database import reading_from
from tests.support.marts import contract, create_marts
from tests.support.small_marts import LAST_DAY, add_planted_sales, make_small_marts

DASHBOARD = REPOSITORY / "bi" / "dashboard.py"


@pytest.fixture(scope="module")
def marts(make_database: Callable[[], str]) -> str:
    url = make_database()
    make_small_marts(url)
    return url


def sales_page() -> None:
    """Runs as a script of its own: Streamlit's test runner loses the page of st.navigation in the second run."""
    from bi.views import sales

    sales.page()


def behaviour_page() -> None:
    from bi.views import behaviour

    behaviour.page()


def products_page() -> None:
    from bi.views import products

    products.page()


@pytest.fixture
def on_database() -> Iterator[Callable[[str], None]]:
    """Lets the dashboard's code in this process read another database."""
    with ExitStack() as stack:
        yield lambda url: stack.enter_context(reading_from(url))


def dashboard() -> AppTest:
    return AppTest.from_file(str(DASHBOARD), default_timeout=180).run()


def in_link(app: AppTest, name: str) -> str:
    """What stands in the address: a list where the test set it, a text where the page did."""
    found = app.query_params[name]
    return found if isinstance(found, str) else found[0]


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
        "revenue_per_session": 10, "product_views": 12, "view_to_cart": 0.3, "rating": 4.5, "funnel_conversion": 0.1,
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
def test_a_filter_on_sales_narrows_every_tile_and_says_nothing_of_the_rest(
    marts: str, on_database: Callable[[str], None]
) -> None:
    on_database(marts)
    app = AppTest.from_function(sales_page, default_timeout=180).run()
    app.selectbox(key="category").set_value("Laptops").run()  # a line of 100 in the one order, at a margin of 30
    shown = tiles(app)
    assert {name: shown[name][0] for name in ("Net sales", "Gross sales", "Orders", "Units", "Average order")} == {
        "Net sales": "€100.00", "Gross sales": "€100.00", "Orders": "1", "Units": "1", "Average order": "€100.00",
    }  # fmt: skip
    assert shown["Margin"][0] == "30.0\u2009%" and in_link(app, "category") == "Laptops"
    assert not [one.value for one in app.caption if one.value.startswith("The filters do not narrow")]
    app.selectbox(key="category").set_value("").run()
    app.selectbox(key="source_name").set_value("web").run()
    assert tiles(app)["Net sales"][0] == "€100.00" and tiles(app)["Orders"][0] == "1"


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
    assert empty == ["This page has nothing to show yet: run the daily job in Dagster. (marts.mart_daily_sales)"]
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


@pytest.mark.services
def test_choices_are_kept_in_the_link_and_stand_in_it(marts: str, on_database: Callable[[str], None]) -> None:
    on_database(marts)
    linked = {"period": "Custom", "first_day": "2026-03-27", "last_day": "2026-03-28", "currency": "USD"}
    linked |= {"channel": "Email"}  # a filter of another page, held
    app, french = (AppTest.from_function(sales_page, default_timeout=180) for _ in range(2))
    for name, value in linked.items():
        app.query_params[name] = french.query_params[name] = value
    french.query_params["language"] = "fr"
    assert tiles(french.run())["Ventes nettes"] == ("80,00\u00a0$", "+0,0\u2009%")
    assert tiles(app.run())["Net sales"] == ("$80.00", "+0.0%")
    app.selectbox(key="comparison").set_value("None").run()
    assert tiles(app)["Net sales"] == ("$80.00", "")
    assert {name: in_link(app, name) for name in (*linked, "comparison")} == linked | {"comparison": "None"}
    app.date_input(key="days").set_value([date(2026, 3, 20)]).run()  # the first of two clicks: the page stays
    assert tiles(app)["Net sales"] == ("$80.00", "")
    app.date_input(key="days").set_value([date(2026, 3, 20), date(2026, 3, 22)]).run()
    assert tiles(app)["Net sales"] == ("$120.00", "")
    assert in_link(app, "first_day") == "2026-03-20"


@pytest.mark.services
def test_the_way_down_from_a_category_to_its_orders(marts: str, on_database: Callable[[str], None]) -> None:
    on_database(marts)
    app = AppTest.from_function(products_page, default_timeout=180).run()
    shown = [table.value for table in app.dataframe]
    assert shown[0]["name"].tolist() == ["Laptops"] and shown[0]["net_sales"].tolist() == [100]
    for column, value in (("category", "Laptops"), ("brand", "Norvane"), ("product_id", "1")):
        app.query_params[column] = value
    down = AppTest.from_function(products_page, default_timeout=180)
    for column, value in (("category", "Laptops"), ("brand", "Norvane"), ("product_id", "1")):
        down.query_params[column] = value
    down.run()
    assert tiles(down)["Net sales of products"][0] == "€100.00"
    down.button(key="crumb_product_id").click().run()
    assert down.dataframe[0].value["name"].tolist() == ["Slim 14"]
    assert "product_id" not in down.query_params


@pytest.mark.services
def test_an_unusual_day_is_named_under_its_trend(
    make_database: Callable[[], str], on_database: Callable[[str], None]
) -> None:
    url = make_database()
    make_small_marts(url)
    add_planted_sales(url)
    on_database(url)
    app = AppTest.from_function(products_page, default_timeout=180).run()
    (named,) = [one.value for one in app.caption if one.value.startswith("Unusual")]
    assert re.search(r"\*\*Tue 24 Mar\*\* −\d\d\u2009%; Category: Phones −9\d\u2009%", named), named
    app.selectbox(key="category").set_value("Laptops").run()  # a part of the shop: nothing is said of the whole
    assert not [one.value for one in app.caption if one.value.startswith("Unusual")]
