"""An event as a row of the warehouse, made from its envelope."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

from msgspec import Struct, json

from events.envelope import Envelope, read_envelope, text_of
from events.flags import TimeFlag
from events.rejection import Rejected


class Event(Struct, frozen=True, gc=False):
    """One row of raw_clickstream.events. Times in UTC; `properties` and `context` are JSON texts."""

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


_encoder = json.Encoder(order="deterministic")


def parse(value: bytes | None) -> Event | Rejected:
    """Read one record of the clicks topic. Never raises: an invalid record is returned as `Rejected`."""
    envelope = read_envelope(value)
    return envelope if isinstance(envelope, Rejected) else event_of(envelope)


def event_of(envelope: Envelope) -> Event:
    """The row of an envelope that `read_envelope` returned."""
    properties = _encoder.encode(envelope.properties)
    flag = envelope.time_flag
    return Event(
        event_id=envelope.message_id,
        event_type=envelope.type,
        event_name=envelope.event_name,
        occurred_at=envelope.timestamp,
        received_at=envelope.received_at,
        anonymous_id=envelope.visitor_id,
        user_id=envelope.user_id,
        session_id=envelope.session_id,
        product_id=text_of(envelope.properties.get("product_id")),
        properties=properties.decode(),
        context=_encoder.encode(envelope.context).decode(),
        is_late=flag in ("late", "implausible"),
        is_bot=envelope.is_bot,
        time_flag=flag,
        schema_version=envelope.schema_version,
        payload_hash=_payload_hash(envelope, properties),
    )


def _payload_hash(envelope: Envelope, properties: bytes) -> str:
    """128 bits in hex. A client's repeat, which differs only in when and whence it was sent, has the same one."""
    content = (
        envelope.type,
        envelope.event,
        envelope.name,
        envelope.anonymous_id,
        envelope.user_id,
        envelope.original_timestamp,
    )
    return blake2b(_encoder.encode(content) + properties, digest_size=16).hexdigest()
