"""The contract: every record is an event or is rejected with a reason; nothing raises."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json

from benchmarks.support.events import NOW, wire, wire_event
from events.bots import is_bot
from events.envelope import MAX_RECORD_BYTES
from events.event import Event, parse
from events.rejection import Rejected


def good(value: bytes) -> Event:
    event = parse(value)
    assert isinstance(event, Event), event
    return event


def test_event_becomes_a_row_of_raw() -> None:
    event = good(wire(messageId="m-1", userId="pseudonym"))
    assert (event.event_id, event.event_type, event.event_name) == ("m-1", "track", "Product Viewed")
    assert (event.anonymous_id, event.user_id, event.session_id) == ("visitor-1", "pseudonym", "session-1")
    assert (event.product_id, event.occurred_at, event.time_flag) == ("8001", NOW, "on_time")
    assert json.decode(event.properties)["price"] == 99.5
    assert not event.is_late and not event.is_bot


def test_event_without_anonymous_id_belongs_to_its_user() -> None:
    assert good(wire(anonymousId=None, userId="pseudonym")).anonymous_id == "pseudonym"


@pytest.mark.parametrize("event_type", ["page", "identify", "alias"])
def test_other_types_have_no_event_name(event_type: str) -> None:
    assert good(wire(type=event_type, event="ignored", properties={"previousId": "v"})).event_name is None


def test_unknown_track_events_and_properties_pass() -> None:
    assert good(wire(event="Warranty Opened", properties={"anything": [1, {"a": None}]})).product_id is None
    assert good(wire(properties={"product_id": 8001, "colour": "black"})).product_id == "8001"


def without(field: str) -> bytes:
    event = wire_event()
    del event[field]
    return json.encode(event)


def nested(levels: int) -> bytes:
    return wire(properties={"product_id": "1"}).replace(b'"1"', b'"1","deep":' + b"[" * levels + b"]" * levels)


def properties(**changes: Any) -> bytes:
    return wire(properties=wire_event()["properties"] | changes)


POISON = {
    "null value": (None, "no_value"),
    "empty value": (b"", "invalid_json"),
    "not JSON": (b"click!", "invalid_json"),
    "cut short": (wire()[:-5], "invalid_json"),
    "not an object": (b"[]", "invalid_field"),
    "invalid UTF-8": (wire().replace(b"Headphones", b"Head\xffphones"), "invalid_utf8"),
    "lone surrogate": (wire().replace(b"Headphones", b"\\udc00 headphones"), "invalid_json"),
    "NUL escaped": (wire().replace(b"Headphones", b"Head\\u0000phones"), "nul_character"),
    "NUL raw": (wire().replace(b"Headphones", b"Head\x00phones"), "invalid_json"),
    "NaN": (wire().replace(b"99.5", b"NaN"), "invalid_json"),
    "Infinity": (wire().replace(b"99.5", b"-Infinity"), "invalid_json"),
    "number beyond double": (wire().replace(b"99.5", b"1e400"), "invalid_field"),
    "integer of 5,000 digits": (wire().replace(b"99.5", b"9" * 5_000), "invalid_field"),
    "2 MB": (wire(context={"a": "x" * 2_000_000}), "too_large"),
    "nested 30 deep": (nested(30), "too_deep"),
    "nested 30,000 deep": (nested(30_000), "too_deep"),
    "no message id": (without("messageId"), "missing_field"),
    "no properties": (without("properties"), "missing_field"),
    "no receivedAt": (without("receivedAt"), "missing_field"),
    "nobody": (wire(anonymousId=None), "missing_field"),
    "no event name": (wire(event=None), "missing_field"),
    "unknown type": (wire(type="screen"), "invalid_field"),
    "empty message id": (wire(messageId=""), "invalid_field"),
    "time without zone": (wire(timestamp="2026-11-23T10:00:00"), "invalid_field"),
    "time before the calendar": (wire(timestamp="0001-01-01T00:00:00+14:00"), "invalid_timestamp"),
    "negative price": (properties(price=-1), "invalid_field"),
    "absurd price": (properties(price=1e12), "invalid_field"),
    "price as text": (properties(price="99.5"), "invalid_field"),
    "quantity 0": (properties(quantity=0), "invalid_field"),
    "currency in words": (properties(currency="euro"), "invalid_field"),
    "no product": (wire(properties={}), "missing_field"),
    "no order": (wire(event="Order Completed", properties={"total": 3}), "missing_field"),
    "page's title no text": (wire(type="page", properties={"title": 5}), "invalid_field"),
    "country no text": (wire(type="identify", properties={"country": ["FR"]}), "invalid_field"),
    "alias of nobody": (wire(type="alias", properties={}), "missing_field"),
    "impression without a slot": (wire(event="Recommendations Viewed", properties={"products": []}), "missing_field"),
    "written by a newer contract": (wire(schemaVersion=2), "unknown_version"),
    "rank 0": (properties(recommendation={"slot": "home", "rank": 0}), "invalid_field"),
}


@pytest.mark.parametrize(("value", "reason"), POISON.values(), ids=POISON.keys())
def test_poison_is_rejected_with_its_reason(value: bytes | None, reason: str) -> None:
    outcome = parse(value)
    assert isinstance(outcome, Rejected)
    assert outcome.reason == reason
    assert outcome.detail


def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    assert "u0000" in good(wire().replace(b"Headphones", rb"Head\\u0000phones")).properties


def test_the_limit_is_the_last_size_taken() -> None:
    room = MAX_RECORD_BYTES - len(wire(context={"a": ""}))
    assert isinstance(parse(wire(context={"a": "x" * room})), Event)
    assert isinstance(parse(wire(context={"a": "x" * (room + 1)})), Rejected)


@pytest.mark.parametrize(
    ("delay", "flag", "is_late"),
    [
        (timedelta(minutes=59), "on_time", False),
        (timedelta(hours=1, seconds=1), "late", True),
        (timedelta(days=3), "late", True),
        (timedelta(days=40), "late", True),
        (timedelta(days=3_650), "implausible", True),
        (-timedelta(minutes=4), "on_time", False),
        (-timedelta(days=1), "future", False),
    ],
)
def test_unlikely_times_land_flagged(delay: timedelta, flag: str, is_late: bool) -> None:
    event = good(wire(timestamp=NOW - delay))
    assert (event.time_flag, event.is_late, event.occurred_at) == (flag, is_late, NOW - delay)


def test_a_repeat_has_the_same_hash_and_a_conflict_another() -> None:
    first = good(wire(messageId="m"))
    repeat = good(wire(messageId="m", sentAt=NOW + timedelta(hours=1), receivedAt=NOW + timedelta(hours=1)))
    conflict = good(wire(messageId="m", properties={"product_id": "8002"}))
    assert first.payload_hash == repeat.payload_hash != conflict.payload_hash


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36", False),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/120.0", True),
        ("analytics-python/2.3", False),
        ("", False),
    ],
)
def test_bots_are_flagged(user_agent: str, expected: bool) -> None:
    assert is_bot(user_agent) is expected
    assert good(wire(context={"userAgent": user_agent})).is_bot is expected


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(changes=st.dictionaries(st.sampled_from(sorted(wire_event())), JSON_VALUES, max_size=3))
def test_any_change_of_an_event_is_good_or_rejected(changes: dict[str, Any]) -> None:
    assert isinstance(parse(json.encode(wire_event() | changes)), Event | Rejected)


@settings(max_examples=300, deadline=None)
@given(position=st.integers(0, len(wire()) - 1), noise=st.binary(min_size=1, max_size=6))
def test_any_damage_of_the_bytes_is_good_or_rejected(position: int, noise: bytes) -> None:
    value = wire()
    assert isinstance(parse(value[:position] + noise + value[position + len(noise) :]), Event | Rejected)
