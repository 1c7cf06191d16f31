"""The hard shop's sales, products and customers are what raw says: yen, taxes in prices, goodwill, old dollars.

It has no visitors. Two cases of each page are run each time, all with `--every-figure`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random

import pytest
import streamlit as st

from bi.choice import Choice
from bi.periods import Period
from comptoir.settings import get_settings
from demo_shop.content.hard_money import CURRENCY, TIMEZONE
from tests.support.hard_shop import DAYS, END, PAST_RATES, build, make_hard_shop
from tests.support.raw_figures import RawFigures
from tests.support.shown_pages import differences

pytestmark = [pytest.mark.services, pytest.mark.timeout(3600)]

LAST = END.date()
# all of it, around the move to yen 40 days before the end, and a week
PERIODS = (
    Period(LAST - timedelta(DAYS + 1), LAST),
    Period(LAST - timedelta(45), LAST - timedelta(35)),
    Period(LAST - timedelta(8), LAST - timedelta(2)),
)
FILTERED = {
    "sales": ("category", "source_name"),
    "products": ("category", "brand"),
    "customers": ("country_code", "second country_code"),
}
CASES = [
    (page, period, name, currency)
    for page, names in FILTERED.items()
    for period in range(len(PERIODS))
    for name in ("", *names)
    for currency in ([None, "EUR"] if page == "sales" else [None])
]


OF_PAGES = [[case for case in CASES if case[0] == page] for page in FILTERED]
DRAWN = [one for cases in OF_PAGES for one in Random(19).sample(cases, 2)]
PAST = {currency: str(rate) for currency, rate in PAST_RATES.items()}


@pytest.fixture(scope="module")
def raw(make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[RawFigures]:
    url, _ = make_hard_shop(make_database)
    made = build(url, tmp_path_factory.mktemp("dbt"), "build", "--exclude-resource-type", "unit_test", "test")
    assert made.returncode == 0, made.stdout
    figures = RawFigures.make(url, TIMEZONE, dict.fromkeys(("title", "brand", "category")), PAST)
    yield figures
    figures.connection.close()


@pytest.fixture(autouse=True)
def on_the_shop(raw: RawFigures, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("COMPTOIR_POSTGRES_URL", raw.url)
    monkeypatch.setenv("COMPTOIR_REPORTER_PASSWORD", "reporter")
    monkeypatch.setenv("COMPTOIR_SHOP_CURRENCY", CURRENCY)
    monkeypatch.setenv("COMPTOIR_SHOP_TIMEZONE", TIMEZONE)
    get_settings.cache_clear()
    st.cache_data.clear()
    yield
    get_settings.cache_clear()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    names = ("page", "period", "name", "currency")
    if "period" in metafunc.fixturenames:
        metafunc.parametrize(names, CASES if metafunc.config.getoption("--every-figure") else DRAWN)


def test_a_page_says_what_raw_says(raw: RawFigures, page: str, period: int, name: str, currency: str | None) -> None:
    days = PERIODS[period]
    filters = {name.removeprefix("second "): raw.most_frequent(name)} if name else {}
    choice = Choice(days, days.compared_with("Previous period"), currency, currency or CURRENCY, filters)
    assert differences(page, choice, raw) == []
