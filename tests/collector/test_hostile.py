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
from benchmarks.support.in_process import BAD_TOPIC, TOPIC, InProcess
from collector.body import MAX_BODY_BYTES
from collector.redaction import trim_url, trim_urls

SIZE = MAX_BODY_BYTES - 100
# far above the 50 ms that `make bench ONLY=clickstream` measures, far below the half hour of a quadratic parser
SECONDS = 5.0
random.seed(7)
SCRIPTS = "abcXYZ019 äöüßéèñ ДЖЯ 漢字仮名交 中文字符 한국어 عربى हिन्दी 😀👩‍👩‍👧"


def repeated(piece: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    return before + piece * ((SIZE - len(before) - len(after)) // len(piece)) + after


PATTERNS: dict[str, bytes] = {
    "an open quote and escaped quotes": repeated(b'\\"', b'"'),
    "escaped quotes behind a batch": repeated(b'\\"', b'{"batch":["'),
    "quotes": repeated(b'"'),
    "backslashes": repeated(b"\\"),
    "escaped backslashes in a text": repeated(b"\\\\", b'{"batch":["', b'"]}'),
    "backslashes before a NUL": repeated(b"\\", b'{"batch":[{"a":"', b'u0000"}]}'),
    "NULs written as escapes": repeated(b"\\u0000", b'{"batch":[{"a":"', b'"}]}'),
    "NUL bytes": repeated(b"\0"),
    "opening brackets": repeated(b"["),
    "opening braces": repeated(b"{"),
    "lists in lists of a batch": repeated(b"[", b'{"batch":['),
    "objects in objects": repeated(b'{"a":', b'{"batch":['),
    "closing brackets": repeated(b"]", b'{"batch":[]'),
    "brackets in turns": repeated(b"[]", b'{"batch":['),
    "commas": repeated(b",", b'{"batch":['),
    "empty events": repeated(b"{},", b'{"batch":[', b"{}]}"),
    "nulls": repeated(b"null,", b'{"batch":[', b"null]}"),
    "one number of many digits": repeated(b"9", b'{"batch":[', b"]}"),
    "one decimal of many digits": repeated(b"1", b'{"batch":[0.', b"]}"),
    "an exponent of many digits": repeated(b"9", b'{"batch":[1e', b"]}"),
    "minus signs": repeated(b"-", b'{"batch":[', b"]}"),
    "NaNs": repeated(b"NaN,", b'{"batch":[', b"NaN]}"),
    "white space": repeated(b" ", b'{"batch":[', b"]}"),
    "line ends": repeated(b"\r\n", b'{"batch":[', b"]}"),
    "keys without end": repeated(b'"a":1,', b'{"batch":[{', b'"z":1}]}'),
    "the same key again and again": repeated(b'"batch":[],', b"{", b'"batch":[]}'),
    "batches in batches": repeated(b'{"batch":[', b"", b""),
    "half a character": repeated(b"\xc3", b'{"batch":["', b'"]}'),
    "surrogates": repeated(b"\\ud800", b'{"batch":["', b'"]}'),
    "pairs the wrong way round": repeated(b"\\udc00\\ud800", b'{"batch":["', b'"]}'),
    "bytes of no text": random.randbytes(SIZE),
    "text of all scripts": repeated(SCRIPTS.encode(), b'{"batch":["', b'"]}'),
    "a question mark of a URL": repeated(
        b"?", b'{"batch":[{"type":"page","context":{"page":{"url":"http://a/', b'"}}}]}'
    ),
    "parameters of a URL": repeated(
        b"a=b&", b'{"batch":[{"type":"page","context":{"page":{"url":"http://a/?', b'"}}}]}'
    ),
    "percents of a URL": repeated(
        b"%25", b'{"batch":[{"type":"page","context":{"page":{"url":"http://a/?q=', b'"}}}]}'
    ),
    "at signs of a URL": repeated(b"@", b'{"batch":[{"type":"page","context":{"page":{"url":"http://', b'"}}}]}'),
    "a write key without end": repeated(b"k", b'{"writeKey":"', b'","batch":[]}'),
    "write keys": repeated(b'"writeKey":"x",', b"{", b'"batch":[]}'),
    "a time of many digits": repeated(b"1", b'{"sentAt":"', b'","batch":[{}]}'),
    "dots and colons of a time": repeated(b"1:.", b'{"batch":[{"timestamp":"', b'"}]}'),
}


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


def long_contexts(number: int) -> bytes:
    text = f"{number}" + "x" * 490_000
    where = [
        {"ip": text},
        {"page": {"url": f"https://shop.test/?{text}"}},
        {"userAgent": text},
        {f"{number}-{key}": 1 for key in range(20_000)},
    ]
    event = client_event() | {"context": {}}
    return json.encode({"batch": [event], "context": where[number % 4]})


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
