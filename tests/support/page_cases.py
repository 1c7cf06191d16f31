"""Cases of pages of the dashboard: each with no filter and with each of its own, in some periods and currencies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from random import Random

import pytest

from bi.choice import Choice
from bi.periods import Period
from tests.support.demo_days import END
from tests.support.raw_figures import RawFigures

LAST = END.date()
# of the shop of `demo_days`, which lives eight: more than all of it, some days, and one
PERIODS = (
    Period(LAST - timedelta(30), LAST),
    Period(LAST - timedelta(4), LAST - timedelta(1)),
    Period(LAST - timedelta(2), LAST - timedelta(2)),
)
SEED = 19
Case = tuple[str, int, str, str | None]  # page, number of the period, column of the filter or "", currency or None
NAMES = ("page", "period", "name", "currency")


def page_cases(filters: Mapping[str, Sequence[str]], periods: int, currency: str) -> list[Case]:
    """All cases of the pages in `filters`; Sales also with the money of customers who paid in `currency`."""
    return [
        (page, period, name, money)
        for page, names in filters.items()
        for period in range(periods)
        for name in ("", *names)
        for money in ([None, currency] if page == "sales" else [None])
    ]


def drawn(cases: Iterable[Case], share: float) -> list[Case]:
    """This share of each page's cases, drawn by a seed."""
    of_pages: dict[str, list[Case]] = {}
    for case in cases:
        of_pages.setdefault(case[0], []).append(case)
    return [one for some in of_pages.values() for one in Random(SEED).sample(some, int(len(some) * share))]


def parametrize(metafunc: pytest.Metafunc, cases: list[Case], some: list[Case]) -> None:
    """Run a test that takes NAMES on `some`, and on all with `--every-figure`."""
    if "period" in metafunc.fixturenames:
        metafunc.parametrize(NAMES, cases if metafunc.config.getoption("--every-figure") else some)


def choice_of(raw: RawFigures, days: Period, name: str, currency: str | None, shop_currency: str) -> Choice:
    """What a visitor of the page chose; a filter's value is the most frequent one of its column, or the second."""
    filters = {name.removeprefix("second "): raw.most_frequent(name)} if name else {}
    return Choice(days, days.compared_with("Previous period"), currency, currency or shop_currency, filters)
