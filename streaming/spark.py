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

LOGGING = (
    f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.properties').as_uri()}",
    # one context for all: the default one walks up the stack for each new logger, dozens a batch
    "-Dlog4j2.contextSelector=org.apache.logging.log4j.core.selector.BasicContextSelector",
)
SMALL_BATCHES_JAVA = (
    "-XX:+UseSerialGC",  # the driver keeps little: a parallel collector's threads cost more than they save
    "-XX:TieredStopAtLevel=1",  # the second compiler needs minutes of a core for what a plan runs through
)
SMALL_BATCHES_SQL = {
    # Java's own calls, where Hadoop runs `chmod` for each of a batch's two files and writes a checksum beside it; set
    # in the session because Spark looks at files before it has its jars
    "fs.file.impl": "com.globalmentor.apache.hadoop.fs.NakedLocalFileSystem",
    "fs.file.impl.disable.cache": "true",
    # Spark would write, and look up, Java for each batch, which is more work than its few rows
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.ui.explainMode": "simple",  # it is written for each batch, and there is no such page
}
JARS = ("spark-sql-kafka", "hadoop-bare-naked-local-fs")  # see pom.xml
ATTEMPTS = 4  # at a task, as on a cluster
CHECKPOINTS = "org.apache.spark.sql.execution.streaming.checkpointing"


def start_spark(
    master: str,
    jars_dir: Path,
    small_batches: bool = False,
    environment: Path | None = None,
    archive: Sequence[str] | None = None,
    packages: Path | None = None,
) -> SparkSession:
    """A session with the Kafka connector from `jars_dir`; `small_batches`: tuned for many of them a second.

    Our code is shipped to the executors of a cluster, and so are a Python `environment` or `packages` (shipping.py).
    `archive`: the driver's Java options for the archive of classes, by default for the one in `jars_dir`.
    Raises FileNotFoundError when a jar is missing.
    """
    jars = sorted(str(jar) for jar in jars_dir.glob("*.jar"))
    if missing := [name for name in JARS if not any(name in jar for jar in jars)]:
        raise FileNotFoundError(
            f"Jars of Spark are missing in {jars_dir} ({', '.join(missing)}): run `make setup`, which downloads them."
        )
    archive = with_archive(jars_dir) if archive is None else archive
    java_options = (*LOGGING, *archive, *(SMALL_BATCHES_JAVA if small_batches else ()))
    options: dict[str, bool | float | int | str | None] = {
        "spark.jars": ",".join(jars),  # not spark.jars.packages: Ivy ignores Maven's settings and mirrors
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": shlex.join(java_options),
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
    for name, value in SMALL_BATCHES_SQL.items() if small_batches else ():
        session.conf.set(name, value)
    if master.startswith("local"):
        session.sparkContext.pythonExec = sys.executable  # else it is `python3` from PATH, without our packages
    return session


def retrying(master: str) -> str:
    """The same master; a local one runs a failed task again, as a cluster does, and does not give up at once."""
    cores = re.fullmatch(r"local\[([^,\]]+)\]", master)
    return f"local[{cores[1]}, {ATTEMPTS}]" if cores else master
