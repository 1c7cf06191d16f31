"""Splits batches that no JSON parser reads, so that the valid events are kept when one is malformed.

Examples: NaN as Python's clients write it, a broken number, nesting deeper than a parser goes. As long as quotes and
brackets are balanced, the end of an event can be found.
"""

from __future__ import annotations

import re

from msgspec import ValidationError

# a text, or a character that changes the depth or ends an item
# (one that never ends, too: else each of its quotes would be tried again as the start of a text)
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[][{}]|[,:]', re.DOTALL)


def split_batch(body: bytes) -> tuple[bytes, list[bytes]]:
    """The body with an empty `batch`, and the bytes of each item that was in it.

    Raises ValidationError when there is no list `batch` or it never ends.
    """
    depth = 0
    last = previous = b""
    start = item = -1
    items: list[bytes] = []
    for token in _TOKEN.finditer(body):
        kind = token[0]
        if kind in b"[{":
            if depth == 1 and start < 0 and kind == b"[" and (previous, last) == (b'"batch"', b":"):
                start = item = token.end()
            depth += 1
        elif kind in b"]}":
            depth -= 1
            if depth == 1 and start >= 0:
                if rest := body[item : token.start()].strip():
                    items.append(rest)
                return body[:start] + body[token.start() :], items
        elif kind == b"," and depth == 2 and start >= 0:
            items.append(body[item : token.start()].strip())
            item = token.end()
        previous, last = last, kind
    raise ValidationError("Object missing required field `batch`: no list of this name that ends")
