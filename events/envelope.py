"""The event contract: what a record of the clicks topic must be. See docs/event-contract.md.

Common fields: Segment's "Spec: Common Fields". The collector writes `Envelope`s, the lander reads them back
with `parse`; both use `check`, so that what the collector accepts is what the lander lands.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated, Any, Literal

from msgspec import DecodeError, Meta, Struct, ValidationError, convert, json

from events.ecommerce import TRACK_PROPERTIES
from events.visitor import Alias, PageView, Traits

SCHEMA_VERSION = 1  # of the envelope and the properties; see "Versions" in docs/event-contract.md
MAX_RECORD_BYTES = 64 * 1024  # the collector takes 32 KB an event and adds at most as much
MAX_DEPTH = 20
LATE_AFTER = timedelta(hours=1)
FUTURE_AFTER = timedelta(minutes=5)  # clocks of phones and servers differ by seconds, not by minutes
IMPLAUSIBLE_AFTER = timedelta(days=365)  # no device keeps a queue for a year: its clock is wrong

TimeFlag = Literal["on_time", "late", "future", "implausible"]
Identifier = Annotated[str, Meta(min_length=1, max_length=255)]
Moment = Annotated[datetime, Meta(tz=True)]

PROPERTIES: dict[str, type[Struct]] = {"page": PageView, "identify": Traits, "alias": Alias}

# an odd number of backslashes before u0000: the NUL that Postgres' text and jsonb refuse
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_BOT = re.compile(r"bot\b|bot/|crawl|spider|slurp|headless|lighthouse|pingdom|facebookexternalhit|preview", re.I)


REASONS = frozenset(
    {
        "no_value",
        "invalid_json",
        "invalid_utf8",
        "nul_character",
        "too_large",
        "too_deep",
        "missing_field",
        "invalid_field",
        "invalid_timestamp",
        "unknown_version",
        "unreadable",
    }
)


class UnknownVersionError(ValueError):
    """The record was written by a newer contract than this one."""


class Rejected(Struct, frozen=True):
    """Why a record is not an event: a reason code of docs/event-contract.md, and the detail for a person."""

    reason: str
    detail: str


class Envelope(Struct, kw_only=True, rename="camel", gc=False):
    """One event on the wire, after the collector."""

    message_id: Identifier
    type: Literal["track", "page", "identify", "alias"]
    event: Annotated[str, Meta(max_length=255)] | None = None
    name: Annotated[str, Meta(max_length=1_000)] | None = None
    anonymous_id: Identifier | None = None
    user_id: Identifier | None = None
    original_timestamp: Moment | None = None
    sent_at: Moment | None = None
    received_at: Moment
    timestamp: Moment
    context: dict[str, Any]
    properties: dict[str, Any]
    schema_version: Annotated[int, Meta(ge=1, le=32_767)] = SCHEMA_VERSION


class Event(Struct, frozen=True, gc=False):
    """One event as it stands in raw_clickstream.events; `properties` and `context` are JSON texts."""

    event_id: str
    event_type: str
    event_name: str | None
    occurred_at: datetime
    received_at: datetime
    anonymous_id: str
    user_id: str | None
    session_id: str | None
    product_id: str | None
    properties: str
    context: str
    is_late: bool
    is_bot: bool
    time_flag: TimeFlag
    schema_version: int
    payload_hash: str


_decoder = json.Decoder(Envelope)
_encoder = json.Encoder(order="deterministic")


def parse(value: bytes | None) -> Event | Rejected:
    """Read one record of the clicks topic. Never raises: what is no event comes back as `Rejected`."""
    try:
        return _parse(value)
    except Exception as error:
        return rejection(error)


def check(envelope: Envelope, value: bytes) -> None:
    """The rules that the envelope's type cannot say; `value` is the envelope as JSON.

    Raises ValidationError, RecursionError when nested too deep, UnknownVersionError.
    """
    if envelope.schema_version > SCHEMA_VERSION:
        raise UnknownVersionError(f"version {envelope.schema_version}; up to {SCHEMA_VERSION} is known here")
    if envelope.anonymous_id is None and envelope.user_id is None:
        raise ValidationError("Object missing required field `anonymousId` or `userId`")
    if envelope.type == "track" and not envelope.event:
        raise ValidationError("Object missing required field `event` of a track event")
    model = TRACK_PROPERTIES.get(envelope.event or "") if envelope.type == "track" else PROPERTIES[envelope.type]
    if model is not None:
        convert(envelope.properties, model)
    # a value with few brackets cannot be deep, and counting them is much cheaper than walking
    if value.count(b"{") + value.count(b"[") <= MAX_DEPTH:
        return
    if deeper_than(envelope.properties, MAX_DEPTH) or deeper_than(envelope.context, MAX_DEPTH):
        raise RecursionError(f"nested deeper than {MAX_DEPTH} levels")


def rejection(error: Exception) -> Rejected:
    """The reason code of an exception that decoding or `check` raised."""
    detail = str(error)[:500]
    match error:
        case RecursionError():
            reason = "too_deep"
        case UnicodeDecodeError():
            reason = "invalid_utf8"
        case ValidationError() if "missing required field" in detail:
            reason = "missing_field"
        case ValidationError():
            reason = "invalid_field"
        case DecodeError():
            reason = "invalid_json"
        case UnknownVersionError():
            reason = "unknown_version"
        case OverflowError():
            reason = "invalid_timestamp"
        case _:
            reason = "unreadable"
            detail = f"{type(error).__name__}: {detail}"
    return Rejected(reason, detail.replace("\0", ""))


def refuse_bytes(value: bytes, limit: int) -> Rejected | None:
    """What is wrong with an event before it is even decoded, if anything."""
    if len(value) > limit:
        return Rejected("too_large", f"{len(value)} bytes, at most {limit} are taken")
    if b"\\u0000" in value and _NUL.search(value):
        return Rejected("nul_character", "a text holds the character NUL (\\u0000), which Postgres cannot store")
    return None


def deeper_than(value: Any, levels: int) -> bool:
    """Whether lists and objects are nested in each other more than `levels` deep."""
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return False
    return levels == 0 or any(deeper_than(item, levels - 1) for item in value if isinstance(item, dict | list))


@lru_cache(maxsize=4096)  # few user agents make most events
def is_bot(user_agent: str) -> bool:
    """Whether a user agent says it is a crawler, a monitor or a browser without a person before it."""
    return _BOT.search(user_agent) is not None


def time_flag(occurred_at: datetime, received_at: datetime) -> TimeFlag:
    """How believable an event's time is, against the collector's clock."""
    delay = received_at - occurred_at
    if delay > IMPLAUSIBLE_AFTER:
        return "implausible"
    if delay > LATE_AFTER:
        return "late"
    return "future" if -delay > FUTURE_AFTER else "on_time"


def _parse(value: bytes | None) -> Event | Rejected:
    if value is None:
        return Rejected("no_value", "the record has no value")
    if refused := refuse_bytes(value, MAX_RECORD_BYTES):
        return refused
    envelope = _decoder.decode(value)
    check(envelope, value)
    context, properties = envelope.context, envelope.properties
    occurred_at, received_at = envelope.timestamp.astimezone(UTC), envelope.received_at.astimezone(UTC)
    flag = time_flag(occurred_at, received_at)
    encoded_properties = _encoder.encode(properties)
    return Event(
        event_id=envelope.message_id,
        event_type=envelope.type,
        event_name=envelope.event if envelope.type == "track" else None,
        occurred_at=occurred_at,
        received_at=received_at,
        anonymous_id=envelope.anonymous_id or envelope.user_id or "",  # `check` saw to it that one is there
        user_id=envelope.user_id,
        session_id=_text(context.get("sessionId")),
        product_id=_text(properties.get("product_id")),
        properties=encoded_properties.decode(),
        context=_encoder.encode(context).decode(),
        is_late=flag in ("late", "implausible"),
        is_bot=is_bot(_text(context.get("userAgent")) or ""),
        time_flag=flag,
        schema_version=envelope.schema_version,
        payload_hash=_payload_hash(envelope, encoded_properties),
    )


def _payload_hash(envelope: Envelope, properties: bytes) -> str:
    """The same for a client's repeat, which differs only in when and whence it was sent; 128 bits in hex."""
    said = (
        envelope.type,
        envelope.event,
        envelope.name,
        envelope.anonymous_id,
        envelope.user_id,
        envelope.original_timestamp,
    )
    return blake2b(_encoder.encode(said) + properties, digest_size=16).hexdigest()


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
