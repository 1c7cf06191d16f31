"""The stream's state in Postgres: the fence of offsets, events and counts.

Functions that write do so in the caller's transaction. Rows are sent as one JSON parameter: unlike with COPY, Postgres
works while the next statement is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

import psycopg
from msgspec import defstruct, json
from psycopg import sql

from recommendations.session_counts import MAX_SESSION_EVENTS, CountKey, PairKey, PairWeight, ProductEvent
from recommendations.visits import RECENT_EVENTS

SessionKey = tuple[str, str]  # visitor, session
Recent = dict[str, list[ProductEvent]]  # visitor -> events

EVENT_COLUMNS = ", ".join(ProductEvent._fields)
VERSION = -1  # beside the partitions: how often the counts or lists were changed by others than batches (fence.py)
OFFSETS = """
    select "partition", next_offset, version from serving.stream_offsets
    where query_name = %s and topic = %s order by "partition"
"""
SESSIONS = f"""
    select {EVENT_COLUMNS} from unnest(%s::text[], %s::text[]) as wanted (visitor, session)
    cross join lateral (
        select * from serving.visitor_events
        where visitor_id = wanted.visitor and session_id = wanted.session
        order by occurred_at, event_id, product_id
        limit {MAX_SESSION_EVENTS}
    ) as events
"""
RECENT = f"""
    select {EVENT_COLUMNS} from unnest(%s::text[]) as wanted (visitor)
    cross join lateral (
        select * from serving.visitor_events
        where visitor_id = wanted.visitor
        order by occurred_at desc, event_id desc, product_id desc
        limit {RECENT_EVENTS}
    ) as events
"""


@dataclass(frozen=True)
class StreamName:
    """The owner of offsets and lock: one running query on one topic."""

    query: str
    topic: str

    @property
    def lock(self) -> str:
        """The text whose hash is the key of the advisory lock."""
        return f"{self.query}/{self.topic}"


# rows as they are sent: making and encoding a struct takes a fifth of a dictionary's time
_PairRow = defstruct(
    "_PairRow", ["product_id", "neighbour_id", "week_start", "similar_weight", "together_weight", "bought_count"]
)
_CountRow = defstruct("_CountRow", ["hour", "category", "product_id", "views_count", "carts_count", "purchases_count"])
_EventRow = defstruct("_EventRow", ProductEvent._fields)


class StaleMemory(Exception):
    """Another process has counted since the shop's memory was read."""


class StreamAlreadyRunning(Exception):
    """Another process holds the stream's lock."""


def claim(connection: psycopg.Connection, name: StreamName, wait_seconds: int = 15) -> None:
    """Take the stream's advisory lock for the life of `connection`.

    Waits for up to `wait_seconds`: Postgres needs a moment to notice that a killed process is gone.
    Raises StreamAlreadyRunning when another stream still holds the lock then.
    """
    try:
        with connection.transaction():
            connection.execute(sql.SQL("set local lock_timeout = {}").format(f"{wait_seconds}s"))
            connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [name.lock])
    except psycopg.errors.LockNotAvailable as error:
        raise StreamAlreadyRunning(
            f"Another stream {name.query!r} on topic {name.topic!r} is running: stop it first, or leave the work to it."
        ) from error


def read_offsets(connection: psycopg.Connection, name: StreamName) -> dict[int, int]:
    """The fence: partition -> first offset not counted yet; and at VERSION its version."""
    return _fence(connection.execute(OFFSETS.encode(), [name.query, name.topic]).fetchall())


def lock_offsets(connection: psycopg.Connection, name: StreamName) -> dict[int, int]:
    """The same, locked until the transaction ends."""
    return _fence(connection.execute(f"{OFFSETS} for update".encode(), [name.query, name.topic]).fetchall())


def write_offsets(connection: psycopg.Connection, name: StreamName, next_offsets: Mapping[int, int]) -> None:
    """Move the fence to these offsets, by partition."""
    with connection.cursor() as cursor:
        cursor.executemany(
            'insert into serving.stream_offsets (query_name, topic, "partition", next_offset) values (%s, %s, %s, %s)'
            ' on conflict (query_name, topic, "partition")'
            " do update set next_offset = excluded.next_offset, updated_at = now()",
            [(name.query, name.topic, partition, offset) for partition, offset in sorted(next_offsets.items())],
        )


def note_poison(
    connection: psycopg.Connection, name: StreamName, partition: int, offset: int, event_id: str, reason: str
) -> None:
    """Note that a record cannot be counted."""
    connection.execute(
        'insert into serving.poison_records (query_name, topic, "partition", "offset", event_id, reason)'
        " values (%s, %s, %s, %s, %s, %s) on conflict do nothing",
        [name.query, name.topic, partition, offset, event_id, reason.replace("\0", "")],
    )


def known_events(connection: psycopg.Connection, event_ids: Iterable[str]) -> set[str]:
    """The ids among these that were counted before."""
    rows = connection.execute(
        "select distinct event_id from serving.visitor_events where event_id = any(%s)", [sorted(event_ids)]
    )
    return {event_id for (event_id,) in rows}


