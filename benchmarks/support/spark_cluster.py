"""A Spark standalone cluster on loopback: one master, workers of one core each, from the jars of the wheel."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pyspark

from benchmarks.support.servers import stopped_at_exit
from comptoir.class_archive import with_archive
from comptoir.settings import get_settings
from local.ports import find_free_port, is_listening
from local.waiting import wait_until

HOST = "127.0.0.1"
SPARK_HOME = Path(pyspark.__file__).parent
SPARK_CLASS = str(SPARK_HOME / "bin" / "spark-class")
EXECUTOR = "CoarseGrainedExecutorBackend"


@dataclass(frozen=True)
class SparkCluster:
    """`url`: what COMPTOIR_SPARK_MASTER must be; `settings`: what else the environment of a driver must hold."""

    url: str
    folder: Path
    workers: tuple[psutil.Process, ...]

    @property
    def settings(self) -> dict[str, str]:
        return {"COMPTOIR_SPARK_MASTER": self.url, "SPARK_LOCAL_IP": HOST, "PYSPARK_PYTHON": sys.executable}

    def executors(self) -> list[psutil.Process]:
        """The JVMs that run tasks now."""
        found = []
        for child in (child for worker in self.workers for child in worker.children(recursive=True)):
            with suppress(psutil.Error):  # ended by itself meanwhile
                if any(EXECUTOR in argument for argument in child.cmdline()):
                    found.append(child)
        return found

    def executor_folders(self) -> list[Path]:
        """The working folders of the executors that run now; each belongs to its worker alone."""
        return [Path(executor.cwd()) for executor in self.executors()]

    def finished_tasks(self) -> list[int]:
        """How many tasks each worker's executors have finished, by their logs."""
        return [
            sum(log.read_text().count("Finished task") for log in folder.glob("app-*/*/stderr"))
            for folder in sorted(self.folder.glob("worker-?"))
        ]


@contextmanager
def spark_cluster(folder: Path, workers: int = 2) -> Iterator[SparkCluster]:
    """Start it, wait until the workers have registered, end it."""
    archive = shlex.join(with_archive(get_settings().spark_jars_dir))  # of the driver's classes: all JVMs share most
    environment = os.environ | {
        "SPARK_LOCAL_IP": HOST,
        "SPARK_HOME": str(SPARK_HOME),
        "JDK_JAVA_OPTIONS": f"{os.environ.get('JDK_JAVA_OPTIONS', '')} {archive}",
    }
    port = find_free_port()
    url = f"spark://{HOST}:{port}"
    master = ["org.apache.spark.deploy.master.Master", "--host", HOST, "--port", str(port), "--webui-port", "0"]
    with ExitStack() as stack:
        log = folder / "master.log"
        stack.enter_context(stopped_at_exit([SPARK_CLASS, *master], log, env=environment))
        wait_until(lambda: _expect(is_listening(port, HOST), "the master does not listen"), "Spark's master", 180)
        started = []
        for number in range(workers):
            work_dir = folder / f"worker-{number}"
            options = ["--host", HOST, "--cores", "1", "--memory", "1g", "--webui-port", "0", "-d", str(work_dir), url]
            command = [SPARK_CLASS, "org.apache.spark.deploy.worker.Worker", *options]
            worker_log = folder / f"worker-{number}.log"
            worker = stack.enter_context(stopped_at_exit(command, worker_log, env=environment))
            started.append(psutil.Process(worker.pid))
        wait_until(lambda: _expect(_registered(log) == workers, "workers are missing"), "Spark's workers", 180)
        yield SparkCluster(url, folder, tuple(started))


def _registered(master_log: Path) -> int:
    return master_log.read_text().count("Registering worker")


def _expect(condition: bool, otherwise: str) -> None:
    if not condition:
        raise RuntimeError(otherwise)
