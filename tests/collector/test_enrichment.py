"""Enrichment of events before they are sent to Kafka; needs no service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json

from benchmarks.support.events import NOW, client_event
from collector.enrichment import EnrichedEvent, RefusedEvent, Sender, WithoutConsent, enrich_event
from collector.redaction import cut_address, trim_url
from events.event import Event, parse
from tests.events.test_envelope import JSON_VALUES

SENDER = Sender(received_at=NOW, address="198.51.100.7", user_agent="Firefox")


def accepted(event: dict[str, Any], sender: Sender = SENDER) -> Event:
    """The event as the lander will read it."""
    outcome = enrich_event(json.encode(event), sender, "key")
    assert isinstance(outcome, EnrichedEvent), outcome
    landed = parse(outcome.value)
    assert isinstance(landed, Event), landed
    return landed


FIELDS = [*client_event(), "userId", "previousId", "traits", "timestamp", "originalTimestamp", "sentAt", "name"]


@settings(max_examples=500, deadline=None)
@given(changes=st.dictionaries(st.sampled_from(FIELDS), JSON_VALUES, max_size=3))
def test_what_the_collector_accepts_the_lander_lands(changes: dict[str, Any]) -> None:
    outcome = enrich_event(json.encode(client_event() | changes), SENDER, "key")
    if isinstance(outcome, EnrichedEvent):
        assert isinstance(parse(outcome.value), Event)
    else:
        assert isinstance(outcome, WithoutConsent) or outcome.why.reason


@settings(max_examples=300, deadline=None)
@given(value=st.binary(max_size=200))
def test_any_bytes_are_refused_with_a_reason(value: bytes) -> None:
    assert isinstance(enrich_event(value, SENDER, "key"), RefusedEvent)


@pytest.mark.parametrize(
    ("original", "sent_at", "occurred_at"),
    [
        (None, None, NOW),
        (NOW - timedelta(days=3), None, NOW - timedelta(days=3)),
        (NOW - timedelta(days=3), NOW, NOW - timedelta(days=3)),
        (datetime(2010, 1, 1, tzinfo=UTC), datetime(2010, 1, 1, 0, 5, tzinfo=UTC), NOW - timedelta(minutes=5)),
        (None, NOW - timedelta(hours=2), NOW),
    ],
    ids=["no times", "server-side import", "kept offline", "clock off by years", "only sentAt"],
)
def test_event_time_is_the_devices_span_on_the_collectors_clock(
    original: datetime | None, sent_at: datetime | None, occurred_at: datetime
) -> None:
    times = {"originalTimestamp": original, "sentAt": sent_at}
    assert accepted(client_event(**times)).occurred_at == occurred_at


def test_batch_says_what_its_events_leave_out() -> None:
    sender = Sender(received_at=NOW, sent_at=NOW - timedelta(minutes=1), context={"locale": "fr", "sessionId": "batch"})
    landed = accepted(client_event(originalTimestamp=NOW - timedelta(minutes=3)), sender)
    assert landed.occurred_at == NOW - timedelta(minutes=2)
    assert (json.decode(landed.context)["locale"], landed.session_id) == ("fr", "session-1")


def test_consent_of_the_batch_counts() -> None:
    sender = Sender(received_at=NOW, context={"consent": {"analytics": False}})
    assert isinstance(enrich_event(json.encode(client_event()), sender, "key"), WithoutConsent)
    assert isinstance(enrich_event(json.encode(client_event(type="nonsense")), sender, "key"), WithoutConsent)


@pytest.mark.parametrize(
    ("address", "cut"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1234:5678::1", "2001:db8:1234::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("somewhere", None),
        ("", None),
    ],
)
def test_addresses_are_cut(address: str, cut: str | None) -> None:
    assert cut_address(address) == cut


@pytest.mark.parametrize(
    ("url", "trimmed"),
    [
        ("https://shop.test/p?email=a@b.c&category=tv#reset-token", "https://shop.test/p?category=tv"),
        ("https://ada:pw@shop.test/?x=1", "https://shop.test/"),
        ("?q=headphones&session=1", "?q=headphones"),
        ("http://[broken?x=1", "http://[broken"),
    ],
)
def test_urls_keep_only_allowed_parameters(url: str, trimmed: str) -> None:
    assert trim_url(url) == trimmed
