"""The two shapes of a batch's plan: one task that does everything, or stages that spread over all workers.

Both give the same rows. A small batch in stages would pay for their planning and shuffles many times a second; a large
one in a single task would leave all other cores idle. See docs/recommendations.md.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from functools import partial
from pathlib import Path

from pyspark.sql import DataFrame

from streaming.batch_report import REPORT_SPARK_SCHEMA
from streaming.batch_rows import SPARK_SCHEMA
from streaming.counter_config import CounterConfig
from streaming.stages import KEYS_SPARK_SCHEMA, count_records, count_rows, make_lists, parse_records

log = logging.getLogger("streaming")


class BatchPlans:
    """Plans batches: each by its size in `run`, or all of them at once by `in_one_task`; see queries.py."""

    def __init__(
        self, counter: CounterConfig, checkpoint_dir: Path, spread_from: int, counting: threading.Lock
    ) -> None:
        """`counting` is held while a batch runs, so that a stop never interrupts one."""
        self._offsets_dir, self._spread_from, self._counting = checkpoint_dir / "offsets", spread_from, counting
        self._count_records = partial(count_records, config=counter)
        self._count_rows = partial(count_rows, config=counter)
        self._make_lists = partial(make_lists, config=counter)
        self._has_spread = False
        self._reached: dict[str, int] = {}  # partition -> end of the batch before

    def run(self, batch: DataFrame, batch_id: int) -> None:
        """For `foreachBatch`: count a batch of records (partition, offset, value).

        Raises Spark's error when a task fails for good.
        """
        with self._counting:
            began, size = time.monotonic(), self._size(batch_id)
            reports = self.spread(batch) if size >= self._spread_from else self.in_one_task(batch)
            found = [report.asDict() for report in reports.collect()]
            log.info("Batch %s: %s, in %.3f s", batch_id, found, time.monotonic() - began)

    def in_one_task(self, batch: DataFrame) -> DataFrame:
        """No shuffle, and only a report comes back; `batch` may be a streaming table as well."""
        # once more than one worker knows the shop, Spark takes them in turns, and each must learn what the others did
        count = partial(self._count_records, is_logged=self._has_spread)
        return batch.coalesce(1).mapInArrow(count, REPORT_SPARK_SCHEMA)

    def spread(self, batch: DataFrame) -> DataFrame:
        """Parse in a task per partition of the topic, count in one, make the lists in one per core."""
        self._has_spread = True
        cores = batch.sparkSession.sparkContext.defaultParallelism
        rows = batch.mapInArrow(parse_records, SPARK_SCHEMA)
        stale = rows.repartition(1).mapInArrow(self._count_rows, KEYS_SPARK_SCHEMA)
        return stale.repartition(cores, "kind", "key").mapInArrow(self._make_lists, "made bigint")

    def _size(self, batch_id: int) -> int:
        """The records of the batch: what Spark wrote to its log of offsets, less where the batch before ended.

        0 when that is not known, as for the first batch.
        """
        try:
            *_, offsets = (self._offsets_dir / str(batch_id)).read_text().splitlines()
            [reached] = json.loads(offsets).values()
        except (OSError, ValueError, AttributeError):
            return 0
        before, self._reached = self._reached, reached
        return sum(end - before.get(partition, 0) for partition, end in reached.items()) if before else 0
