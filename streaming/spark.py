"""The Spark session of the stream and of the batch that builds the pair index."""

from __future__ import annotations

import atexit
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import SparkSession

from comptoir.class_archive import with_archive
from comptoir.repository import REPOSITORY
from streaming.shipping import ship_code

LOGGING = (f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.properties').as_uri()}",)
# for many small batches
STREAM_JAVA_OPTIONS = (
    "-XX:+UseSerialGC",  # the driver keeps little: a parallel collector's threads cost more than they save
    "-XX:TieredStopAtLevel=1",  # the second compiler needs minutes of a core for what a plan runs through
)
ATTEMPTS = 4  # at a task, as on a cluster
CHECKPOINTS = "org.apache.spark.sql.execution.streaming.checkpointing"


def start_spark(
    master: str,
    jars_dir: Path,
    java_options: Sequence[str] = (),
    environment: Path | None = None,
    archive: Sequence[str] | None = None,
    packages: Path | None = None,
) -> SparkSession:
    """A session tuned for short micro-batches, with the Kafka connector from `jars_dir`.

    Our code is shipped to the executors of a cluster, and so are a Python `environment` or `packages` (shipping.py).
    `java_options` are the driver's, beside those of the `archive` of classes, by default the one in `jars_dir`.
    Raises FileNotFoundError when the connector's jars are missing.
    """
    jars = sorted(str(jar) for jar in jars_dir.glob("*.jar"))
    if not any("spark-sql-kafka" in jar for jar in jars):
        raise FileNotFoundError(
            f"Spark's Kafka connector is missing in {jars_dir}: run `make setup`, which downloads it with Maven."
        )
    archive = with_archive(jars_dir) if archive is None else archive
    options: dict[str, bool | float | int | str | None] = {
        "spark.jars": ",".join(jars),  # not spark.jars.packages: Ivy ignores Maven's settings and mirrors
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": shlex.join((*LOGGING, *archive, *java_options)),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.streaming.pollingDelay": "1ms",  # the stream's interval is its trigger's
        "spark.sql.streaming.noDataProgressEventInterval": "2s",  # also refreshes the heartbeat of an idle stream
        "spark.sql.streaming.minBatchesToRetain": "20",
        # the default one runs `chmod` for each of the four files of a batch, 100 of its 250 ms
        "spark.sql.streaming.checkpointFileManagerClass": f"{CHECKPOINTS}.FileSystemBasedCheckpointFileManager",
        "spark.sql.streaming.checkpoint.fileChecksum.enabled": "false",  # the checkpoint is scratch space, see job.py
        "spark.executorEnv.OPENBLAS_NUM_THREADS": "1",  # no threads before a worker is forked
        "spark.python.daemon.module": "streaming.worker_daemon",
    }
    if master.startswith("local"):
        options |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        options["spark.executorEnv.PYTHONPATH"] = str(REPOSITORY)
    else:
        folder = Path(tempfile.mkdtemp(prefix="comptoir-code-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)  # an executor that starts late fetches it late
        options |= ship_code(folder, environment, packages)
    builder = SparkSession.builder.master(retrying(master)).appName("comptoir-stream")
    session = builder.config(map=options).getOrCreate()
    if master.startswith("local"):
        session.sparkContext.pythonExec = sys.executable  # else it is `python3` from PATH, without our packages
    return session


def retrying(master: str) -> str:
    """The same master; a local one runs a failed task again, as a cluster does, and does not give up at once."""
    cores = re.fullmatch(r"local\[([^,\]]+)\]", master)
    return f"local[{cores[1]}, {ATTEMPTS}]" if cores else master
