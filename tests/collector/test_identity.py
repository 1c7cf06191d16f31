"""Ids that mean nobody name no customer: two visitors who are both 'undefined' are two people."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import json

from benchmarks.support.events import NOW, client_event
from collector.enrichment import EnrichedEvent, Sender, enrich_event
from collector.identity import customer_id, previous_id, visitor_id
from events.event import Event, parse

SENDER = Sender(received_at=NOW, address="198.51.100.7", user_agent="Firefox")
NOBODY = [
    "undefined", "null", "guest", "0", 0, -1, "  ", "[object Object]", "NaN", "anonymous", "", "None", "UNDEFINED",
    " Guest ", "false", "N/A", "00000000-0000-0000-0000-000000000000",
]  # fmt: skip


def landed(**changes: Any) -> Event:
    outcome = enrich_event(json.encode(client_event() | changes), SENDER, "key")
    assert isinstance(outcome, EnrichedEvent), outcome
    event = parse(outcome.value)
    assert isinstance(event, Event), event
    return event


@pytest.mark.parametrize("value", NOBODY)
def test_an_id_that_means_nobody_is_kept_as_an_event_of_no_customer(value: str | int) -> None:
    assert customer_id(value) is None and visitor_id(value, "key") is None
    events = [landed(userId=value, anonymousId=visitor) for visitor in ("a-0", "a-1")]
    assert [(event.user_id, event.anonymous_id) for event in events] == [(None, "a-0"), (None, "a-1")]


@pytest.mark.parametrize("value", NOBODY)
def test_an_alias_of_nobody_joins_nobody(value: str | int) -> None:
    assert previous_id(value, "a-0", "key") is None


def test_an_empty_uuid_is_no_visitor_and_two_of_them_are_two() -> None:
    empty = "00000000-0000-0000-0000-000000000000"
    names = {landed(anonymousId=empty, userId=user).anonymous_id for user in ("17", "18")}
    assert empty not in names and len(names) == 2


@pytest.mark.parametrize(
    ("value", "number"), [("17", "17"), (17, "17"), (" 17 ", "17"), ("gid://shopify/Customer/17", "17"), ("10", "10")]
)
def test_a_customers_number_is_the_same_in_any_spelling(value: str | int, number: str) -> None:
    assert customer_id(value) == number
