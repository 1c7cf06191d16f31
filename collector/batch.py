"""Splits the body of a request into the bytes of each event, so that a bad event never takes its batch with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import DecodeError, Raw, Struct, ValidationError, convert, json

from collector.body import MAX_BATCH_EVENTS
from collector.clock import in_utc
from collector.http_refusal import HttpRefusal
from collector.malformed_batch import split_batch
from events.context import CONTEXT_FIELDS

READ_FIELDS = CONTEXT_FIELDS | {"consentManagement", "traits"}


class Body(Struct, rename="camel"):
    """What a body says about all of its events; `batch` is None for a single event, which says all of it itself."""

    batch: list[Raw] | None = None
    sent_at: Any = None
    context: Any = None

    @property
    def common_context(self) -> dict[str, Any]:
        """What every event's context says unless it says otherwise itself: the fields that are kept or read."""
        if self.batch is None or not isinstance(self.context, dict):
            return {}
        return {name: value for name, value in self.context.items() if name in READ_FIELDS}

    @property
    def common_sent_at(self) -> datetime | None:
        """When the batch was sent by the device's clock, in UTC; None when it is missing or invalid."""
        try:
            return None if self.batch is None or self.sent_at is None else in_utc(convert(self.sent_at, datetime))
        except (ValidationError, OverflowError):
            return None  # the events may each have their own


BOM = b"\xef\xbb\xbf"
OF_ITSELF = Body()
_decoder = json.Decoder(Body)
_any_object = json.Decoder(Struct)  # an event alone says all of it itself: nothing is made of its fields here


def decode_body(body: bytes, *, is_event: bool = False) -> Body:
    """Decode the body, but not yet its events; of a body that `is_event`, see only that it is an object.

    Raises ValidationError for a field of the wrong type; DecodeError, UnicodeDecodeError or RecursionError for bytes
    that cannot be split into events either.
    """
    body = body.removeprefix(BOM)
    try:
        if is_event:
            _any_object.decode(body)
            return OF_ITSELF
        return _decoder.decode(body)
    except ValidationError:
        raise
    except (DecodeError, RecursionError) as error:
        return _decode_malformed(body, error)


def events_of(body: Body) -> Sequence[bytes]:
    """The JSON of each event of a batch.

    Raises ValidationError without a batch, HttpRefusal (413) for too many events.
    """
    if body.batch is None:
        raise ValidationError("Object missing required field `batch`")
    if len(body.batch) > MAX_BATCH_EVENTS:
        raise HttpRefusal(413, f"more than {MAX_BATCH_EVENTS} events: send smaller batches")
    return [bytes(raw) for raw in body.batch]


def _decode_malformed(body: bytes, error: Exception) -> Body:
    """The same for bytes that no JSON parser reads; raises `error` again when they hold no batch."""
    try:
        rest, events = split_batch(body)
        found = _decoder.decode(rest)
    except (ValueError, RecursionError):
        raise error from None
    found.batch = [Raw(event) for event in events]
    return found
