"""The sign of life of the stream: one row in ops.heartbeats, also while nobody clicks."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import psycopg
from pyspark.sql.streaming.query import StreamingQuery

log = logging.getLogger(__name__)


class Heartbeat:
    """Writes what a query last did, at most once in `every_seconds`; call `beat` as often as you like.

    Not a StreamingQueryListener: Spark turns the progress of every batch into Python objects for it, a tenth of a
    second each, which at many batches a second is a fifth of a core.
    """

    def __init__(self, database_url: str, process: str = "stream", every_seconds: float = 3.0) -> None:
        self.database_url = database_url
        self.process = process
        self.every_seconds = every_seconds
        self._connection: psycopg.Connection | None = None
        self._last = float("-inf")

    def beat(self, query: StreamingQuery) -> None:
        """Write the row if it is time to."""
        now = time.monotonic()
        if now - self._last < self.every_seconds:
            return
        details = _details(query)
        try:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(self.database_url, autocommit=True, connect_timeout=5)
            self._connection.execute(
                "insert into ops.heartbeats (process, beat_at, details) values (%s, now(), %s)"
                " on conflict (process) do update set beat_at = excluded.beat_at, details = excluded.details",
                [self.process, json.dumps(details)],
            )
            self._last = now
        except psycopg.Error as error:
            # the batch itself will fail on a lost database; a missed beat is what the freshness check looks for
            log.warning("No heartbeat could be written: %s", error)

    def close(self) -> None:
        if self._connection:
            self._connection.close()


def _details(query: StreamingQuery) -> dict[str, Any]:
    """The last batch: what it read and how fast, up to where, and what was the newest then."""
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
