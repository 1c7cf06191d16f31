"""The Spark session of the stream and of the batch that builds the pair index."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import SparkSession

from comptoir.class_archive import with_archive
from comptoir.settings import REPOSITORY

CHECKPOINTS = "org.apache.spark.sql.execution.streaming.checkpointing"


def start_spark(master: str, jars_dir: Path, java_options: Sequence[str] | None = None) -> SparkSession:
    """A session tuned for short micro-batches, with the Kafka connector from `jars_dir`.

    `java_options` are the driver's, by default those that use the archive of classes in `jars_dir`. On a cluster the
    executors need this repository too (`spark.submit.pyFiles`, or in their image).
    Raises FileNotFoundError when the connector's jars are missing.
    """
    jars = sorted(str(jar) for jar in jars_dir.glob("*.jar"))
    if not any("spark-sql-kafka" in jar for jar in jars):
        raise FileNotFoundError(
            f"Spark's Kafka connector is missing in {jars_dir}: run `make setup`, which downloads it with Maven."
        )
    java_options = with_archive(jars_dir) if java_options is None else java_options
    options: dict[str, bool | float | int | str | None] = {
        "spark.driver.extraJavaOptions": shlex.join(java_options),
        "spark.jars": ",".join(jars),  # not spark.jars.packages: Ivy ignores Maven's settings and mirrors
        "spark.driver.memory": "1g",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.streaming.pollingDelay": "40ms",  # at 5 ms an idle stream and its Kafka use half a core
        "spark.sql.streaming.noDataProgressEventInterval": "2s",  # also refreshes the heartbeat of an idle stream
        "spark.sql.streaming.minBatchesToRetain": "20",
        # the default one runs `chmod` for each of the four files of a batch, 100 of its 250 ms
        "spark.sql.streaming.checkpointFileManagerClass": f"{CHECKPOINTS}.FileSystemBasedCheckpointFileManager",
        "spark.sql.streaming.checkpoint.fileChecksum.enabled": "false",  # the checkpoint is scratch space, see job.py
        "spark.executorEnv.PYTHONPATH": str(REPOSITORY),
    }
    if master.startswith("local"):
        options |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    builder = SparkSession.builder.master(master).appName("comptoir-stream")
    session = builder.config(map=options).getOrCreate()
    session.sparkContext.setLogLevel("WARN")
    if master.startswith("local"):
        session.sparkContext.pythonExec = sys.executable  # else it is `python3` from PATH, without our packages
    return session
