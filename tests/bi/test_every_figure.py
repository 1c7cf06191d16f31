"""Every tile, line and chart of all seven pages is what raw says, counted by the tests' own SQL past all models.

Sixty cases: three periods, two filters besides none, and on Sales both views of money. A third of them, drawn by a
seed, is run each time; `--every-figure` runs all. Left out: predicted net sales, which a model says and nobody counts,
and the evaluation of recommendations, which is shown as it was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import pytest
import streamlit as st

from bi.choice import Choice
from bi.periods import Period
from comptoir.settings import get_settings
from tests.support.demo_days import END, DemoDays
from tests.support.raw_figures import RawFigures
from tests.support.shown_pages import VIEWS, differences

# the fixture lives the days before the first test
pytestmark = [pytest.mark.services, pytest.mark.timeout(3600)]

LAST = END.date()
PERIODS = (
    Period(LAST - timedelta(30), LAST),
    Period(LAST - timedelta(4), LAST - timedelta(1)),
    Period(LAST - timedelta(2), LAST - timedelta(2)),
)
# the first two of each page's; a value is the most frequent one of the column
FILTERED = {
    "sales": ("category", "source_name"),
    "behaviour": ("device_type", "channel"),
    "products": ("category", "brand"),
    "customers": ("country_code", "second country_code"),
    "recommendations": ("recommendation_slot", "algorithm"),
}
CASES = [
    (page, period, name, currency)
    for page in VIEWS
    for period in range(len(PERIODS))
    for name in ("", *FILTERED.get(page, ()))
    for currency in ([None, "USD"] if page == "sales" else [None])
]
# a third of each page's
OF_PAGES = [[case for case in CASES if case[0] == page] for page in VIEWS]
DRAWN = [one for cases in OF_PAGES for one in Random(19).sample(cases, len(cases) // 3)]


@pytest.fixture(scope="module")
def raw(demo_days: DemoDays) -> Iterator[RawFigures]:
    gone = demo_days.deleted
    seen = {"title": gone.title, "brand": gone.vendor, "category": gone.product_type}
    made = RawFigures.make(demo_days.url, "Europe/Paris", seen, {})
    yield made
    made.connection.close()


@pytest.fixture(autouse=True)
def on_the_days(demo_days: DemoDays, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("COMPTOIR_POSTGRES_URL", demo_days.url)
    monkeypatch.setenv("COMPTOIR_REPORTER_PASSWORD", "reporter")
    get_settings.cache_clear()
    st.cache_data.clear()
    yield
    get_settings.cache_clear()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    names = ("page", "period", "name", "currency")
    if "period" in metafunc.fixturenames:
        metafunc.parametrize(names, CASES if metafunc.config.getoption("--every-figure") else DRAWN)


def test_a_page_says_what_raw_says(raw: RawFigures, page: str, period: int, name: str, currency: str | None) -> None:
    days = PERIODS[period] if page != "operations" else Period(PERIODS[period].first_day, date.today())
    filters = {name.removeprefix("second "): raw.most_frequent(name)} if name else {}
    choice = Choice(days, days.compared_with("Previous period"), currency, currency or "EUR", filters)
    assert differences(page, choice, raw) == []


def test_the_cases_are_those_of_all_pages() -> None:
    assert len(CASES) == 60 and len(DRAWN) == 20 and {page for page, *_ in DRAWN} == set(VIEWS)
