"""What one visitor can send to harm the platform: each is answered quickly, and nobody else pays for it."""

from __future__ import annotations

import gzip
import random
import time
import tracemalloc
from typing import Any

import pytest
from msgspec import json

from benchmarks.support.events import client_event
from benchmarks.support.hostile_bodies import PATTERNS, long_contexts
from benchmarks.support.in_process import BAD_TOPIC, TOPIC, InProcess
from collector.body import MAX_BODY_BYTES
from collector.redaction import trim_url, trim_urls

# far above the 50 ms that `make bench ONLY=clickstream` measures, far below the half hour of a quadratic parser
SECONDS = 5.0


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("path", ["/v1/batch", "/v1/track"])
def test_a_body_of_any_pattern_is_answered_in_linear_time(name: str, path: str) -> None:
    body = PATTERNS[name]
    assert len(body) <= MAX_BODY_BYTES
    started = time.process_time()
    answer = InProcess().post(path, body)
    assert time.process_time() - started < SECONDS
    assert answer.status in (200, 400, 413), answer.body[:200]


@pytest.mark.parametrize("headers", [{}, {b"authorization": b"Basic d3Jvbmc6"}, {b"authorization": b"Basic ?"}])
def test_without_the_key_nothing_is_decoded(headers: dict[bytes, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(_: bytes) -> Any:
        raise AssertionError("decoded before the key was checked")

    monkeypatch.setattr("collector.intake.decode_body", decode)
    packed = gzip.compress(PATTERNS["an open quote and escaped quotes"])
    answer = InProcess().post("/v1/batch", packed, headers | {b"content-encoding": b"gzip"})
    assert answer.status == 401
    assert InProcess().post("/v1/batch", b'{"writeKey": "wrong", "batch": []}', headers).status == 401


def test_memory_stays_flat_whatever_is_sent() -> None:
    """A cache that keeps texts of visitors would hold half a megabyte of each request."""
    collector = InProcess()
    for number in range(100):
        collector.post("/v1/batch", long_contexts(number), client=f"203.0.113.{number % 200}")
    collector.sink.records.clear()
    tracemalloc.start()
    try:
        for number in range(100, 300):
            collector.post("/v1/batch", long_contexts(number), client=f"203.0.113.{number % 200}")
            collector.sink.records.clear()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 2_000_000, f"{held} bytes are still held after 200 requests of 490 KB"


def test_a_common_context_is_bounded_like_an_event() -> None:
    events = [client_event(messageId=str(number)) for number in range(200)]
    body = json.encode({"batch": events, "context": {f"key {number}": number for number in range(40_000)}})
    collector = InProcess()
    started = time.process_time()
    answer = collector.post("/v1/batch", body[:MAX_BODY_BYTES] if len(body) > MAX_BODY_BYTES else body)
    assert time.process_time() - started < SECONDS
    assert answer.status in (200, 400, 413)
    for record in collector.sink.records:
        assert len(record.value) < 64 * 1024


LONG = "".join(random.choice("abcdefghijklmnopqrstuvwxyz0123456789漢字仮名") for _ in range(4_000))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"context": {"sessionId": LONG}}, None),
        ({"properties": {"product_id": "1", "category": LONG}}, None),
        ({"properties": {"product_id": LONG}}, "product_id"),
        ({"anonymousId": LONG}, "anonymousId"),
        ({"messageId": LONG}, "messageId"),
        ({"event": "Order Completed", "properties": {"order_id": LONG}}, "order_id"),
        ({"event": "Products Searched", "properties": {"query": "x", "results": 3_000_000_000}}, "results"),
        ({"event": "Products Searched", "properties": {"query": LONG}}, None),
        ({"context": {"device": {"type": LONG}}}, None),
        ({"type": "page", "event": None, "properties": {"order_id": LONG}}, None),
        ({"event": LONG}, "event"),
    ],
)
def test_a_text_or_number_beyond_its_bounds_is_cut_dropped_or_refused_by_name(
    changes: dict[str, Any], field: str | None
) -> None:
    collector = InProcess()
    assert collector.post("/v1/batch", json.encode({"batch": [client_event(**changes)]})).status == 200
    [record] = collector.sink.records
    if field is None:
        assert record.topic == TOPIC
        assert LONG.encode()[:3_000] not in record.value
    else:
        headers = dict(record.headers)
        assert record.topic == BAD_TOPIC
        assert headers["reason"] in (b"invalid_field", b"missing_field")
        assert field.encode() in headers["detail"], headers


def test_an_ordinary_zero_is_a_position() -> None:
    collector = InProcess()
    event = client_event(event="Product Clicked", properties={"product_id": "1", "position": 0})
    collector.post("/v1/batch", json.encode({"batch": [event]}))
    assert [record.topic for record in collector.sink.records] == [TOPIC]


def test_no_cache_keeps_the_long_urls_of_visitors() -> None:
    """Neither ours nor urllib's, which keeps the last 128 whatever their length."""
    long = [f"https://shop.test/p/{number}?q={number}&x=" + "y" * 400_000 for number in range(40)]
    trim_url(long[0])
    tracemalloc.start()
    try:
        for url in long:
            assert trim_url(url).endswith(f"q={url[20:].partition('?')[0]}")
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 1_000_000


@pytest.mark.parametrize(
    ("url", "trimmed"),
    [
        ("https://user:secret@shop.test/p", "https://shop.test/p"),
        ("https://shop.test/p?q=tv&token=s3cret#top", "https://shop.test/p?q=tv"),
        ("//user:secret@shop.test/p?email=a@b.test", "//shop.test/p"),
    ],
)
def test_a_url_loses_its_user_and_what_is_not_allowed(url: str, trimmed: str) -> None:
    assert trim_urls({"url": url, "name": url}) == {"url": trimmed, "name": url}
