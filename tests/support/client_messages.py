"""Messages as the libraries of Segment and RudderStack send them, and the events that became of them."""

from __future__ import annotations

from typing import Any

from msgspec import json

from benchmarks.support.in_process import TOPIC, InProcess
from events.event import Event, parse

VISITOR = "0a1b2c3d-1111-4222-8333-444455556666"


def message(kind: str = "track", **fields: Any) -> dict[str, Any]:
    """A message of each kind with what it needs."""
    own: dict[str, Any] = {
        "track": {"event": "Product Viewed", "properties": {"product_id": "5"}},
        "alias": {"previousId": VISITOR, "userId": "31"},
        "group": {"groupId": "g-1", "userId": "31"},
        "identify": {"userId": "31", "traits": {"country": "DE"}},
        "page": {"name": "Start"},
        "screen": {"name": "Start"},
    }[kind]
    return {"type": kind, "messageId": "m", "anonymousId": VISITOR, **own, **fields}


def landed(collector: InProcess) -> list[dict[str, Any]]:
    """The events that a collector handed to Kafka; asserts that each is valid and none was refused."""
    assert all(record.topic == TOPIC and isinstance(parse(record.value), Event) for record in collector.sink.records)
    return [json.decode(record.value) for record in collector.sink.records]
