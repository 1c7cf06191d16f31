"""Sample events, as a browser sends them and as they are in Kafka."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from msgspec import json

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def client_event(**changes: Any) -> dict[str, Any]:
    """A Product Viewed as a Segment client puts it into a batch; `changes` replace top-level fields."""
    event: dict[str, Any] = {
        "messageId": str(uuid.uuid4()),
        "type": "track",
        "event": "Product Viewed",
        "anonymousId": "visitor-1",
        "context": {"sessionId": "session-1", "page": {"path": "/p/1"}, "library": {"name": "test"}},
        "properties": {"product_id": "8001", "name": "Headphones", "price": 99.5, "currency": "EUR", "quantity": 1},
    }
    return event | changes


def wire_event(**changes: Any) -> dict[str, Any]:
    """The same event after the collector, as in a record of the clicks topic."""
    times = dict.fromkeys(("originalTimestamp", "sentAt", "receivedAt", "timestamp"), NOW)
    envelope = {"name": None, "userId": None, "schemaVersion": 1} | times
    return client_event() | envelope | changes


def wire(**changes: Any) -> bytes:
    """`wire_event` as the value of a record."""
    return json.encode(wire_event(**changes))
