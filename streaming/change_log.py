"""serving.count_changes: how the counts changed from fence to fence, for workers whose memory is a few batches behind.

Nothing is written while one worker does everything. It is a cache: a memory that finds no way from its fence
to the newest one is read again.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import psycopg
from msgspec import json, msgpack

from recommendations.session_counts import PairWeight
from streaming.count_changes import CountChanges
from streaming.state import StreamName, read_offsets

KEPT = 50  # batches
Fence = dict[int, int]  # see state.read_offsets
Row = tuple[Fence, Fence, CountChanges]  # before, after, changes

_Counts = list[tuple[datetime, str, str, list[int]]]
_Pairs = list[tuple[str, str, date, int, int, int]]
_decoder = msgpack.Decoder(tuple[datetime, _Counts, _Pairs])
_fence_decoder = json.Decoder(Fence)


def write(connection: psycopg.Connection, name: StreamName, before: Fence, after: Fence, changes: CountChanges) -> None:
    """Add a batch and delete those that are too old, in the caller's transaction."""
    packed = msgpack.encode(
        (
            changes.clock,
            [(*key, counts) for key, counts in changes.counts.items()],
            [(*key, *weight) for key, weight in changes.pairs.items()],
        )
    )
    connection.execute(
        "insert into serving.count_changes (query_name, topic, fence_before, fence_after, changes)"
        " values (%s, %s, %s, %s, %s)",
        [name.query, name.topic, _text(before), _text(after), packed],
    )
    connection.execute(
        "delete from serving.count_changes where query_name = %s and topic = %s and batch <= ("
        " select max(batch) - %s from serving.count_changes where query_name = %s and topic = %s)",
        [name.query, name.topic, KEPT, name.query, name.topic],
    )


def read_since(connection: psycopg.Connection, name: StreamName, fence: Fence) -> list[CountChanges] | None:
    """What has changed since `fence`, to be applied in this order; None when that is not known.

    The last entry leads to the newest fence that was logged, not always to that of the counts.
    """
    rows = connection.execute(
        "select fence_before, fence_after, changes from serving.count_changes where query_name = %s and topic = %s"
        " and batch >= coalesce((select max(batch) from serving.count_changes where query_name = %s and topic = %s"
        " and fence_before = %s), 9223372036854775807) order by batch",
        [name.query, name.topic, name.query, name.topic, _text(fence)],
    )
    found, reached = [], _text(fence)
    for before, after, packed in rows:
        if before != reached:
            return None
        found.append(_unpacked(packed))
        reached = after
    return found if reached == _text(read_offsets(connection, name)) else None


def _unpacked(packed: bytes) -> CountChanges:
    clock, counts, pairs = _decoder.decode(packed)
    return CountChanges(
        clock.astimezone(UTC),
        {(hour.astimezone(UTC), category, product): changed for hour, category, product, changed in counts},
        {(product, neighbour, week): PairWeight(*weight) for product, neighbour, week, *weight in pairs},
    )


def _text(fence: Fence) -> str:
    return json.encode({str(partition): fence[partition] for partition in sorted(fence)}).decode()
