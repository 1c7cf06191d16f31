"""A Spark standalone cluster on loopback: one master, workers of one core each, from the jars of the wheel."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pyspark

from benchmarks.support.servers import stopped_at_exit
from comptoir.class_archive import with_archive
from comptoir.environment import child_environment
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
    python: str = sys.executable  # of the executors

    @property
    def settings(self) -> dict[str, str]:
        return {"COMPTOIR_SPARK_MASTER": self.url, "SPARK_LOCAL_IP": HOST, "PYSPARK_PYTHON": self.python}

    def executors(self) -> list[psutil.Process]:
        """The JVMs that run tasks now."""
        found = []
        for child in (child for worker in self.workers for child in worker.children(recursive=True)):
            with suppress(psutil.Error):  # ended by itself meanwhile
                if any(EXECUTOR in argument for argument in child.cmdline()):
                    found.append(child)
        return found

    def finished_tasks(self) -> list[int]:
        """How many tasks each worker's executors have finished, by their logs."""
        return [
            sum(log.read_text().count("Finished task") for log in folder.glob("app-*/*/stderr"))
            for folder in sorted(self.folder.glob("worker-?"))
        ]


@contextmanager
def spark_cluster(
    folder: Path, workers: int = 2, python: str = sys.executable, user: str | None = None
) -> Iterator[SparkCluster]:
    """Start it, wait until the workers have registered, end it.

    `python` and `user` are those of the workers' executors; each works in a folder of its own, without PYTHONPATH.
    """
    environment = child_environment(cluster_environment())
    environment.pop("PYTHONPATH", None)
    if user:
        folder.chmod(0o755)  # where it works
    port = find_free_port()
    url = f"spark://{HOST}:{port}"
    with ExitStack() as stack:
        log = folder / "master.log"
        stack.enter_context(stopped_at_exit(master_command(port), log, env=environment))
        wait_until(lambda: _expect(is_listening(port, HOST), "the master does not listen"), "Spark's master", 180)
        started = []
        for number in range(workers):
            work_dir = folder / f"worker-{number}"
            command = worker_command(work_dir, url)
            worker_log = folder / f"worker-{number}.log"
            work_dir.mkdir()
            if user:
                shutil.chown(work_dir, user)
            place: dict[str, Any] = {"env": environment | {"HOME": str(work_dir)}, "cwd": work_dir, "user": user}
            worker = stack.enter_context(stopped_at_exit(command, worker_log, **place))
            started.append(psutil.Process(worker.pid))
        wait_until(lambda: _expect(_registered(log) == workers, "workers are missing"), "Spark's workers", 180)
        yield SparkCluster(url, folder, tuple(started), python)


def cluster_environment() -> dict[str, str]:
    """What the environment of a master or worker must hold."""
    archive = shlex.join(with_archive(get_settings().spark_jars_dir))  # of the driver's classes: all JVMs share most
    return {
        "SPARK_LOCAL_IP": HOST,
        "SPARK_HOME": str(SPARK_HOME),
        "JDK_JAVA_OPTIONS": f"{child_environment().get('JDK_JAVA_OPTIONS', '')} {archive}",
    }


def master_command(port: int) -> list[str]:
    """Runs a master."""
    master = ["org.apache.spark.deploy.master.Master", "--host", HOST, "--port", str(port), "--webui-port", "0"]
    return [SPARK_CLASS, *master]


def worker_command(folder: Path, url: str) -> list[str]:
    """Runs a worker of one core of the master at `url`, whose executors work below `folder`."""
    options = ["--host", HOST, "--cores", "1", "--memory", "1g", "--webui-port", "0", "-d", str(folder), url]
    return [SPARK_CLASS, "org.apache.spark.deploy.worker.Worker", *options]


def _registered(master_log: Path) -> int:
    return master_log.read_text().count("Registering worker")


def _expect(condition: bool, otherwise: str) -> None:
    if not condition:
        raise RuntimeError(otherwise)
