"""Proves the stream's counts: recomputes them from the raw events by SQL, and compares row by row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg
from psycopg import sql

RECOMPUTE = Path(__file__).with_name("recompute.sql")

# table in schema serving -> its key
STATE_TABLES: dict[str, tuple[str, ...]] = {
    "visitor_events": ("event_id", "product_id"),
    "pair_counts": ("product_id", "neighbour_id", "week_start"),
    "product_counts": ("hour", "category", "product_id"),
}


@dataclass(frozen=True)
class Difference:
    """One key whose rows differ."""

    table: str
    key: dict[str, Any]
    in_state: dict[str, Any] | None  # the stream's row, None = missing
    from_raw: dict[str, Any] | None  # the recomputed row, None = missing


@dataclass(frozen=True)
class RecomputeResult:
    """The stream's state compared with a recomputation from raw."""

    rows: dict[str, int]  # by table of the state
    differences: list[Difference]

    @property
    def is_equal(self) -> bool:
        """Whether nothing differs."""
        return not self.differences

    @property
    def message(self) -> str:
        """The result as a sentence for an operator."""
        if self.is_equal:
            counted = ", ".join(f"{rows:,} rows of serving.{table}" for table, rows in self.rows.items())
            return f"Equal to a recomputation from raw: {counted}."
        first = self.differences[0]
        return (
            f"serving.{first.table} differs from a recomputation from raw, first at {first.key}: "
            f"it holds {first.in_state}, raw gives {first.from_raw}."
        )


def compare_with_raw(database_url: str, limit: int = 20) -> RecomputeResult:
    """Compare the stream's state with a recomputation from raw_clickstream.events; at most `limit` differences a table.

    Safe while stream and lander run: it reads one snapshot, only raw events below the stream's offsets, and allows the
    stream to be ahead of the lander. Raises psycopg.Error.
    """
    rows_of: dict[str, int] = {}
    differences: list[Difference] = []
    with psycopg.connect(database_url, autocommit=True) as connection, connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        connection.execute(cast(LiteralString, RECOMPUTE.read_text()))
        for table, key in STATE_TABLES.items():
            count = connection.execute(sql.SQL("select count(*) from serving.{}").format(sql.Identifier(table)))
            rows_of[table] = (count.fetchone() or (0,))[0]
            rows = connection.execute(
                sql.SQL(
                    """
                    select to_jsonb(state), to_jsonb(recomputed)
                    from serving.{table} as state
                    full join {recomputed} as recomputed using ({key})
                    where to_jsonb(state) is distinct from to_jsonb(recomputed)
                    limit {limit}
                    """
                ).format(
                    table=sql.Identifier(table),
                    recomputed=sql.Identifier(f"recomputed_{table}"),
                    key=sql.SQL(", ").join(map(sql.Identifier, key)),
                    limit=limit,
                )
            )
            for in_state, from_raw in rows:
                known = in_state or from_raw
                differences.append(Difference(table, {column: known[column] for column in key}, in_state, from_raw))
    return RecomputeResult(rows_of, differences)