def insert_events(connection: psycopg.Connection, events: Iterable[ProductEvent]) -> None:
    """Add events that were not counted before. Raises psycopg.errors.UniqueViolation for others."""
    connection.execute(
        "insert into serving.visitor_events select * from json_populate_recordset(null::serving.visitor_events, %s)",
        [json.encode([_EventRow(*event) for event in events]).decode()],
    )


def load_sessions(
    connection: psycopg.Connection, sessions: Iterable[SessionKey]
) -> dict[SessionKey, list[ProductEvent]]:
    """The first `MAX_SESSION_EVENTS` events of each session, the only ones that count for pairs."""
    keys = sorted(sessions)
    if not keys:
        return {}
    visitors, session_ids = zip(*keys, strict=True)
    found: dict[SessionKey, list[ProductEvent]] = {}
    for row in connection.execute(SESSIONS.encode(), [list(visitors), list(session_ids)]):
        event = _event(row)
        found.setdefault((event.visitor_id, event.session_id), []).append(event)
    return found


def load_whole_sessions(connection: psycopg.Connection, sessions: Iterable[SessionKey]) -> list[ProductEvent]:
    """Every event of these sessions, in any order."""
    columns = list(zip(*sessions, strict=True)) or [(), ()]
    rows = connection.execute(
        f"select {EVENT_COLUMNS} from serving.visitor_events"
        " where (visitor_id, session_id) in (select * from unnest(%s::text[], %s::text[]))".encode(),
        [list(column) for column in columns],
    )
    return [_event(row) for row in rows]


def load_all(connection: psycopg.Connection, visitors: Iterable[str]) -> list[ProductEvent]:
    """Every event of these visitors, in any order."""
    rows = connection.execute(
        f"select {EVENT_COLUMNS} from serving.visitor_events where visitor_id = any(%s)".encode(), [sorted(visitors)]
    )
    return [_event(row) for row in rows]


def load_recent(connection: psycopg.Connection, visitors: Iterable[str]) -> Recent:
    """The newest `RECENT_EVENTS` events of each visitor."""
    found: Recent = {}
    for row in connection.execute(RECENT.encode(), [sorted(visitors)]):
        event = _event(row)
        found.setdefault(event.visitor_id, []).append(event)
    return found


def add_pairs(connection: psycopg.Connection, changes: Mapping[PairKey, PairWeight]) -> None:
    """Add to serving.pair_counts and delete pairs that became zero; in key order, so that writers cannot deadlock."""
    if not changes:
        return
    rows = json.encode([_PairRow(*key, *changes[key]) for key in sorted(changes)]).decode()
    connection.execute(
        """
        insert into serving.pair_counts as counts (
            product_id, neighbour_id, week_start, similar_weight, together_weight, bought_count
        )
        select product_id, neighbour_id, week_start, similar_weight, together_weight, bought_count
        from json_populate_recordset(null::serving.pair_counts, %s)
        on conflict (product_id, neighbour_id, week_start) do update set
            similar_weight = counts.similar_weight + excluded.similar_weight,
            together_weight = counts.together_weight + excluded.together_weight,
            bought_count = counts.bought_count + excluded.bought_count
        """,
        [rows],
    )
    if any(min(weight) < 0 for weight in changes.values()):
        connection.execute(
            """
            delete from serving.pair_counts as counts
            using json_populate_recordset(null::serving.pair_counts, %s) as changed
            where
                counts.product_id = changed.product_id and counts.neighbour_id = changed.neighbour_id
                and counts.week_start = changed.week_start
                and counts.similar_weight = 0 and counts.together_weight = 0
            """,
            [rows],
        )


def add_product_counts(connection: psycopg.Connection, changes: Mapping[CountKey, Sequence[int]]) -> None:
    """Add to serving.product_counts and delete rows that became zero; in key order."""
    rows = json.encode([_CountRow(*key, *changes[key]) for key in sorted(changes)]).decode()
    connection.execute(
        """
        insert into serving.product_counts as counts
        select * from json_populate_recordset(null::serving.product_counts, %s)
        on conflict (hour, category, product_id) do update set
            views_count = counts.views_count + excluded.views_count,
            carts_count = counts.carts_count + excluded.carts_count,
            purchases_count = counts.purchases_count + excluded.purchases_count
        """,
        [rows],
    )
    if any(min(counts) < 0 for counts in changes.values()):
        connection.execute(
            """
            delete from serving.product_counts as counts
            using json_populate_recordset(null::serving.product_counts, %s) as changed
            where
                counts.hour = changed.hour and counts.category = changed.category
                and counts.product_id = changed.product_id
                and counts.views_count = 0 and counts.carts_count = 0 and counts.purchases_count = 0
            """,
            [rows],
        )


def _fence(rows: Sequence[tuple[int, int, int]]) -> dict[int, int]:
    version = max((version for *_, version in rows), default=0)
    return {partition: offset for partition, offset, _ in rows} | ({VERSION: version} if version else {})


def _event(row: Sequence) -> ProductEvent:
    event = ProductEvent._make(row)
    return event._replace(occurred_at=event.occurred_at.astimezone(UTC))
