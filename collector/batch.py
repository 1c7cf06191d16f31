"""Takes a request's body apart into the bytes of each event, so that one bad event never costs its batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import DecodeError, Raw, Struct, ValidationError, convert, json

from collector.body import MAX_BATCH_EVENTS
from collector.clock import in_utc
from collector.http_refusal import HttpRefusal
from collector.malformed_batch import split_batch


class Body(Struct, rename="camel"):
    """What a request says about all its events; `batch` is None for a single event."""

    batch: list[Raw] | None = None
    write_key: Any = None
    sent_at: Any = None
    context: Any = None

    @property
    def common_context(self) -> dict[str, Any]:
        return self.context if isinstance(self.context, dict) else {}

    @property
    def common_sent_at(self) -> datetime | None:
        try:
            return None if self.sent_at is None else in_utc(convert(self.sent_at, datetime))
        except (ValidationError, OverflowError):
            return None  # the events may each have their own


_decoder = json.Decoder(Body)


def decode_body(body: bytes) -> Body:
    """Raises what decoding raises: DecodeError, UnicodeDecodeError, RecursionError."""
    try:
        return _decoder.decode(body)
    except ValidationError:
        raise
    except (DecodeError, RecursionError) as error:
        return _decode_malformed(body, error)


def events_of(body: Body) -> Sequence[bytes]:
    """The JSON of each event of a batch. Raises ValidationError without a batch, HttpRefusal for too many events."""
    if body.batch is None:
        raise ValidationError("Object missing required field `batch`")
    if len(body.batch) > MAX_BATCH_EVENTS:
        raise HttpRefusal(413, f"more than {MAX_BATCH_EVENTS} events: send smaller batches")
    return [bytes(raw) for raw in body.batch]


def _decode_malformed(body: bytes, error: Exception) -> Body:
    """Let each event of the batch speak for itself."""
    try:
        rest, events = split_batch(body)
        found = _decoder.decode(rest)
    except (ValueError, RecursionError):
        raise error from None
    found.batch = [Raw(event) for event in events]
    return found
