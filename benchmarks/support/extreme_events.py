"""Client events at the limits of the contract: legal, and as unpleasant as legal can be.

Every type of event, built by walking the contract's own types: texts of incompressible characters at their full
length, numbers at both ends, all scripts, deep maps, long lists. What comes after the collector must take them all.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from msgspec import Struct, inspect, json

from benchmarks.support.events import NOW
from collector.body import MAX_EVENT_BYTES
from events.context import Context
from events.ecommerce import TRACK_PROPERTIES, OtherProperties
from events.visitor import PageView, Traits

# first and last character of what a script is written in; together every length in UTF-8
SCRIPTS = [
    (0x21, 0x7E),  # ASCII with quotes, backslashes, percent signs
    (0xA1, 0x17F),  # Latin: some are longer in lower or upper case
    (0x400, 0x4FF),  # Cyrillic
    (0x5D0, 0x64A),  # Hebrew and Arabic, from right to left
    (0x0E01, 0x0E2E),  # Thai
    (0x300, 0x36F),  # combining marks alone
    (0x2000, 0x206F),  # spaces, joiners and changes of direction
    (0x3041, 0x30FF),  # Japanese
    (0x4E00, 0x9FFF),  # Chinese: thousands of characters, three bytes each
    (0xAC00, 0xD7A3),  # Korean
    (0x1F300, 0x1F64F),  # emoji
    (0x20000, 0x2A6DF),  # rare Chinese: four bytes each
    (0x01, 0x1F),  # control characters without NUL
]
CHARACTERS = ["".join(map(chr, range(first, last + 1))) for first, last in SCRIPTS]
# what a program may read as something else
MISLEADING = [
    "", " ", "0", "-1", "00", "NaN", "Infinity", "-Infinity", "1e400", "12,99", "0x1F", "9" * 30, "null", "true",
    "[]", "{}", "\\N", "\\", "''", "$1", "%s", "{{ x }}", "2026-02-30", "infinity", "now", "unknown", "none",
]  # fmt: skip
FLOATS = [-0.0, 5e-324, 1e-15, 0.1, 1 / 3, 2**53 - 1.0, 99.99]
TIMES = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z", "2024-02-29T23:59:60Z"]
USER_AGENTS = ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Googlebot/2.1", "curl/8.5.0"]
ADDRESSES = ["203.0.113.77", "2001:db8:ffff:ffff::1", "::ffff:203.0.113.9"]
PAGES = "https://shop.test/p?utm_source=x&q="
OTHER_NAMES = ["Wishlist Opened", "page", "Order  Paid"]
LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
REMEMBERED = 12  # values of a field that come again, so that rows meet in joins and groups
TYPES: list[tuple[str, str | None, type[Struct] | None]] = [
    *(("track", name, model) for name, model in TRACK_PROPERTIES.items()),
    ("track", None, OtherProperties),
    ("page", None, PageView),
    ("screen", None, PageView),
    ("identify", None, Traits),
    ("alias", None, None),
    ("group", None, None),
]


def extreme_events(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """`count` events as a Segment client sends them, the types by turns; the same seed gives the same events.

    The collector accepts each of them, sent as UTF-8 JSON (msgspec.json.encode) of at most 32 KB.
    """
    generator = _Generator(seed)
    for number in range(count):
        yield generator.event(number, *TYPES[number % len(TYPES)])


type_info = cache(inspect.type_info)  # always the same object for a type: values are remembered by it


class _Generator:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.said: dict[Any, list[Any]] = defaultdict(list)

    def event(self, number: int, kind: str, name: str | None, model: type[Struct] | None) -> dict[str, Any]:
        event: dict[str, Any] = {
            "type": kind,
            "messageId": f"{self.seed}-{number}-{self._letters(self.rng.choice([4, 200]))}",
            "anonymousId": self._again("anonymousId", lambda: "v" + self._letters(self.rng.choice([1, 36, 254]))),
            "context": self._context(),
        }
        if kind == "track":
            event["event"] = name or self.rng.choice([*OTHER_NAMES, "x" + self._text(0, 254)])
        if kind in ("identify", "alias", "group") or self.rng.random() < 0.2:
            event["userId"] = self._again("userId", lambda: self.rng.choice([10**15, "c" + self._text(0, 254)]))
        if kind in ("alias", "group"):
            event["previousId" if kind == "alias" else "groupId"] = "g" + self._text(0, 254)
        if model:
            event["traits" if kind == "identify" else "properties"] = self._struct(model, optional=0.8)
        if self.rng.random() < 0.2:
            event["context"]["unknown"] = self._deep(15)
        return _shortened(event | self._times(), self.rng)

    def _context(self) -> dict[str, Any]:
        said = self._struct(Context, optional=0.6)
        said["userAgent"] = self.rng.choice([*USER_AGENTS, self._text(0, 1_000)])
        said["ip"] = self.rng.choice(ADDRESSES)
        if self.rng.random() < 0.5:
            said["page"] = {name: PAGES + self._text(0, 500) for name in ("url", "referrer")}
        said["consent"] = {"analytics": True, "personalisation": self.rng.random() < 0.8}
        return said

    def _times(self) -> dict[str, str]:
        near = NOW + timedelta(seconds=self.rng.randint(-90_000, 90_000))
        moment = self.rng.choice([near.isoformat()] * 6 + TIMES)
        return self.rng.choice([{}, {"timestamp": moment}, {"timestamp": moment}, {"originalTimestamp": moment}])

    def _struct(self, model: type[Struct], optional: float) -> dict[str, Any]:
        """A value of every required field, and of the others with the probability `optional`."""
        return self._fields(type_info(model), optional)

    def _fields(self, info: Any, optional: float) -> dict[str, Any]:
        return {
            field.encode_name: self._again((field.name, id(field.type)), lambda kind=field.type: self._value(kind))
            for field in info.fields
            if field.required or self.rng.random() < optional
        }

    def _again(self, field: Any, make: Any) -> Any:
        """A value that a field of this name and type had before, or a new one."""
        said = self.said[field]
        if said and self.rng.random() < (0.8 if len(said) == REMEMBERED else 0.4):
            return self.rng.choice(said)
        value = make()
        if len(said) < REMEMBERED and not isinstance(value, dict | list):
            said.append(value)
        return value

    def _value(self, kind: Any, cut: bool = False) -> Any:
        rng = self.rng
        match kind:
            case inspect.Metadata():
                return self._value(kind.type, cut or bool((kind.extra or {}).get("cut")))
            case inspect.UnionType():
                types = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
                return None if kind.includes_none and rng.random() < 0.05 else self._value(rng.choice(types), cut)
            case inspect.StructType():
                return self._fields(kind, optional=0.3)
            case inspect.StrType(pattern="^[A-Z]{3}$"):
                return "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=3))
            case inspect.StrType(max_length=int(longest)):
                return self._text(kind.min_length or 0, longest, cut)
            case inspect.IntType(ge=int(least), le=int(most)):
                return rng.choice([least, most, min(least + 1, most), rng.randint(least, most)])
            case inspect.FloatType(ge=float() | int() as lowest, le=float() | int() as highest):
                return rng.choice([lowest, highest, *(number for number in FLOATS if lowest <= number <= highest)])
            case inspect.BoolType():
                return rng.random() < 0.5
            case inspect.LiteralType():
                return rng.choice(kind.values)
            case inspect.ListType(max_length=int(most)):
                if isinstance(kind.item_type, inspect.StructType) and rng.random() < 0.1:
                    return [self._fields(kind.item_type, optional=0) for _ in range(most)]
                return [self._value(kind.item_type) for _ in range(rng.choice([0, 1, 3, 20]))]
            case inspect.DictType():
                return {self._value(kind.key_type): self._value(kind.value_type) for _ in range(rng.choice([0, 1, 9]))}
        raise TypeError(f"the contract has a new kind of type: {kind}")

    def _text(self, least: int, most: int, cut: bool = False) -> str:
        """A misleading text, a short one, or one at its limit; over it where the collector cuts."""
        short = self.rng.choice(MISLEADING)
        if self.rng.random() < 0.2 and least <= len(short) <= most:
            return short
        length = self.rng.choice([least, min(8, most), most, most, most + 99 if cut else most])
        return "".join(self.rng.choices(self.rng.choice(CHARACTERS), k=length))

    def _letters(self, length: int) -> str:
        return "".join(self.rng.choices(LATIN, k=length))

    def _deep(self, levels: int) -> Any:
        return {"a": [self._deep(levels - 1)]} if levels else self._text(0, 1_000)


def _shortened(event: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """The event with long lists halved, and optional fields dropped, until the collector takes its size."""
    while len(json.encode(event)) > MAX_EVENT_BYTES:
        said = event.get("properties") or {}
        lists = [name for name, value in said.items() if isinstance(value, list) and len(value) > 1]
        parts = [part for part in (said, event["context"]) if part]
        if lists:
            said[lists[0]] = said[lists[0]][: len(said[lists[0]]) // 2]
        else:
            part = rng.choice(parts)
            droppable = [name for name in part if name not in ("consent", *_required(event))]
            if droppable:
                del part[rng.choice(droppable)]
    return event


def _required(event: dict[str, Any]) -> set[str]:
    model = TRACK_PROPERTIES.get(event.get("event") or "", OtherProperties)
    return {field.encode_name for field in type_info(model).fields if field.required}  # type: ignore[attr-defined]
