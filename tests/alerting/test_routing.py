"""Who is told, and when."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alerting.condition import DATA_ENGINEERING, STOREFRONT, Severity
from alerting.routing import Routing
from comptoir.settings import Settings

ROUTES = {DATA_ENGINEERING: ["ops", "mail"], "team:bi": ["bi"]}
ROUTING = Routing(["ops", "mail", "bi"], ROUTES)


@pytest.mark.parametrize(
    ("key", "owners", "told"),
    [
        ("run/daily", [DATA_ENGINEERING], ["ops", "mail"]),
        ("check/marts.fct_orders/unique", ["team:bi"], ["bi"]),
        ("check/marts.fct_orders/unique", ["team:bi", DATA_ENGINEERING], ["ops", "mail", "bi"]),
        ("stream/down", [STOREFRONT], ["ops", "mail", "bi"]),  # nobody's route: everybody rather than nobody
        ("channel/ops", [DATA_ENGINEERING], ["mail", "bi"]),
    ],
)
def test_an_alert_goes_to_the_channels_of_its_owners(key: str, owners: list[str], told: list[str]) -> None:
    assert ROUTING.channels_for(key, owners) == told


@pytest.mark.parametrize(
    ("severity", "now", "until"),
    [
        (Severity.WARNING, "2026-01-10T23:30", "2026-01-11T06:00"),  # times in UTC, the shop's clock is an hour ahead
        (Severity.WARNING, "2026-01-10T03:00", "2026-01-10T06:00"),
        (Severity.WARNING, "2026-01-10T12:00", "2026-01-10T12:00"),
        (Severity.WARNING, "2026-03-28T23:30", "2026-03-29T05:00"),  # the night in which the clocks change
        (Severity.ERROR, "2026-01-10T23:30", "2026-01-10T23:30"),
    ],
)
def test_in_quiet_hours_warnings_wait_and_errors_do_not(severity: Severity, now: str, until: str) -> None:
    hours = Settings(alert_quiet_hours="22:00-07:00").alert_quiet_hours
    routing = Routing(["ops"], quiet_hours=hours, timezone="Europe/Paris")
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert routing.not_before(severity, at) == datetime.fromisoformat(until).replace(tzinfo=UTC)


def test_quiet_hours_within_a_day() -> None:
    routing = Routing(["ops"], quiet_hours=Settings(alert_quiet_hours="12:00-13:30").alert_quiet_hours)
    noon = datetime(2026, 1, 10, 12, 15, tzinfo=UTC)
    assert routing.not_before(Severity.WARNING, noon) == datetime(2026, 1, 10, 13, 30, tzinfo=UTC)
    assert routing.not_before(Severity.WARNING, noon.replace(hour=14)) == noon.replace(hour=14)


@pytest.mark.parametrize("hours", ["22-7", "22:00", "22:00-22:00", "late"])
def test_hours_that_are_none_are_refused(hours: str) -> None:
    with pytest.raises(ValueError, match="22:00-07:00"):
        Settings(alert_quiet_hours=hours)
