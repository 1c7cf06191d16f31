"""How the stream is: its heartbeat and what it keeps in `serving`, read from Postgres alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

PROCESS = "stream"
TABLES = ("recommendations", "product_neighbours", "trending")
OLDEST_HEARTBEAT = 60.0  # seconds; the stream beats every few


@dataclass(frozen=True)
class StreamHealth:
    """Seconds since the stream's last sign of life (None: never) and what it told of itself."""

    age: float | None
    details: dict[str, Any]

    @property
    def is_alive(self) -> bool:
        return self.age is not None and self.age <= OLDEST_HEARTBEAT

    @property
    def lag(self) -> int | None:
        """Events in the topic that the stream had not read when it last told; None when it has not told yet."""
        newest, read = (self.details.get(name) for name in ("newest", "read_until"))
        return None if newest is None or read is None else _events(newest) - _events(read)

    @property
    def message(self) -> str:
        if self.age is None:
            return "The stream has never beaten: start it (`make up`) and look at its log."
        if not self.is_alive:
            return f"The stream's last heartbeat is {self.age:.0f} s old: see its log and `make status`."
        return f"The stream beat {self.age:.0f} s ago."


@dataclass(frozen=True)
class TableState:
    """Rows of one serving table, and the event time of the newest event it knows."""

    table: str
    rows: int
    computed_at: datetime | None


def read_stream_health(database_url: str) -> StreamHealth:
    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            "select extract(epoch from now() - beat_at)::float8, details from ops.heartbeats where process = %s",
            [PROCESS],
        ).fetchone()
    return StreamHealth(*found) if found else StreamHealth(None, {})


def read_tables(database_url: str) -> list[TableState]:
    """The state of the three tables the stream writes."""
    states = []
    with psycopg.connect(database_url) as connection:
        for table in TABLES:
            query = sql.SQL("select count(*), max(computed_at) from {}").format(sql.Identifier("serving", table))
            rows, computed_at = connection.execute(query).fetchone() or (0, None)
            states.append(TableState(table, rows, computed_at))
    return states


def _events(sources: list[dict[str, dict[str, int]]]) -> int:
    """Sum of Spark's offsets, as [{topic: {partition: offset}}]."""
    return sum(sum(partitions.values()) for source in sources for partitions in source.values())
