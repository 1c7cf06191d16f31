"""Bodies that one visitor can send to keep the collector busy: each is answered in linear time."""

from __future__ import annotations

import random
import time
import tracemalloc

import pytest

from benchmarks.support.in_process import InProcess
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
