"""Every tile, line and chart of all seven pages is what raw says, counted by the tests' own SQL past all models.

Sixty cases: three periods, two filters besides none, and on Sales both views of money. A third of them, drawn by a
seed, is run each time; `--every-figure` runs all. Left out: predicted net sales, which a model says and nobody counts,
and the evaluation of recommendations, which is shown as it was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from bi.periods import Period
from tests.support.dashboard_database import reading_from
from tests.support.demo_days import DemoDays
from tests.support.page_cases import PERIODS, choice_of, drawn, page_cases, parametrize
from tests.support.raw_figures import RawFigures
from tests.support.shown_pages import VIEWS, differences

# the fixture lives the days before the first test
pytestmark = [pytest.mark.services, pytest.mark.timeout(3600)]

# the first two of each page's; a value is the most frequent one of the column
FILTERED = {
    "sales": ("category", "source_name"),
    "behaviour": ("device_type", "channel"),
    "products": ("category", "brand"),
    "customers": ("country_code", "second country_code"),
    "recommendations": ("recommendation_slot", "algorithm"),
}
CASES = page_cases({page: FILTERED.get(page, ()) for page in VIEWS}, len(PERIODS), "USD")
DRAWN = drawn(CASES, 1 / 3)


@pytest.fixture(scope="module")
def raw(demo_days: DemoDays) -> Iterator[RawFigures]:
    gone = demo_days.deleted
    seen = {"title": gone.title, "brand": gone.vendor, "category": gone.product_type}
    made = RawFigures.make(demo_days.url, "Europe/Paris", seen, {})
    yield made
    made.connection.close()


@pytest.fixture(autouse=True)
def on_the_days(demo_days: DemoDays) -> Iterator[None]:
    with reading_from(demo_days.url):
        yield


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    parametrize(metafunc, CASES, DRAWN)


def test_a_page_says_what_raw_says(raw: RawFigures, page: str, period: int, name: str, currency: str | None) -> None:
    days = PERIODS[period] if page != "operations" else Period(PERIODS[period].first_day, date.today())
    assert differences(page, choice_of(raw, days, name, currency, "EUR"), raw) == []


def test_the_cases_are_those_of_all_pages() -> None:
    assert len(CASES) == 60 and len(DRAWN) == 20 and {page for page, *_ in DRAWN} == set(VIEWS)
