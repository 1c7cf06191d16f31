"""One event as a Segment client sends it: read strictly first, and once more with patience when that fails."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Literal

from msgspec import DecodeError, Struct, ValidationError, convert, json

from events.bounds import Identifier, Key, Number
from events.envelope import EventType

ClientType = EventType | Literal["screen"]
OBJECTS = ("context", "properties", "traits")
TIMES = ("timestamp", "originalTimestamp", "sentAt")
IDS = ("messageId", "anonymousId", "userId", "previousId", "groupId")
TEXTS = ("event", "name", "category")
MILLISECONDS_FROM = 100_000_000_000  # a greater number of seconds would be a year after 5000
MINUTES = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?=Z|[+-]|$)")


class ClientEvent(Struct, kw_only=True, rename="camel", gc=False):
    """What is read of an event; other fields are ignored. Names and meaning: Segment's "Spec: Common Fields"."""

    type: ClientType | None = None
    message_id: Identifier | Number | None = None
    event: Key | None = None
    name: str | None = None
    category: str | None = None
    anonymous_id: Key | Number | None = None
    user_id: Key | Number | None = None
    previous_id: Key | Number | None = None
    group_id: Key | Number | None = None
    timestamp: datetime | None = None
    original_timestamp: datetime | None = None
    sent_at: datetime | None = None
    context: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None


_decoder = json.Decoder(ClientEvent)
_any_decoder = json.Decoder()


def decode_client_event(value: bytes) -> ClientEvent:
    """Decode an event; what is written in another way than asked is taken where its meaning is clear.

    Raises msgspec's DecodeError or ValidationError, UnicodeDecodeError, RecursionError.
    """
    try:
        return _decoder.decode(value)
    except ValidationError:
        event = _any_decoder.decode(value)
        if not isinstance(event, dict):
            raise
        return convert(_as_asked(event), ClientEvent)


def read_time(value: Any) -> datetime | None:
    """A time as clients write it: RFC 3339, minutes without seconds, a day, or a number of seconds or milliseconds.

    None when it is none of these: a time that cannot be read must not cost an order.
    """
    if isinstance(value, str) and value.strip().lstrip("+-").isdigit() and len(value) < 20:
        value = int(value)
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1_000 if abs(value) >= MILLISECONDS_FROM else value, UTC)
        if isinstance(value, str):
            text = MINUTES.sub(lambda found: found[0] + ":00", value.strip()[:40])
            return convert(text + "T00:00:00" if len(text) == 10 else text, datetime)
    except (DecodeError, OverflowError, OSError, ValueError):
        return None
    return None


def _as_asked(event: dict[str, Any]) -> dict[str, Any]:
    asked = dict(event)
    for name in OBJECTS:  # PHP writes an empty map as []
        if asked.get(name) == []:
            asked[name] = {}
    for name in TIMES:
        if name in asked:
            asked[name] = read_time(asked[name])
    if asked.get("messageId") == "":
        del asked["messageId"]
    for name in IDS:
        if isinstance(asked.get(name), float) and asked[name].is_integer():
            asked[name] = int(asked[name])
    for name in TEXTS:
        if isinstance(asked.get(name), int | float) and not isinstance(asked[name], bool):
            asked[name] = str(asked[name])
    return asked
