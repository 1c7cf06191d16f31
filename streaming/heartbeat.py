"""The stream's heartbeat: one row in ops.heartbeats, kept up to date also while nobody clicks."""

from __future__ import annotations

import json
import time
from typing import Any

import psycopg
from pyspark.sql.streaming.query import StreamingQuery


class Heartbeat:
    """Writes the progress of a query, at most once in `every_seconds`.

    Not a StreamingQueryListener: for one, Spark converts the progress of every batch to Python objects, a tenth of a
    second each. With many batches a second that takes a fifth of a core.
    """

    def __init__(self, connection: psycopg.Connection, process: str = "stream", every_seconds: float = 3.0) -> None:
        """`connection`: the one that holds the stream's lock, so that a stream that lost it has no heartbeat."""
        self.process = process
        self.every_seconds = every_seconds
        self._connection = connection
        self._last = float("-inf")
        self._batch = -1
        self.worked_at = time.monotonic()  # when a batch was first seen to be newer than the one before

    def beat(self, query: StreamingQuery) -> int:
        """Write the row if `every_seconds` have passed; to be called often.

        Returns the records of the newest batch, 0 when it was not yet time to look. Raises psycopg.Error when the
        connection is lost, and the stream's lock with it.
        """
        now = time.monotonic()
        if now - self._last < self.every_seconds:
            return 0
        details = _details(query)
        if details.get("batch_id", self._batch) != self._batch:
            self._batch, self.worked_at = details["batch_id"], now
        self._connection.execute(
            "insert into ops.heartbeats (process, beat_at, details) values (%s, now(), %s::jsonb"
            " || jsonb_build_object('set_apart', (select count(*) from serving.poison_records)))"
            " on conflict (process) do update set beat_at = excluded.beat_at, details = excluded.details",
            [self.process, json.dumps(details)],
        )
        self._last = now
        return int(details.get("rows", 0))


def _details(query: StreamingQuery) -> dict[str, Any]:
    """The query, and its last batch: rows, speed, durations, the offsets it read up to and the newest ones then."""
    progress = query.lastProgress
    if progress is None:
        return {}
    return {
        "query": query.name,
        "batch_id": progress.batchId,
        "rows": progress.numInputRows,
        "rows_per_second": round(progress.processedRowsPerSecond or 0, 1),
        "duration_ms": dict(progress.durationMs),
        "read_until": [json.loads(source.endOffset) for source in progress.sources if source.endOffset],
        "newest": [json.loads(source.latestOffset) for source in progress.sources if source.latestOffset],
    }
