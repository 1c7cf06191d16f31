"""Digest and metric alerts of the small marts: figures counted by hand, both languages, links that open their page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from bi.digest import weekly_digest
from bi.figures import Read
from bi.metric_alerts import metric_alerts
from bi.metrics import load_metrics
from bi.periods import last_whole_week
from bi.report_settings import AlertRule
from bi.reporter import read_marts
from bi.reports import find_metric_alerts, write_weekly_digest
from comptoir.settings import Settings
from tests.support.dashboard_database import reading_from
from tests.support.marts import insert
from tests.support.small_marts import LAST_DAY, add_planted_sales, make_small_marts

pytestmark = pytest.mark.services

TODAY = date(2026, 3, 23)  # a Monday
NOON = datetime(2026, 3, 23, 12, tzinfo=UTC)
WEEK = last_whole_week(TODAY)
SOLD = {"currency": "EUR", "country_code": "FR", "source_name": "web", "units_count": 1}


def sold(day: date, category: str, amount: int) -> dict[str, object]:
    """A row of sales: `amount` euros, all kept."""
    amounts = ("gross_sales_amount", "net_sales_amount", "gross_sales_shop_amount", "net_sales_shop_amount")
    return {"sales_date": day, "category": category} | SOLD | dict.fromkeys(amounts, amount)


@pytest.fixture(scope="module")
def marts(make_database: Callable[[], str]) -> str:
    """The small marts; Laptops sold 300 in the week after 100, goods of no category 20 after 90; one category fell."""
    url = make_database()
    make_small_marts(url)
    before = WEEK.first_day - timedelta(3)
    laptops = [sold(before, "Laptops", 100), sold(WEEK.first_day, "Laptops", 300)]
    others = [sold(before, "unknown", 90), sold(WEEK.first_day, "unknown", 20)]
    insert(url, "mart_sales_breakdown", [*laptops, *others])
    add_planted_sales(url)
    return url


@pytest.fixture
def settings(marts: str, tmp_path: Path) -> Settings:
    return Settings(postgres_url=marts, data_dir=tmp_path, dashboard_public_url="https://bi.example")


@pytest.fixture
def read(settings: Settings) -> Read:
    return partial(read_marts, settings.database_url_as("reporter"))


def test_the_week_stands_beside_the_one_before_where_the_marts_have_it(read: Read) -> None:
    names = ("net_sales", "orders", "average_order_value", "return_rate", "sessions")
    digest = weekly_digest([load_metrics()[name] for name in names], TODAY, "EUR", read)
    assert (digest.week, digest.newest_day, digest.is_whole) == (WEEK, LAST_DAY, True)
    found = {line.metric.name: (line.now, line.week_before, line.year_before) for line in digest.lines}
    assert found["net_sales"] == (7 * 80 + 320, 7 * 80 + 190, None)
    assert found["orders"] == (7 * 6, 7 * 6, None)
    assert found["average_order_value"] == (pytest.approx(110 / 6), pytest.approx(110 / 6), None)
    assert found["return_rate"] == (pytest.approx(140 / (840 + 320)), pytest.approx(140 / (840 + 190)), None)
    assert found["sessions"] == (0, None, None), "all visits are later: no whole week before"
    directions = {line.metric.name: line.direction(line.week_before) for line in digest.lines}
    assert directions["orders"] == directions["average_order_value"] == "same" != directions["net_sales"]


def test_categories_that_gained_and_lost_most(read: Read) -> None:
    digest = weekly_digest([], TODAY, "EUR", read)
    assert [(one.name, one.net_sales, one.gained) for one in digest.best] == [("Laptops", 300, 200)]
    assert [(one.name, one.net_sales, one.gained) for one in digest.worst] == [("unknown", 20, -70)]


def test_an_unusual_day_of_the_week_is_told_with_the_part_that_moved_most(read: Read) -> None:
    metrics = [load_metrics()["product_net_sales"]]
    digest = weekly_digest(metrics, LAST_DAY + timedelta(2), "EUR", read)
    ((metric, one),) = digest.unusual
    assert (metric.name, one.day, one.dimension, one.part) == (
        "product_net_sales", date(2026, 3, 24), "category", "Phones",
    )  # fmt: skip


@pytest.fixture
def dashboard(settings: Settings) -> Iterator[None]:
    with reading_from(str(settings.postgres_url)):
        yield


def sales_page() -> None:
    from bi.views import sales

    sales.page()


def test_the_files_are_written_and_a_link_opens_the_page_with_the_digests_figure(
    settings: Settings, dashboard: None
) -> None:
    page, files = write_weekly_digest(settings, NOON)
    assert [file.name for file in files] == ["week_2026-03-16.en.html", "week_2026-03-16.fr.html"]
    english, french = (file.read_text() for file in files)
    assert page.html() == english and "Ventes nettes" in french
    [link] = re.findall(r'href="([^"]+)"[^>]*>Net sales</a>', english)
    app = AppTest.from_function(sales_page, default_timeout=180)
    for name, value in parse_qsl(urlsplit(link.replace("&amp;", "&")).query):
        app.query_params[name] = value
    shown = {tile.label: tile.value for tile in app.run().metric}
    assert shown["Net sales"] == "€880.00" and "€880.00" in english


def test_a_day_past_its_limit_or_unusual_is_an_alert(read: Read) -> None:
    rules = [
        AlertRule("net_sales", below=81),
        AlertRule("net_sales", above=80),
        AlertRule("orders", above=5.5),
        AlertRule("sessions", below=1, filters={"device_type": "desktop"}),
        AlertRule("product_net_sales", unusual=True),
    ]
    found = metric_alerts(rules, date(2026, 3, 24), "EUR", read)
    assert [(one.rule.name, one.figure) for one in found] == [
        ("net_sales_below", 80),
        ("orders_above", 6),
        ("sessions_below_desktop", 0),
        ("product_net_sales_unusual", None),
    ]
    assert found[0].title("en") == "Net sales: below €81.00"
    assert found[0].cause("fr") == "mar. 24 mars 2026: 80,00\u00a0€."
    assert found[2].link("http://x", "en").endswith("last_day=2026-03-24&device_type=desktop")
    assert found[3].title("en") == "Net sales of products: unusual" and "Phones" in found[3].cause("en")
    assert found[3].link("http://x", "en").endswith("&category=Phones")


def test_a_day_with_a_note_is_not_unusual_and_one_that_the_marts_lack_is_not_judged(read: Read) -> None:
    rules = [AlertRule("product_net_sales", unusual=True), AlertRule("net_sales", below=1e9)]
    assert [one.rule.name for one in metric_alerts(rules, LAST_DAY, "EUR", read)] == ["net_sales_below"]
    assert metric_alerts(rules, LAST_DAY + timedelta(1), "EUR", read) == []


def test_the_days_alerts_are_in_the_folder_also_when_there_are_none(settings: Settings) -> None:
    assert find_metric_alerts(settings, NOON) == []
    assert (settings.reports_dir / "alerts_2026-03-22.txt").read_text() == ""
