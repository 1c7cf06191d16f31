"""The Spark session of the stream."""

from __future__ import annotations

import sys
from pathlib import Path

from pyspark.sql import SparkSession

from comptoir.settings import REPOSITORY

CHECKPOINTS = "org.apache.spark.sql.execution.streaming.checkpointing"


def start_spark(master: str, jars_dir: Path) -> SparkSession:
    """A session tuned for short micro-batches, with the Kafka connector from `jars_dir`.

    On a cluster the executors need this repository as well (`spark.submit.pyFiles` or the image).
    Raises FileNotFoundError when the connector's jars are not there.
    """
    jars = sorted(str(jar) for jar in jars_dir.glob("*.jar"))
    if not any("spark-sql-kafka" in jar for jar in jars):
        raise FileNotFoundError(
            f"Spark's Kafka connector is not in {jars_dir}: run `make setup`, which fetches it with Maven."
        )
    options: dict[str, bool | float | int | str | None] = {
        "spark.jars": ",".join(jars),  # not spark.jars.packages: Ivy ignores Maven's settings and mirrors
        "spark.driver.memory": "1g",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.streaming.pollingDelay": "40ms",  # at 5 ms an idle stream and its Kafka took half a core
        "spark.sql.streaming.noDataProgressEventInterval": "2s",  # also the beat of an idle stream
        "spark.sql.streaming.minBatchesToRetain": "20",
        # the default one starts a `chmod` for every file it writes, four in a batch: 100 of its 250 ms
        "spark.sql.streaming.checkpointFileManagerClass": f"{CHECKPOINTS}.FileSystemBasedCheckpointFileManager",
        "spark.sql.streaming.checkpoint.fileChecksum.enabled": "false",  # the checkpoint is scratch, see job.py
        "spark.executorEnv.PYTHONPATH": str(REPOSITORY),
    }
    if master.startswith("local"):
        options |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    builder = SparkSession.builder.master(master).appName("comptoir-stream")
    session = builder.config(map=options).getOrCreate()
    session.sparkContext.setLogLevel("WARN")
    if master.startswith("local"):
        session.sparkContext.pythonExec = sys.executable  # else `python3` of the PATH, without our packages
    return session
