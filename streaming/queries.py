"""The two queries of the stream.

One is a single plan for all batches: each is one task, and nothing comes back to the driver. The other chooses the plan
of each batch by its size, so that a large one is spread over all workers; its `foreachBatch` plans every batch a second
time. The first one is for small batches, so for most shops always; a large batch brings the second, and calm the first.
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

IN_ONE_TASK, BY_SIZE = "recommendations_in_one_task", "recommendations_by_size"
PAUSE_SECONDS = 3.0  # how long a stop waits for a pause between two batches
CALM_SECONDS = 30.0  # without a large batch


class StreamQueries:
    """Starts and stops them, one at a time. Spark's checkpoint is scratch space: each start deletes it."""

    def __init__(self, counter: CounterConfig, checkpoint_dir: Path, interval_ms: int, spread_from: int) -> None:
        """`interval_ms`: between the beginnings of two batches; `spread_from`: see `BatchPlans`."""
        self._checkpoint_dir, self._interval_ms, self._spread_from = checkpoint_dir, interval_ms, spread_from
        self._large_at = time.monotonic()  # when the newest large batch was seen, or the query began
        self._counting = threading.Lock()
        self._plans = BatchPlans(counter, checkpoint_dir, spread_from, self._counting)

    def start(self, records: DataFrame, by_size: bool, available_now: bool = False) -> StreamingQuery:
        """Start one of them; `available_now`: it ends by itself when it has read what the topic has now."""
        shutil.rmtree(self._checkpoint_dir, ignore_errors=True)
        # by us: Hadoop would open it to everybody, whatever our umask
        self._checkpoint_dir.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._large_at = time.monotonic()
        if by_size:
            writer = records.writeStream.queryName(BY_SIZE).foreachBatch(self._plans.run)
        else:
            counted = self._plans.in_one_task(records)
            writer = counted.writeStream.queryName(IN_ONE_TASK).format("noop").outputMode("append")
        writer = writer.option("checkpointLocation", str(self._checkpoint_dir))
        interval = f"{self._interval_ms} milliseconds"
        return (writer.trigger(availableNow=True) if available_now else writer.trigger(processingTime=interval)).start()

    def is_other_better(self, query: StreamingQuery, records: int) -> bool:
        """Take note of the newest batch, of `records`; returns whether the other query is the one for its size."""
        if records >= self._spread_from:
            self._large_at = time.monotonic()
            return query.name == IN_ONE_TASK
        # where every batch is large, a pause is none
        is_calm = self._spread_from > 1 and time.monotonic() - self._large_at > CALM_SECONDS
        return query.name == BY_SIZE and is_calm

    def stop(self, query: StreamingQuery) -> None:
        """Stop it, between two batches if there is a pause soon: the worker of a batch would be ended with it."""
        latest = time.monotonic() + PAUSE_SECONDS
        while query.isActive and query.status["isTriggerActive"] and time.monotonic() < latest:
            time.sleep(0.01)
        with self._counting:
            query.stop()
