"""Whether the stream works: its heartbeat and the tables it writes, read from Postgres."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from comptoir.stream_heartbeat import LAST_HEARTBEAT, OLDEST_HEARTBEAT

TABLES = ("recommendations", "product_neighbours", "trending")


@dataclass(frozen=True)
class StreamHealth:
    """The stream's last heartbeat."""

    age: float | None  # seconds; None = there was none
    details: dict[str, Any]  # as written by streaming/heartbeat.py

    @property
    def is_alive(self) -> bool:
        """Whether the heartbeat is recent enough."""
        return self.age is not None and self.age <= OLDEST_HEARTBEAT

    @property
    def lag(self) -> int | None:
        """Records in the topic that were not read at the last heartbeat; None before the first batch."""
        newest, read = (self.details.get(name) for name in ("newest", "read_until"))
        return None if newest is None or read is None else _events(newest) - _events(read)

    @property
    def message(self) -> str:
        """The state as a sentence for an operator."""
        if self.age is None:
            return "The stream has never written a heartbeat: start it (`make up`) and see its log."
        if not self.is_alive:
            return f"The stream's last heartbeat is {self.age:.0f} s old: see its log and `make status`."
        return f"The stream's last heartbeat was {self.age:.0f} s ago."


@dataclass(frozen=True)
class TableState:
    """The content of one table (or view) of schema serving."""

    table: str
    rows: int
    computed_at: datetime | None  # event time of the newest event it knows


@dataclass(frozen=True)
class PoisonRecords:
    """The records that the stream could not count."""

    count: int
    newest: list[dict[str, Any]]  # the newest first

    @property
    def message(self) -> str:
        """The state as a sentence for an operator."""
        if not self.count:
            return "Every record could be counted."
        return (
            f"{self.count:,} records could not be counted, the newest because of {self.newest[0]['reason']}: see "
            "serving.poison_records, and raw_clickstream.events for the records."
        )


def read_stream_health(database_url: str) -> StreamHealth:
    """The stream's last heartbeat. Raises psycopg.Error."""
    with psycopg.connect(database_url) as connection:
        found = connection.execute(LAST_HEARTBEAT.encode()).fetchone()
    return StreamHealth(found[0], found[2]) if found else StreamHealth(None, {})


def read_tables(database_url: str) -> list[TableState]:
    """The state of each of TABLES. Raises psycopg.Error."""
    states = []
    with psycopg.connect(database_url) as connection:
        for table in TABLES:
            query = sql.SQL("select count(*), max(computed_at) from {}").format(sql.Identifier("serving", table))
            rows, computed_at = connection.execute(query).fetchone() or (0, None)
            states.append(TableState(table, rows, computed_at))
    return states


def read_poison(database_url: str, at_most: int = 20) -> PoisonRecords:
    """The records that the stream has set apart. Raises psycopg.Error."""
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        found = connection.execute(
            'select topic, "partition", "offset", event_id, reason, set_apart_at, count(*) over () as count'
            " from serving.poison_records order by set_apart_at desc limit %s",
            [at_most],
        ).fetchall()
    counts = [row.pop("count") for row in found]
    return PoisonRecords(counts[0] if counts else 0, found)


def _events(sources: list[dict[str, dict[str, int]]]) -> int:
    """The sum of Spark's offsets, given as [{topic: {partition: offset}}]."""
    return sum(sum(partitions.values()) for source in sources for partitions in source.values())
