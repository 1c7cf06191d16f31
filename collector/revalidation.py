"""A second look at an event the collector once refused, for `comptoir clicks replay bad`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import DecodeError, json, structs

from collector.enrichment import Accepted, Refusal, Sender, accept
from events.envelope import Event, Rejected, parse

_decoder = json.Decoder(dict[str, Any])


def revalidate_refused_event(value: bytes, received_at: datetime, pseudonym_key: str) -> Event | Rejected:
    """What the collector says today of the bytes it kept. Their customer number is a pseudonym already."""
    try:
        event = _decoder.decode(value)
    except (DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Rejected("invalid_json", f"still no event: {error}")
    if event.get("type") == "alias":
        return Rejected("not_replayable", "whom an alias joined is not kept with a refused event")
    user_id = str(event.pop("userId", None) or "") or None
    if not event.get("anonymousId"):
        event["anonymousId"] = user_id
    outcome = accept(json.encode(event), Sender(received_at=received_at), pseudonym_key)
    if isinstance(outcome, Refusal):
        return outcome.why
    if not isinstance(outcome, Accepted):
        return Rejected("no_consent", "the visitor did not agree to analytics")
    found = parse(outcome.value)
    return structs.replace(found, user_id=user_id) if isinstance(found, Event) else found
