"""A new key for the pseudonyms of customers while they browse, and what the next run makes of their names."""

from __future__ import annotations

import psycopg
import pytest

from comptoir.settings import Settings
from local.demo import require_no_lag
from local.waiting import wait_until
from orchestration.run import run_dagster_job
from streaming.persons import other_devices
from tests.support.signed_in_visits import SignedInVisits
from tests.support.whole_platform import (
    require_success,
    rows,
)

pytestmark = [pytest.mark.services, pytest.mark.timeout(1500)]


def test_a_new_key_under_load_loses_no_click_and_splits_no_persons_devices(
    settings: Settings, visits: SignedInVisits
) -> None:
    wait_until(lambda: require_no_lag(settings), "the stream", seconds=300, every=1)
    older = "select person_id from serving.visitor_persons as links where person_id !~ '^k2-'"
    assert rows(settings, older) == []
    with psycopg.connect(settings.database_url) as connection:
        devices = other_devices(connection, [visits.device_of(customer, "laptop") for customer in visits.customers])
    for customer in visits.customers:
        found = devices[visits.device_of(customer, "laptop")]
        assert {visits.device_of(customer, "phone"), visits.device_of(customer, "tablet")} <= found
        assert not found & {visits.device_of(other, "phone") for other in visits.customers if other != customer}
    require_success(run_dagster_job("clickstream", settings.dagster_url))
    landed = "select count(*), count(distinct event_id) from raw_clickstream.events where event_id = any(%s)"
    with psycopg.connect(settings.database_url) as connection:
        assert connection.execute(landed, [visits.event_ids]).fetchall() == [(len(visits.event_ids),) * 2]


def test_after_a_new_key_each_customer_is_one_in_the_warehouse(
    settings: Settings, visits: SignedInVisits, changed: object
) -> None:
    named = "select distinct user_id ~ '^k2-' from raw_clickstream.events where event_id = any(%s) order by 1"
    mapped = "select customer_id::text, customer_pseudonym from pii.customer_pseudonyms"
    staged = """
        select visitor_id, array_agg(distinct customer_pseudonym) from staging.stg_clickstream__events
        where event_id = any(%s) group by 1
    """
    stitched = (
        "select visitor_id, customer_pseudonym from intermediate.int_identities__stitched where visitor_id = any(%s)"
    )
    with psycopg.connect(settings.database_url) as connection:
        assert connection.execute(named, [visits.event_ids]).fetchall() == [(False,), (True,)]
        customers: dict[str, str] = dict(connection.execute(mapped).fetchall())
        expected = {
            visitor: customers[customer]
            for customer in visits.customers
            for visitor in (
                customers[customer],  # of the shop's server, by whatever key
                *(visits.device_of(customer, device) for device in ("phone", "tablet", "laptop")),
            )
        }
        assert {visitor: of for visitor, [of] in connection.execute(staged, [visits.event_ids])} == expected
        assert dict(connection.execute(stitched, [list(expected)]).fetchall()) == expected
    in_clicks = """
        select count(*) from staging.stg_clickstream__events
        where customer_pseudonym in (select click_pseudonym from pii.click_pseudonyms)
    """
    assert rows(settings, in_clicks) == [(0,)]
