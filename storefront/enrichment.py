"""From a client's event to the event on the wire: identity, time, consent, and what is personal cut away.

Field names and the meaning of the timestamps: Segment's "Spec: Common Fields". What leaves here holds no
customer number, no full address and no query string that was not allowed by name.
"""

from __future__ import annotations

import ipaddress
import uuid
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from msgspec import Struct, convert, json

from ingestion.clickstream_event import MAX_RECORD_BYTES, Envelope, Identifier, Rejected, check, refuse_bytes, rejection
from privacy.pseudonymise import pseudonym
from storefront.collector_limits import MAX_EVENT_BYTES
from storefront.consent import consent_of

EventType = Literal["track", "page", "identify", "alias"]
QUERY_PARAMETERS = frozenset(
    {"q", "query", "category", "brand", "sort", "page", "utm_source", "utm_medium", "utm_campaign", "utm_content"}
)
TRAITS = frozenset({"country", "language", "currency", "locale", "createdAt"})
URL_FIELDS = ("url", "referrer", "search", "path")


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
    """What a request says about all of its events."""

    received_at: datetime
    address: str = ""
    user_agent: str = ""
    sent_at: datetime | None = None
    context: dict[str, Any] = {}


class Accepted(Struct, frozen=True, gc=False):
    """Key and value of a Kafka record."""

    key: bytes
    value: bytes


class Refusal(Struct, frozen=True):
    """What to keep of an event that broke the contract, and why it did."""

    value: bytes
    why: Rejected


class Unconsented(Struct, frozen=True):
    """The visitor did not agree to analytics: the event is forgotten at once."""


_decoder = json.Decoder(ClientEvent)
_encoder = json.Encoder()
_any_decoder = json.Decoder()


def accept(
    value: bytes, sender: Sender, pseudonym_key: str, type_of_path: EventType | None = None
) -> Accepted | Refusal | Unconsented:
    """What becomes of one event, given the JSON a client sent. Never raises."""
    try:
        if refused := refuse_bytes(value, MAX_EVENT_BYTES):
            return _refuse(value, refused, sender, pseudonym_key)
        event = _decoder.decode(value)
        context = {**sender.context, **(event.context or {})}
        consent = consent_of(context)
        if not consent.analytics:
            return Unconsented()
        context["consent"] = {"analytics": True, "personalisation": consent.personalisation}
        envelope = _envelope(event, type_of_path, _clean_context(context, sender), sender, pseudonym_key)
        check(envelope, value)
        wire = _encoder.encode(envelope)
        if len(wire) > MAX_RECORD_BYTES:
            too_large = Rejected("too_large", f"{len(wire)} bytes with the context of its batch")
            return _refuse(value, too_large, sender, pseudonym_key)
        return Accepted((envelope.anonymous_id or "").encode(), wire)
    except Exception as error:
        return _refuse(value, rejection(error), sender, pseudonym_key)


def _refuse(value: bytes, why: Rejected, sender: Sender, pseudonym_key: str) -> Refusal | Unconsented:
    """Keep a refused event's own bytes but for the customer's number, traits and address; none without consent."""
    try:
        event = _any_decoder.decode(value)
        if not isinstance(event, dict):
            return Refusal(value, why)
        context = event.get("context")
        context = context if isinstance(context, dict) else {}
        if not consent_of({**sender.context, **context}).analytics:
            return Unconsented()
        context.pop("traits", None)
        context.pop("ip", None)
        event.pop("traits", None)
        for field in ("userId", "previousId"):
            if event.get(field):
                event[field] = pseudonym(str(event[field]), pseudonym_key)
        return Refusal(_encoder.encode(event), why)
    except (ValueError, RecursionError):
        return Refusal(value, why)


def _envelope(
    event: ClientEvent, type_of_path: EventType | None, context: dict[str, Any], sender: Sender, key: str
) -> Envelope:
    user_id = pseudonym(str(event.user_id), key) if event.user_id not in (None, "") else None
    event_type = type_of_path or event.type
    anonymous_id = str(event.anonymous_id) if event.anonymous_id not in (None, "") else None
    properties = event.properties or {}
    if event_type == "identify":
        properties = {name: trait for name, trait in (event.traits or {}).items() if name in TRAITS}
    elif event_type == "alias":
        previous_id = str(event.previous_id or "")
        # an alias joins the visitor so far (or, rarely, another customer number) to the customer
        previous_id = pseudonym(previous_id, key) if previous_id.isdigit() else previous_id
        anonymous_id = anonymous_id or previous_id or None
        properties = {"previousId": previous_id}
    original = _utc(event.original_timestamp or event.timestamp or event.sent_at or sender.sent_at)
    sent_at = _utc(event.sent_at or sender.sent_at)
    received_at = sender.received_at
    original = original or received_at
    return convert(
        {
            "messageId": str(event.message_id or uuid.uuid4()),
            "type": event_type,
            "event": event.event,
            "name": event.name,
            # a server-side event knows only the user, who then is his own visitor
            "anonymousId": anonymous_id or user_id,
            "userId": user_id,
            "originalTimestamp": original,
            "sentAt": sent_at,
            "receivedAt": received_at,
            # the device's clock may be wrong by years; the span between two of its readings is right
            "timestamp": received_at - (sent_at - original) if sent_at else original,
            "context": context,
            "properties": _trim_urls(properties),
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
        context["page"] = _trim_urls(context["page"])
    return context


def _trim_urls(fields: dict[str, Any]) -> dict[str, Any]:
    for name in URL_FIELDS:
        text = fields.get(name)
        if isinstance(text, str) and ("?" in text or "#" in text):
            fields = fields | {name: trim_url(text)}
    return fields


@lru_cache(maxsize=4096)
def trim_url(url: str) -> str:
    """`url` without fragment, user and password, and with only the allowed query parameters."""
    try:
        parts = urlsplit(url)
        query = [(name, value) for name, value in parse_qsl(parts.query) if name in QUERY_PARAMETERS]
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path, urlencode(query), ""))
    except ValueError:
        return url.partition("?")[0].partition("#")[0]


@lru_cache(maxsize=4096)
def cut_address(address: str) -> str | None:
    """An IP address with its last part zeroed: IPv4 to /24, IPv6 to /48; None when it is none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    network = ipaddress.ip_network(f"{parsed}/{24 if parsed.version == 4 else 48}", strict=False)
    return str(network.network_address)


def _utc(moment: datetime | None) -> datetime | None:
    """In UTC; a time without a zone is taken for UTC."""
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
