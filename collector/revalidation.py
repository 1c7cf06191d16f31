"""Validates events again that the collector refused before, for `comptoir clicks replay bad`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import DecodeError, json, structs

from collector.enrichment import EnrichedEvent, RefusedEvent, Sender, enrich_event
from events.event import Event, parse
from events.rejection import Rejected

_decoder = json.Decoder(dict[str, Any])


def revalidate_refused_event(value: bytes, received_at: datetime, pseudonym_key: str) -> Event | Rejected:
    """The outcome today for the bytes kept of a refused event. Their customer number is a pseudonym already."""
    try:
        event = _decoder.decode(value)
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Rejected("invalid_json", f"still not a JSON object: {error}")
    if event.get("type") == "alias":
        return Rejected("not_replayable", "an alias cannot be replayed: the ids it joins were not kept")
    user_id = str(event.pop("userId", None) or "") or None
    if not event.get("anonymousId"):
        event["anonymousId"] = user_id
    outcome = enrich_event(json.encode(event), Sender(received_at=received_at), pseudonym_key)
    if isinstance(outcome, RefusedEvent):
        return outcome.why
    if not isinstance(outcome, EnrichedEvent):
        return Rejected("no_consent", "the visitor did not agree to analytics")
    found = parse(outcome.value)
    return structs.replace(found, user_id=user_id) if isinstance(found, Event) else found
