"""Splits batches that no JSON parser reads, so that the valid events are kept when one is malformed.

Examples: NaN as Python's clients write it, a broken number, nesting deeper than a parser goes. As long as quotes and
brackets are balanced, the end of an event can be found.
"""

from __future__ import annotations

import re

from msgspec import ValidationError

from collector.body import MAX_BATCH_EVENTS

# Everything up to the next sign that matters, texts included; of a text that never ends, everything.
_TEXT = rb'"(?:[^"\\]++|\\.)*+"?'
_TO_SIGN = re.compile(rb'(?:[^]["{},]++|' + _TEXT + rb")*+([][{},])", re.DOTALL)
# within an event what holds no brackets itself is passed over, too: most products, pages, devices
_FLAT = rb'(?:[^]["{}]++|' + _TEXT + rb")*+"
_LEAF = rb"\{" + _FLAT + rb"\}|\[" + _FLAT + rb"\]"
_TO_END_OF_ITEM = re.compile(rb'(?:[^]["{},]++|' + _TEXT + b"|" + _LEAF + rb")*+([][{},])", re.DOTALL)
_TO_BRACKET = re.compile(rb'(?:[^]["{}]++|' + _TEXT + b"|" + _LEAF + rb")*+([][{}])", re.DOTALL)
_BATCH = re.compile(rb'"batch"\s*+:\s*+\[$')

ITEM_DEPTH = 2  # of what stands between the brackets of the batch; deeper, only brackets matter
MAX_SIGNS = 20_000  # a full body of orders has half as many; each takes about a microsecond


def split_batch(body: bytes) -> tuple[bytes, list[bytes]]:
    """The body with an empty `batch`, and the bytes of each item that was in it.

    Raises ValidationError when there is no list `batch`, when it never ends, or has too many items or brackets.
    """
    depth = signs = place = 0
    start = item = -1
    items: list[bytes] = []
    while True:
        pattern = _TO_BRACKET if depth > ITEM_DEPTH else _TO_SIGN if start < 0 else _TO_END_OF_ITEM
        found = pattern.match(body, place)
        if not found:
            raise ValidationError("Object missing required field `batch`: no list of this name that ends")
        sign, place, signs = found[1], found.end(), signs + 1
        if signs > MAX_SIGNS or len(items) > MAX_BATCH_EVENTS:
            raise ValidationError(f"more than {MAX_BATCH_EVENTS} events or {MAX_SIGNS} brackets: send smaller batches")
        if sign in b"[{":
            if depth == 1 and start < 0 and _BATCH.search(found[0]):
                start = item = place
            depth += 1
        elif sign in b"]}":
            depth -= 1
            if depth == 1 and start >= 0:
                if rest := body[item : place - 1].strip():
                    items.append(rest)
                return body[:start] + body[place - 1 :], items
        elif depth == ITEM_DEPTH and start >= 0:
            items.append(body[item : place - 1].strip())
            item = place
