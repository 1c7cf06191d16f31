"""Bodies of a request that one visitor can send to keep the collector busy, or to fill its memory."""

from __future__ import annotations

import random

from msgspec import json

from benchmarks.support.events import client_event
from collector.body import MAX_BODY_BYTES

SIZE = MAX_BODY_BYTES - 100
RANDOM = random.Random(7)
SCRIPTS = "abcXYZ019 äöüßéèñ ДЖЯ 漢字仮名交 中文字符 한국어 عربى हिन्दी 😀👩‍👩‍👧"


def repeated(piece: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    """`piece` again and again between `before` and `after`, SIZE bytes in all."""
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
    "bytes of no text": RANDOM.randbytes(SIZE),
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


def long_contexts(number: int) -> bytes:
    """A batch whose common context holds half a megabyte that no other one holds."""
    text = f"{number}" + "x" * 490_000
    where = [
        {"ip": text},
        {"page": {"url": f"https://shop.test/?{text}"}},
        {"userAgent": text},
        {f"{number}-{key}": 1 for key in range(20_000)},
    ]
    event = client_event() | {"context": {}}
    return json.encode({"batch": [event], "context": where[number % 4]})
