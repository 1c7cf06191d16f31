"""The sign of life of the stream: one row in ops.heartbeats, also while nobody clicks."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import psycopg
from pyspark.sql.streaming.listener import (
    QueryIdleEvent,
    QueryProgressEvent,
    QueryStartedEvent,
    QueryTerminatedEvent,
    StreamingQueryListener,
)

log = logging.getLogger(__name__)


class Heartbeat(StreamingQueryListener):
    """Spark calls it after each batch and every two seconds while idle; it writes at most one row a second."""

    def __init__(self, database_url: str, process: str = "stream", every_seconds: float = 1.0) -> None:
        self.database_url = database_url
        self.process = process
        self.every_seconds = every_seconds
        self._connection: psycopg.Connection | None = None
        self._last = 0.0
        self._details: dict[str, Any] = {}

    def onQueryStarted(self, event: QueryStartedEvent) -> None:
        self._beat()

    def onQueryProgress(self, event: QueryProgressEvent) -> None:
        progress = event.progress
        self._details = {
            "batch_id": progress.batchId,
            "rows": progress.numInputRows,
            "rows_per_second": round(progress.processedRowsPerSecond or 0, 1),
            "duration_ms": dict(progress.durationMs),
            "read_until": [json.loads(source.endOffset) for source in progress.sources if source.endOffset],
            "newest": [json.loads(source.latestOffset) for source in progress.sources if source.latestOffset],
        }
        self._beat()

    def onQueryIdle(self, event: QueryIdleEvent) -> None:
        self._beat()

    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None:
        if self._connection:
            self._connection.close()

    def _beat(self) -> None:
        now = time.monotonic()
        if now - self._last < self.every_seconds:
            return
        try:
            if self._connection is None or self._connection.closed:
                self._connection = psycopg.connect(self.database_url, autocommit=True, connect_timeout=5)
            self._connection.execute(
                "insert into ops.heartbeats (process, beat_at, details) values (%s, now(), %s)"
                " on conflict (process) do update set beat_at = excluded.beat_at, details = excluded.details",
                [self.process, json.dumps(self._details)],
            )
            self._last = now
        except psycopg.Error as error:
            # the batch itself will fail on a lost database; a missed beat is what the freshness check looks for
            log.warning("No heartbeat could be written: %s", error)
