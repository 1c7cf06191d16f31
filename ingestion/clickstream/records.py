"""What the lander makes of a Kafka record: an event, or a bad record with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import md5
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from kafka.consumer.fetcher import ConsumerRecord

from events.event import Event, parse
from events.rejection import Rejected

# a received_at outside this range is not from a collector's clock, and would create a partition of its own
RECEIVED_FROM = datetime(2000, 1, 1, tzinfo=UTC)
RECEIVED_AHEAD = timedelta(days=366)

_place = attrgetter("topic", "partition")

# a record and what was read from it
Outcome = tuple[ConsumerRecord, Event | Rejected]


class Position(NamedTuple):
    """Where a record is in Kafka."""

    topic: str
    partition: int
    offset: int


class LandedEvent(Event, frozen=True, gc=False):
    """A row of raw_clickstream.events: names, order and types of its columns, the one list that others derive from."""

    kafka_topic: str
    kafka_partition: int
    kafka_offset: int
    landed_at: datetime


def position_of(record: ConsumerRecord) -> Position:
    """Where the record is in Kafka."""
    return Position(record.topic, record.partition, record.offset)


def record_at(position: Position, value: bytes | None) -> ConsumerRecord:
    """A record as Kafka would return it, from its position and its bytes."""
    size = -1 if value is None else len(value)
    return ConsumerRecord(*position[:2], -1, position.offset, 0, 0, None, value, [], None, -1, size, -1)


def event_key(event_id: str) -> str:
    """Key of raw_clickstream.event_ids, 32 hex digits. MD5 because Postgres has it too: `md5(event_id)::uuid`."""
    return md5(event_id.encode(), usedforsecurity=False).hexdigest()


def read_record(record: ConsumerRecord) -> Outcome:
    """A record with the header `reason` was refused by the collector, whatever its topic; others are parsed.

    Raises nothing: an invalid record is returned as `Rejected`.
    """
    for name, value in record.headers:
        if name == "reason":
            return record, Rejected(_header_text(value), _header_text(dict(record.headers).get("detail")))
    return record, read_value(record.value)


def read_value(value: bytes | None) -> Event | Rejected:
    """`parse`, and one more rule for the warehouse: `receivedAt` must be plausible. Raises nothing."""
    event = parse(value)
    if isinstance(event, Event) and not RECEIVED_FROM <= event.received_at <= datetime.now(UTC) + RECEIVED_AHEAD:
        return Rejected(
            "invalid_timestamp", f"receivedAt {event.received_at.isoformat()} is not from a collector's clock"
        )
    return event


def ranges_of(records: Iterable[ConsumerRecord]) -> dict[tuple[str, int], tuple[int, int]]:
    """First and last offset per (topic, partition)."""
    ranges: dict[tuple[str, int], tuple[int, int]] = {}
    # records come in runs of one partition, so most of the work needs no Python step per record
    for key, run in groupby(records, _place):
        offsets = [record.offset for record in run]
        first, last = min(offsets), max(offsets)
        known = ranges.get(key, (first, last))
        ranges[key] = min(first, known[0]), max(last, known[1])
    return ranges


def _header_text(value: bytes | None) -> str:
    return (value or b"").decode(errors="replace").replace("\0", "")
