"""What is kept of an event that broke the contract: enough to mend it and send it again, and no person.

An event that can be read keeps the fields that a good one would keep, as they were written, with pseudonyms for ids. Of
bytes that no parser reads only their number and the names of their fields are kept: what they say about consent, and
about a person, cannot be known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, json

from collector.consent import Purpose, consent_of
from collector.identity import ANYBODY, Proof, customer_id, visitor_id
from collector.mail_addresses import mask_event
from collector.redaction import TRAITS, cut_address, trim_urls
from events.context import Context
from events.ecommerce import TRACK_PROPERTIES, Choice, OtherProperties, Product, Recommendation, ShownProduct
from events.envelope import MAX_DEPTH, PROPERTIES
from events.fitting import fit
from events.names import contract_name
from privacy.pseudonym import pseudonym

TOP_LEVEL = ("messageId", "type", "event", "name", "category", "timestamp", "originalTimestamp", "sentAt")
FIELD_NAME = re.compile(rb'"([A-Za-z_][A-Za-z0-9_]{0,39})"\s*:')
MAX_NAMES = 100
PARTS = (Choice, Product, Recommendation, ShownProduct)
MODELS: list[type[Struct]] = [*TRACK_PROPERTIES.values(), *PROPERTIES.values(), OtherProperties, *PARTS]
KNOWN_PROPERTIES = frozenset(field for model in MODELS for field in model.__struct_encode_fields__)

_decoder = json.Decoder()
_encoder = json.Encoder()


def kept_of(
    value: bytes,
    common_context: Mapping[str, Any],
    key: str,
    categories: Mapping[str, Purpose],
    proof: Proof = ANYBODY,
) -> bytes | None:
    """The bytes to keep of a refused event; None when its visitor did not agree to analytics.

    A customer whom `proof` does not hold for is not kept: the event may be landed later, by what is kept.
    """
    try:
        event = _decoder.decode(value)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        return summary_of(value) if consent_of(common_context, categories).analytics else None
    own = event.get("context")
    context = {**common_context, **(own if isinstance(own, dict) else {})}
    consent = consent_of(context, categories)
    if not consent.analytics:
        return None
    context["consent"] = {"analytics": True, "personalisation": consent.personalisation}
    return mask_event(_encoder.encode(_redacted(event, context, key, proof)), key)


def summary_of(value: bytes) -> bytes:
    """How many bytes were refused, and the names of their fields."""
    names = dict.fromkeys(name.decode() for name in FIELD_NAME.findall(value[: 64 * 1024]))
    return _encoder.encode({"unreadable_bytes": len(value), "fields": list(names)[:MAX_NAMES]})


def _redacted(event: dict[str, Any], context: dict[str, Any], key: str, proof: Proof) -> dict[str, Any]:
    kept = {name: event[name] for name in TOP_LEVEL if name in event and not isinstance(event[name], dict | list)}
    if isinstance(kept.get("event"), str):
        kept["event"] = contract_name(kept["event"])
    anonymous = event.get("anonymousId")
    if isinstance(anonymous, str | int) and (visitor := visitor_id(anonymous, key)):
        kept["anonymousId"] = visitor
    for name in ("userId", "previousId", "groupId"):
        number = event.get(name)
        if isinstance(number, str | int) and (customer := customer_id(number, ANYBODY if name == "groupId" else proof)):
            kept[name] = pseudonym(customer, key)
    kept["context"] = _allowed_context(context)
    if isinstance(event.get("properties"), dict):
        kept["properties"] = _allowed(event["properties"], KNOWN_PROPERTIES)
    if isinstance(event.get("traits"), dict):
        kept["traits"] = _allowed(event["traits"], TRAITS)
    return kept


def _allowed_context(context: dict[str, Any]) -> dict[str, Any]:
    """What a good event would keep of it: no event is refused because of its context."""
    address, page = context.get("ip"), context.get("page")
    cut = cut_address(address) if isinstance(address, str) else None
    trimmed = context | {"ip": cut, "page": trim_urls(page) if isinstance(page, dict) else None}
    return {name: value for name, value in fit(trimmed, Context, drops=True).items() if value is not None}


def _allowed(fields: dict[str, Any], names: frozenset[str], levels: int = MAX_DEPTH) -> dict[str, Any]:
    """The fields of these names, and of what they hold, as far down as the contract goes."""
    return trim_urls({name: _allowed_within(value, names, levels) for name, value in fields.items() if name in names})


def _allowed_within(value: Any, names: frozenset[str], levels: int) -> Any:
    if not isinstance(value, dict | list):
        return value
    if levels == 0:
        return None
    if isinstance(value, dict):
        return _allowed(value, names, levels - 1)
    return [_allowed_within(item, names, levels - 1) for item in value]
