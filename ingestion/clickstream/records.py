"""What a Kafka record is to the lander: an event, or bad with its reason."""

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

# a received_at outside is no collector's clock, and would make a partition of its own
RECEIVED_FROM = datetime(2000, 1, 1, tzinfo=UTC)
RECEIVED_AHEAD = timedelta(days=366)

_place = attrgetter("topic", "partition")

# a record and what it turned out to be
Outcome = tuple[ConsumerRecord, Event | Rejected]


class Position(NamedTuple):
    """Where a record lies in Kafka."""

    topic: str
    partition: int
    offset: int


def position_of(record: ConsumerRecord) -> Position:
    return Position(record.topic, record.partition, record.offset)


def kept_record(position: Position, value: bytes | None) -> ConsumerRecord:
    """The record that was at `position`, from its bytes in the warehouse."""
    size = -1 if value is None else len(value)
    return ConsumerRecord(*position[:2], -1, position.offset, 0, 0, None, value, [], None, -1, size, -1)


def event_key(event_id: str) -> str:
    """Key of raw_clickstream.event_ids, as hex. Md5 because Postgres has it too: `md5(event_id)::uuid`."""
    return md5(event_id.encode(), usedforsecurity=False).hexdigest()


def read_record(record: ConsumerRecord) -> Outcome:
    """A record with the header `reason` was refused by the collector, in whichever topic it lies; others are parsed."""
    for name, value in record.headers:
        if name == "reason":
            return record, Rejected(_header_text(value), _header_text(dict(record.headers).get("detail")))
    return record, read_value(record.value)


def read_value(value: bytes | None) -> Event | Rejected:
    """`parse`, and the one rule of the warehouse's own."""
    event = parse(value)
    if isinstance(event, Event) and not RECEIVED_FROM <= event.received_at <= datetime.now(UTC) + RECEIVED_AHEAD:
        return Rejected("invalid_timestamp", f"receivedAt {event.received_at.isoformat()} is no time of a collector")
    return event


def ranges_of(records: Iterable[ConsumerRecord]) -> dict[tuple[str, int], tuple[int, int]]:
    """First and last offset per (topic, partition)."""
    ranges: dict[tuple[str, int], tuple[int, int]] = {}
    # records come in runs of one partition, so most of the work is done without a step in Python per record
    for key, run in groupby(records, _place):
        offsets = [record.offset for record in run]
        first, last = min(offsets), max(offsets)
        known = ranges.get(key, (first, last))
        ranges[key] = min(first, known[0]), max(last, known[1])
    return ranges


def _header_text(value: bytes | None) -> str:
    return (value or b"").decode(errors="replace").replace("\0", "")
