"""From a client's event to the event on the wire: identity, time, consent, and personal data removed.

Field names and the meaning of the timestamps: Segment's "Spec: Common Fields". The result holds no customer number,
no full IP address and no query parameter that was not allowed by name.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from msgspec import Struct, convert, json

from collector.body import MAX_EVENT_BYTES
from collector.clock import event_time, in_utc
from collector.consent import consent_of
from collector.redaction import cut_address, known_traits, trim_urls
from events.envelope import MAX_RECORD_BYTES, Envelope, EventType, Identifier, check
from events.flags import is_bot
from events.rejection import Rejected, refuse_bytes, rejection
from privacy.pseudonym import pseudonym


class ClientEvent(Struct, kw_only=True, rename="camel", gc=False):
    """One event as a Segment client sends it; fields unknown here are ignored."""

    type: EventType | None = None
    message_id: Identifier | int | None = None
    event: str | None = None
    name: str | None = None
    anonymous_id: str | int | None = None
    user_id: str | int | None = None
    previous_id: str | int | None = None
    timestamp: datetime | None = None
    original_timestamp: datetime | None = None
    sent_at: datetime | None = None
    context: dict[str, Any] | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None


class Sender(Struct, frozen=True):
    """What is known of a request's client, for all of its events; `sent_at` is by the device's clock, in UTC."""

    received_at: datetime
    address: str = ""
    user_agent: str = ""
    sent_at: datetime | None = None
    context: dict[str, Any] = {}


class EnrichedEvent(Struct, frozen=True, gc=False):
    """A valid event as key and value of a Kafka record; the key is the visitor's id."""

    key: bytes
    value: bytes
    is_bot: bool = False


class RefusedEvent(Struct, frozen=True):
    """An invalid event: the bytes to keep, personal data removed, and the reason."""

    value: bytes
    why: Rejected


class WithoutConsent(Struct, frozen=True):
    """The visitor did not agree to analytics: nothing of the event is kept."""


_decoder = json.Decoder(ClientEvent)
_encoder = json.Encoder()
_any_decoder = json.Decoder()


def enrich_event(
    value: bytes, sender: Sender, pseudonym_key: str, type_of_path: EventType | None = None
) -> EnrichedEvent | RefusedEvent | WithoutConsent:
    """Make the event on the wire of the JSON a client sent. `type_of_path` outweighs the event's type. Never raises."""
    try:
        if refused := refuse_bytes(value, MAX_EVENT_BYTES):
            return _refuse(value, refused, sender, pseudonym_key)
        event = _decoder.decode(value)
        context = {**sender.context, **(event.context or {})}
        consent = consent_of(context)
        if not consent.analytics:
            return WithoutConsent()
        context["consent"] = {"analytics": True, "personalisation": consent.personalisation}
        envelope = _envelope(event, type_of_path, _clean_context(context, sender), sender, pseudonym_key)
        wire = _encoder.encode(envelope)
        # as the lander will check it: batch and headers have added to the event what `value` does not hold
        if refused := refuse_bytes(wire, MAX_RECORD_BYTES):
            return _refuse(value, refused, sender, pseudonym_key)
        check(envelope, wire)
        user_agent = context.get("userAgent")
        bot = isinstance(user_agent, str) and is_bot(user_agent)
        return EnrichedEvent((envelope.anonymous_id or "").encode(), wire, bot)
    except Exception as error:
        return _refuse(value, rejection(error), sender, pseudonym_key)


def _refuse(value: bytes, why: Rejected, sender: Sender, pseudonym_key: str) -> RefusedEvent | WithoutConsent:
    """Keep an invalid event as it came, without its personal data; keep nothing of it without consent."""
    try:
        event = _any_decoder.decode(value)
        context = event.get("context") if isinstance(event, dict) else None
        if not consent_of(sender.context | (context if isinstance(context, dict) else {})).analytics:
            return WithoutConsent()
        if not isinstance(event, dict):
            return RefusedEvent(value, why)
        for field in ("userId", "previousId"):
            if event.get(field):
                event[field] = pseudonym(str(event[field]), pseudonym_key)
        for fields in (event, context):
            _redact(fields)
        return RefusedEvent(_encoder.encode(event), why)
    except (ValueError, RecursionError):  # it cannot be decoded: not JSON, half a character, nested too deep
        return RefusedEvent(value, why) if consent_of(sender.context).analytics else WithoutConsent()


def _redact(fields: Any) -> None:
    """Remove address, traits and query strings from an invalid event or its context, in place."""
    if isinstance(fields, dict):
        fields.pop("traits", None)
        fields.pop("ip", None)
        for name in ("page", "properties"):
            if isinstance(fields.get(name), dict):
                fields[name] = trim_urls(fields[name])


def _envelope(
    event: ClientEvent, type_of_path: EventType | None, context: dict[str, Any], sender: Sender, key: str
) -> Envelope:
    user_id = pseudonym(str(event.user_id), key) if event.user_id not in (None, "") else None
    event_type = type_of_path or event.type
    anonymous_id = str(event.anonymous_id) if event.anonymous_id not in (None, "") else None
    properties = event.properties or {}
    if event_type == "identify":
        # RudderStack's clients put the traits into the context
        properties = known_traits(event.traits or (event.context or {}).get("traits"))
    elif event_type == "alias":
        previous_id = str(event.previous_id or "")
        # an alias joins an anonymous visitor (or, rarely, another customer number) to the customer
        previous_id = pseudonym(previous_id, key) if previous_id.isdigit() else previous_id
        anonymous_id = anonymous_id or previous_id or None
        properties = {"previousId": previous_id}
    original = in_utc(event.original_timestamp or event.timestamp)
    sent_at = in_utc(event.sent_at or sender.sent_at)
    return convert(
        {
            "messageId": str(event.message_id or uuid.uuid4()),
            "type": event_type,
            "event": event.event,
            "name": event.name,
            # a server-side event knows only the user, whose pseudonym then stands for the visitor
            "anonymousId": anonymous_id or user_id,
            "userId": user_id,
            # never made up: a repeat would get another one, and would count as a conflict
            "originalTimestamp": original,
            "sentAt": sent_at,
            "receivedAt": sender.received_at,
            "timestamp": event_time(original, sent_at, sender.received_at),
            "context": context,
            "properties": trim_urls(properties),
        },
        Envelope,
    )


def _clean_context(context: dict[str, Any], sender: Sender) -> dict[str, Any]:
    context.pop("traits", None)
    address = context.pop("ip", None)
    if cut := cut_address(address if isinstance(address, str) else sender.address):
        context["ip"] = cut
    if sender.user_agent:
        context.setdefault("userAgent", sender.user_agent)
    if isinstance(context.get("page"), dict):
        context["page"] = trim_urls(context["page"])
    return context
