"""The two queries of the stream.

The live one is a single plan for all batches: each is one task, and nothing comes back to the driver. `foreachBatch`
would plan every batch a second time. When a batch is large, the stream is behind: the other query catches up with what
the topic has by then, in batches that are spread over all workers, and the live one goes on.
"""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql.streaming.query import StreamingQuery

from streaming.batch_plans import BatchPlans
from streaming.counter_config import CounterConfig

LIVE, CATCH_UP = "recommendations", "recommendations_catch_up"
PAUSE_SECONDS = 3.0  # how long a stop waits for a pause between two batches


class StreamQueries:
    """Starts and stops them, one at a time. Spark's checkpoint is scratch space: each start deletes it."""

    def __init__(self, counter: CounterConfig, checkpoint_dir: Path, interval_ms: int, spread_from: int) -> None:
        """`interval_ms`: between the beginnings of two batches; `spread_from`: see `BatchPlans`."""
        self._checkpoint_dir, self._interval_ms = checkpoint_dir, interval_ms
        self._counting = threading.Lock()
        self._plans = BatchPlans(counter, checkpoint_dir, spread_from, self._counting)

    def start(self, records: DataFrame, is_behind: bool) -> StreamingQuery:
        """Start the one that catches up, which ends by itself, or the live one."""
        shutil.rmtree(self._checkpoint_dir, ignore_errors=True)
        # by us: Hadoop would open it to everybody, whatever our umask
        self._checkpoint_dir.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if is_behind:
            writer = records.writeStream.queryName(CATCH_UP).foreachBatch(self._plans.run).trigger(availableNow=True)
        else:
            counted = self._plans.in_one_task(records)
            writer = counted.writeStream.queryName(LIVE).format("noop").outputMode("append")
            writer = writer.trigger(processingTime=f"{self._interval_ms} milliseconds")
        return writer.option("checkpointLocation", str(self._checkpoint_dir)).start()

    def stop(self, query: StreamingQuery) -> None:
        """Stop it, between two batches if there is a pause soon: the worker of a batch would be ended with it."""
        latest = time.monotonic() + PAUSE_SECONDS
        while query.isActive and query.status["isTriggerActive"] and time.monotonic() < latest:
            time.sleep(0.01)
        with self._counting:
            query.stop()
