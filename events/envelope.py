"""The event contract: what a record of the clicks topic must be. See docs/event-contract.md.

Common fields: Segment's "Spec: Common Fields". The collector writes `Envelope`s; the stream and the lander read them
back with `read_envelope`. Both sides use `check`, so that whatever the collector accepts is valid for its readers.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, ValidationError, convert, json

from events.bots import is_bot
from events.bounds import Identifier, Text
from events.context import Context
from events.ecommerce import TRACK_PROPERTIES, OtherProperties
from events.flags import TimeFlag, time_flag
from events.rejection import Rejected, UnknownVersionError, refuse_bytes, rejection
from events.visitor import Alias, Group, PageView, Traits, Withdrawal

SCHEMA_VERSION = 1  # of the envelope and the properties; see "Versions" in docs/event-contract.md
MAX_RECORD_BYTES = 64 * 1024  # the collector takes 32 KB an event and adds at most as much
MAX_DEPTH = 20

EventType = Literal["track", "page", "identify", "alias", "group", "withdrawal"]
Moment = Annotated[datetime, Meta(tz=True)]

PROPERTIES: dict[str, type[Struct]] = {
    "page": PageView,
    "identify": Traits,
    "alias": Alias,
    "group": Group,
    "withdrawal": Withdrawal,
}


class Envelope(Struct, kw_only=True, rename="camel", gc=False):
    """One event on the wire, after the collector."""

    message_id: Identifier
    type: EventType
    event: Annotated[str, Meta(max_length=255)] | None = None
    name: Text | None = None
    anonymous_id: Identifier | None = None
    user_id: Identifier | None = None
    original_timestamp: Moment | None = None
    sent_at: Moment | None = None
    received_at: Moment
    timestamp: Moment
    context: Context
    properties: dict[str, Any]
    schema_version: Annotated[int, Meta(ge=1, le=32_767)] = SCHEMA_VERSION

    @property
    def event_name(self) -> str | None:
        """Name of a track event; None for the other types."""
        return self.event if self.type == "track" else None

    @property
    def visitor_id(self) -> str:
        """The visitor, or the user of an event that names no visitor."""
        return self.anonymous_id or self.user_id or ""  # `check` has made sure of one

    @property
    def session_id(self) -> str | None:
        """The visit, if the client says which."""
        return self.context.session_id

    @property
    def is_bot(self) -> bool:
        """Whether the user agent says that no person caused the event."""
        return is_bot(self.context.user_agent or "")

    @property
    def time_flag(self) -> TimeFlag:
        """How believable `timestamp` is."""
        return time_flag(self.timestamp, self.received_at)


_decoder = json.Decoder(Envelope)


def read_envelope(value: bytes | None) -> Envelope | Rejected:
    """Read one record of the clicks topic; its times come back in UTC. An invalid record is returned as `Rejected`."""
    try:
        if value is None:
            return Rejected("no_value", "the record has no value")
        if refused := refuse_bytes(value, MAX_RECORD_BYTES):
            return refused
        envelope = _decoder.decode(value)
        check(envelope, value)
        envelope.timestamp = envelope.timestamp.astimezone(UTC)
        envelope.received_at = envelope.received_at.astimezone(UTC)
        return envelope
    except Exception as error:
        return rejection(error)


def properties_of(event_type: EventType, event: str | None) -> type[Struct]:
    """The type of an event's properties."""
    if event_type == "track":
        return TRACK_PROPERTIES.get(event or "", OtherProperties)
    return PROPERTIES[event_type]


def check_fields(envelope: Envelope) -> None:
    """The rules about an envelope's own fields that its type cannot express.

    Raises ValidationError for a missing field, UnknownVersionError.
    """
    if envelope.schema_version > SCHEMA_VERSION:
        raise UnknownVersionError(f"version {envelope.schema_version}; up to {SCHEMA_VERSION} is known here")
    if envelope.anonymous_id is None and envelope.user_id is None:
        raise ValidationError("Object missing required field `anonymousId` or `userId`")
    if envelope.type == "track" and not envelope.event:
        raise ValidationError("Object missing required field `event` of a track event")


def check(envelope: Envelope, value: bytes) -> None:
    """All rules that the envelope's type cannot express; `value` is the envelope as JSON.

    Raises what `check_fields` raises, ValidationError for an invalid property, and RecursionError when the JSON is
    nested deeper than MAX_DEPTH levels.
    """
    check_fields(envelope)
    convert(envelope.properties, properties_of(envelope.type, envelope.event))
    # a value with few brackets cannot be deep, and counting them is much cheaper than walking
    if value.count(b"{") + value.count(b"[") > MAX_DEPTH and deeper_than(envelope.properties, MAX_DEPTH):
        raise RecursionError(f"nested deeper than {MAX_DEPTH} levels")


def deeper_than(value: Any, levels: int) -> bool:
    """Whether lists and objects are nested in each other more than `levels` deep."""
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return False
    return levels == 0 or any(deeper_than(item, levels - 1) for item in value if isinstance(item, dict | list))


def text_of(value: Any) -> str | None:
    """A text or whole number of the JSON as a text; None for anything else."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
