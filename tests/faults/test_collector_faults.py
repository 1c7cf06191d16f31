"""What goes wrong with events, through the collector and the contract: invalid events, repeats and wrong clocks."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import json

from benchmarks.support.events import client_event
from benchmarks.support.in_process import BAD_TOPIC, TOPIC, InProcess
from events.event import Event, parse

GOOD = json.encode(client_event(messageId="good"))


def event(**changes: Any) -> bytes:
    return json.encode(client_event(**changes))


POISON = {
    "invalid UTF-8": (event().replace(b"Headphones", b"\xff\xfe"), "invalid_utf8"),
    "NUL, escaped": (event().replace(b"Headphones", b"\\u0000"), "nul_character"),
    "NUL in a name": (event(properties={"a\0": 1, "product_id": "1"}), "nul_character"),
    "half a character": (event().replace(b"Headphones", b"\\ud83d"), "invalid_json"),
    "NaN": (event().replace(b"99.5", b"NaN"), "invalid_json"),
    "Infinity": (event().replace(b"99.5", b"Infinity"), "invalid_json"),
    "-Infinity": (event().replace(b"99.5", b"-Infinity"), "invalid_json"),
    "beyond a double": (event().replace(b"99.5", b"1e999"), "invalid_field"),
    "33 KB": (event(properties={"product_id": "1", "text": "x" * 33_000}), "too_large"),
    "25 levels": (event().replace(b"99.5", b"[" * 25 + b"]" * 25), "invalid_field"),
    "5,000 levels": (event().replace(b"99.5", b'99.5,"deep":' + b"[" * 5_000 + b"]" * 5_000), "too_deep"),
    "5,000 levels of objects": (event().replace(b"99.5", b'{"a":' * 5_000 + b"1" + b"}" * 5_000), "too_deep"),
    "a broken number": (event().replace(b"99.5", b"1.e"), "invalid_json"),
    "a word": (event().replace(b"99.5", b"undefined"), "invalid_json"),
    "null": (b"null", "invalid_field"),
    "a number": (b"17", "invalid_field"),
    "a list": (b"[]", "invalid_field"),
    "empty object": (b"{}", "missing_field"),
    "nobody": (event(anonymousId=None), "missing_field"),
    "no event name": (event(event=None), "missing_field"),
    "no product": (event(properties={}), "missing_field"),
    "a time before the calendar": (event(originalTimestamp="0001-01-01T00:00:00+14:00"), "invalid_timestamp"),
    "negative price": (event(properties={"product_id": "1", "price": -1}), "invalid_field"),
    "quantity 0": (event(properties={"product_id": "1", "quantity": 0}), "invalid_field"),
}


@pytest.mark.parametrize(("poison", "reason"), POISON.values(), ids=POISON.keys())
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
def test_poison_is_kept_with_its_reason_and_its_neighbours_land(poison: bytes, reason: str, compressed: bool) -> None:
    collector = InProcess()
    body = b'{"batch":[' + b",".join([GOOD, poison, GOOD]) + b"]}"
    headers = {b"authorization": b"Basic dGVzdC1rZXk6"}
    if compressed:
        body, headers = gzip.compress(body), headers | {b"content-encoding": b"gzip"}
    answer = collector.post(body=body, headers=headers)
    bad = [dict(record.headers)["reason"].decode() for record in collector.sink.records if record.topic == BAD_TOPIC]
    good = [parse(record.value) for record in collector.sink.records if record.topic == TOPIC]
    assert bad == [reason]
    assert answer.status == 200 and len(good) == 2
    assert all(isinstance(landed, Event) for landed in good)


def test_a_time_that_cannot_be_read_counts_as_not_given() -> None:
    collector = InProcess()
    assert collector.post(body=b'{"batch":[' + event(originalTimestamp="yesterday") + b"]}").json()["accepted"] == 1
    [record] = collector.sink.records
    landed = parse(record.value)
    assert isinstance(landed, Event) and landed.occurred_at == landed.received_at


def test_two_megabytes_are_refused_unread_and_nothing_is_kept() -> None:
    collector = InProcess()
    plain = b'{"batch":[' + event(properties={"product_id": "1", "text": "x" * 2_000_000}) + b"]}"
    assert collector.post(body=plain).status == 413
    packed = {b"authorization": b"Basic dGVzdC1rZXk6", b"content-encoding": b"gzip"}
    assert collector.post(body=gzip.compress(plain), headers=packed).status == 413
    assert collector.sink.records == []


def test_an_empty_batch_is_taken_and_a_missing_one_is_bad() -> None:
    collector = InProcess()
    assert collector.post(body=b'{"batch":[]}').json() == {"success": True, "accepted": 0, "rejected": 0, "dropped": 0}
    assert collector.post(body=b'{"batch":null}').json()["code"] == "missing_field"
    assert collector.post(body=b"{}").json()["code"] == "missing_field"
    assert [record.topic for record in collector.sink.records] == [BAD_TOPIC, BAD_TOPIC]


def test_a_record_without_value_or_key_is_judged_by_its_value() -> None:
    assert parse(None) != parse(b"")
    collector = InProcess()
    collector.post(body=b'{"batch":[' + event(messageId=None) + b"]}")
    [record] = collector.sink.records
    landed = parse(record.value)
    assert isinstance(landed, Event) and len(landed.event_id) == 36


@pytest.mark.parametrize("times", [{}, {"originalTimestamp": "2026-11-23T10:00:00Z"}, {"timestamp": "2026-11-23"}])
def test_repeats_are_told_from_conflicts_in_a_batch_and_across_batches_and_days(times: dict[str, str]) -> None:
    collector = InProcess()
    if times.get("timestamp") == "2026-11-23":
        times = {"timestamp": "2026-11-23T10:00:00"}
    one = client_event(messageId="m", **times)
    other = client_event(messageId="m", properties={"product_id": "8002"}, **times)
    now = datetime.now(UTC)
    collector.post(body=json.encode({"batch": [one, one], "sentAt": now}))
    collector.post(body=json.encode({"batch": [one], "sentAt": now + timedelta(days=1)}))
    collector.post("/v1/track", body=json.encode(one))
    collector.post(body=json.encode({"batch": [other], "sentAt": now}))
    landed = [parse(record.value) for record in collector.sink.records]
    hashes = [event.payload_hash for event in landed if isinstance(event, Event) and event.event_id == "m"]
    assert len(hashes) == 5
    assert len(set(hashes[:4])) == 1 and hashes[4] != hashes[0]


@pytest.mark.parametrize(
    ("happened", "sent", "flag"),
    [
        (timedelta(minutes=10), timedelta(0), "on_time"),
        (timedelta(hours=1, minutes=1), timedelta(0), "late"),
        (timedelta(days=3), timedelta(0), "late"),
        (timedelta(days=40), None, "late"),
        (-timedelta(days=1), timedelta(0), "future"),
        (timedelta(days=3_650), None, "implausible"),
        (timedelta(days=3_650, minutes=2), timedelta(days=3_650), "on_time"),
        (-timedelta(days=3_650), -timedelta(days=3_650, minutes=2), "on_time"),
        (timedelta(days=3_655), timedelta(days=3_650), "late"),
    ],
    ids=[
        "ten minutes ago",
        "an hour ago",
        "three days offline",
        "forty days, no clock to compare",
        "tomorrow",
        "ten years ago, no clock to compare",
        "clock ten years slow",
        "clock ten years fast",
        "clock ten years slow, five days offline",
    ],
)
def test_every_clock_lands_with_a_flag(happened: timedelta, sent: timedelta | None, flag: str) -> None:
    """`happened` and `sent` are how long before now the device's clock readings are."""
    collector, now = InProcess(), datetime.now(UTC)
    body = {"batch": [client_event(originalTimestamp=now - happened)]} | (
        {"sentAt": now - sent} if sent is not None else {}
    )
    collector.post(body=json.encode(body))
    [record] = collector.sink.records
    landed = parse(record.value)
    assert isinstance(landed, Event)
    assert landed.time_flag == flag
    span = happened - sent if sent is not None else happened
    assert abs(landed.occurred_at - (now - span)) < timedelta(seconds=10)
