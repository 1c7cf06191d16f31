"""Ten good weeks of the demo shop in raw, landed once for all test modules, which read or copy them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from benchmarks.support.raw_shop import create_raw_shop
from demo_shop.traffic.history import Size
from tests.support.demo_days import END
from tests.support.demo_warehouse import demo_past, land_until

LAST_DAY = END.date() - timedelta(days=1)  # what raw holds of END itself is an hour: Paris is ahead of UTC
WEEKS = Size(days=72, visits_per_day=110, till_orders_per_day=4)

_landed: dict[str, str] = {}


def landed_weeks(make_database: Callable[[], str]) -> str:
    """URL of a warehouse with the weeks in raw and nothing built of them."""
    if "url" not in _landed:
        url = make_database()
        create_raw_shop(url)
        land_until(url, demo_past(WEEKS, END, late=400), LAST_DAY)
        _landed["url"] = url
    return _landed["url"]
