"""From a client's event to the event on the wire: identity, time, consent, and personal data removed.

Field names and the meaning of the timestamps: Segment's "Spec: Common Fields". The result holds no customer number,
no full IP address, no mail address, no query parameter and no property or context field that was not allowed by name.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from msgspec import Struct, ValidationError, convert, json
from msgspec.structs import fields

from collector.arrival import arrival_of
from collector.batch import READ_FIELDS
from collector.body import MAX_EVENT_BYTES
from collector.client_event import ClientEvent, decode_client_event
from collector.clock import event_time, in_utc
from collector.consent import CATEGORIES, Consent, Purpose, consent_of
from collector.identity import ANYBODY, Proof, customer_id, previous_id, visitor_id
from collector.mail_addresses import mask_event
from collector.properties import typed_properties
from collector.redaction import cut_address, known_traits, trim_urls
from collector.refused_event import kept_of
from events.context import Context
from events.envelope import MAX_RECORD_BYTES, Envelope, EventType, check_fields, properties_of
from events.fitting import fit
from events.names import contract_name
from events.rejection import Rejected, refuse_bytes, rejection
from privacy.mail_addresses import without_mail_addresses
from privacy.pseudonym import pseudonym

MAX_NAME = 1_000  # characters, as the contract's


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
    dropped: tuple[str, ...] = ()  # names of what was not kept
    is_unproven: bool = False  # it named a customer, and nobody proved it: it is a visitor's


class RefusedEvent(Struct, frozen=True):
    """An invalid event: the bytes to keep, personal data removed, and the reason."""

    value: bytes
    why: Rejected


class WithoutConsent(Struct, frozen=True):
    """The visitor did not agree to analytics: nothing of the event is kept, but whose no it is and when.

    `message_id`: of an event of type `withdrawal`, which was sent to say so and nothing else; it may be sent again.
    """

    visitor: str | None = None
    said_at: datetime | None = None
    message_id: str | None = None


_encoder = json.Encoder()


def enrich_event(
    value: bytes,
    sender: Sender,
    pseudonym_key: str,
    type_of_path: EventType | None = None,
    categories: Mapping[str, Purpose] = CATEGORIES,
    proof: Proof = ANYBODY,
) -> EnrichedEvent | RefusedEvent | WithoutConsent:
    """Make the event on the wire of the JSON a client sent. `type_of_path` outweighs the event's type. Never raises.

    A customer whom `proof` does not hold for is left out, and the event is its visitor's.
    """
    try:
        if refused := refuse_bytes(value, MAX_EVENT_BYTES):
            return _refuse(value, refused, sender, pseudonym_key, categories, proof)
        event = decode_client_event(value)
        own, common = event.context, sender.context
        said = {**common, **own} if own and common else own or common
        consent = consent_of(said, categories)
        if not consent.analytics or event.type == "withdrawal":
            return _without_consent(event, sender, pseudonym_key, proof)
        context = _context(said, consent, sender, event.properties)
        envelope, properties = _envelope(event, type_of_path, context, sender, pseudonym_key, proof)
        check_fields(envelope)
        wire = mask_event(_encoder.encode(envelope), pseudonym_key)
        if refused := refuse_bytes(wire, MAX_RECORD_BYTES):
            return _refuse(value, refused, sender, pseudonym_key, categories, proof)
        dropped = _dropped(event, properties, envelope)
        is_unproven = envelope.user_id is None and customer_id(event.user_id) is not None
        return EnrichedEvent(envelope.visitor_id.encode(), wire, envelope.is_bot, dropped, is_unproven)
    except Exception as error:
        return _refuse(value, rejection(error), sender, pseudonym_key, categories, proof)


def _without_consent(event: ClientEvent, sender: Sender, key: str, proof: Proof) -> WithoutConsent:
    visitor = visitor_id(event.anonymous_id, key)
    if visitor is None and (customer := customer_id(event.user_id, proof)):
        visitor = pseudonym(customer, key)
    original = in_utc(event.timestamp or event.original_timestamp)
    happened_at = event_time(original, in_utc(event.sent_at or sender.sent_at), sender.received_at)
    message_id = str(event.message_id or uuid.uuid4()) if event.type == "withdrawal" else None
    return WithoutConsent(visitor, min(happened_at, sender.received_at), message_id)


def _refuse(
    value: bytes, why: Rejected, sender: Sender, key: str, categories: Mapping[str, Purpose], proof: Proof
) -> RefusedEvent | WithoutConsent:
    kept = kept_of(value, sender.context, key, categories, proof)
    # why it was refused may name the value that was wrong
    return (
        WithoutConsent()
        if kept is None
        else RefusedEvent(kept, Rejected(why.reason, without_mail_addresses(why.detail)))
    )


def _context(
    said: Mapping[str, Any], consent: Consent, sender: Sender, properties: Mapping[str, Any] | None
) -> Context:
    """What is kept of a context. What does not fit is left out: a strange context must not cost an order.

    The page's address, in the context or in the properties, says what the client leaves out of the campaign.
    """
    kept = dict(said)  # `convert` leaves out what Context does not know
    address = kept.pop("ip", None)
    if cut := cut_address(address if isinstance(address, str) else sender.address):
        kept["ip"] = cut
    if sender.user_agent and "library" not in kept:  # a server's library has a user agent of its own, not the visitor's
        kept.setdefault("userAgent", sender.user_agent)
    campaign, click_ids = arrival_of(kept.get("page"), properties)
    if campaign and not _says(kept.get("campaign")):
        kept["campaign"] = campaign
    kept["clickIds"] = click_ids or None
    if isinstance(page := kept.get("page"), dict):
        kept["page"] = trim_urls(page)
    kept["consent"] = {"analytics": True, "personalisation": consent.personalisation}
    try:
        return convert(kept, Context)
    except ValidationError:
        return convert(fit(kept, Context, drops=True), Context)


def _says(campaign: Any) -> bool:
    return isinstance(campaign, dict) and any(campaign.values())


def _envelope(
    event: ClientEvent, type_of_path: EventType | None, context: Context, sender: Sender, key: str, proof: Proof
) -> tuple[Envelope, dict[str, Any]]:
    """The envelope, and the properties that the client sent."""
    event_type = type_of_path or ("page" if event.type == "screen" else event.type)
    name = contract_name(event.event) if event.event else event.event
    customer = customer_id(event.user_id, proof)
    user_id = pseudonym(customer, key) if customer else None
    anonymous_id = visitor_id(event.anonymous_id, key)
    properties = event.properties or {}
    if event_type == "identify":
        # RudderStack's clients put the traits into the context
        properties = known_traits(event.traits or (event.context or {}).get("traits"))
    elif event_type == "alias":
        joined = previous_id(event.previous_id, anonymous_id, key, proof)
        anonymous_id = anonymous_id or joined
        properties = {"previousId": joined}
    elif event_type == "group":
        group = customer_id(event.group_id)
        properties = {"groupId": pseudonym(group, key)} if group else {}
    elif event_type == "page":
        # libraries of servers put them next to the properties
        properties = {"name": event.name, "category": event.category} | properties
    original = in_utc(event.timestamp or event.original_timestamp)
    sent_at = in_utc(event.sent_at or sender.sent_at)
    if event_type is None:
        raise ValidationError("Object missing required field `type`")
    envelope = Envelope(  # every part of it has its bounds already: from ClientEvent, or as a pseudonym
        message_id=str(event.message_id or uuid.uuid4()),
        type=event_type,
        event=name,
        name=event.name[:MAX_NAME] if event.name else None,
        # a server-side event knows only the user, whose pseudonym then stands for the visitor
        anonymous_id=anonymous_id or user_id,
        user_id=user_id,
        # never made up: a repeat would get another one, and would count as a conflict
        original_timestamp=original,
        sent_at=sent_at,
        received_at=sender.received_at,
        timestamp=event_time(original, sent_at, sender.received_at),
        context=context,
        properties={},
    )
    envelope.properties = typed_properties(properties, envelope.type, name)
    return envelope, properties


def _dropped(event: ClientEvent, properties: dict[str, Any], envelope: Envelope) -> tuple[str, ...]:
    """Names of properties and context fields that the contract does not know; those of products once."""
    names = _names(properties_of(envelope.type, envelope.event))
    said = event.context or {}
    if names.issuperset(properties) and READ_FIELDS.issuperset(said):
        return ()
    return (*(properties.keys() - names), *(f"context.{name}" for name in said.keys() - READ_FIELDS))


@cache
def _names(model: type[Struct]) -> frozenset[str]:
    return frozenset(field.encode_name for field in fields(model))
