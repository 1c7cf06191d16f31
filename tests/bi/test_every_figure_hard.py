"""The hard shop's sales, products and customers are what raw says: yen, taxes in prices, goodwill, old dollars.

It has no visitors. A quarter of the cases is run each time, all with `--every-figure`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from bi.periods import Period
from demo_shop.content.hard_money import CURRENCY, TIMEZONE
from tests.support.dashboard_database import reading_from
from tests.support.hard_shop import DAYS, END, PAST_RATES, build, make_hard_shop
from tests.support.page_cases import choice_of, drawn, page_cases, parametrize
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
CASES = page_cases(FILTERED, len(PERIODS), "EUR")
DRAWN = drawn(CASES, 1 / 4)
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
def on_the_shop(raw: RawFigures) -> Iterator[None]:
    with reading_from(raw.url, shop_currency=CURRENCY, shop_timezone=TIMEZONE):
        yield


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    parametrize(metafunc, CASES, DRAWN)


def test_a_page_says_what_raw_says(raw: RawFigures, page: str, period: int, name: str, currency: str | None) -> None:
    choice = choice_of(raw, PERIODS[period], name, currency, CURRENCY)
    assert differences(page, choice, raw) == []
