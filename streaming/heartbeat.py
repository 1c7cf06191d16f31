"""The stream's heartbeat: one row in ops.heartbeats, kept up to date also while nobody clicks."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import psycopg
from pyspark.sql.streaming.query import StreamingQuery

log = logging.getLogger(__name__)


class Heartbeat:
    """Writes the progress of a query, at most once in `every_seconds`.

    Not a StreamingQueryListener: for one, Spark converts the progress of every batch to Python objects, a tenth of a
    second each. With many batches a second that takes a fifth of a core.
    """

    def __init__(self, database_url: str, process: str = "stream", every_seconds: float = 3.0) -> None:
        self.database_url = database_url
        self.process = process
        self.every_seconds = every_seconds
        self._connection: psycopg.Connection | None = None
        self._last = float("-inf")

    def beat(self, query: StreamingQuery) -> None:
        """Write the row if `every_seconds` have passed; to be called often. An error of Postgres is only logged."""
        now = time.monotonic()
        if now - self._last < self.every_seconds:
            return
        details = _details(query)
        try:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(self.database_url, autocommit=True, connect_timeout=5)
            self._connection.execute(
                "insert into ops.heartbeats (process, beat_at, details) values (%s, now(), %s::jsonb"
                " || jsonb_build_object('set_apart', (select count(*) from serving.poison_records)))"
                " on conflict (process) do update set beat_at = excluded.beat_at, details = excluded.details",
                [self.process, json.dumps(details)],
            )
            self._last = now
        except psycopg.Error as error:
            # a lost database fails the batch itself, and the check stream_heartbeat notices a missing heartbeat
            log.warning("The heartbeat could not be written: %s", error)

    def close(self) -> None:
        """Close the connection."""
        if self._connection:
            self._connection.close()


def _details(query: StreamingQuery) -> dict[str, Any]:
    """The last batch: rows, speed, durations, the offsets it read up to and the newest ones at that time."""
    progress = query.lastProgress
    if progress is None:
        return {}
    return {
        "batch_id": progress.batchId,
        "rows": progress.numInputRows,
        "rows_per_second": round(progress.processedRowsPerSecond or 0, 1),
        "duration_ms": dict(progress.durationMs),
        "read_until": [json.loads(source.endOffset) for source in progress.sources if source.endOffset],
        "newest": [json.loads(source.latestOffset) for source in progress.sources if source.latestOffset],
    }
