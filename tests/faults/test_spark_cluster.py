"""The stream submitted to a Spark cluster of two workers that share nothing with it; one executor is killed.

The executors have a working folder each, another user (when we are root), no PYTHONPATH, and a Python without packages
(when the system has one of our version).
"""

from __future__ import annotations

import random
import shutil
import sys
from pathlib import Path

import pytest

from benchmarks.support.clicks import as_records, random_events
from benchmarks.support.kafka_records import produce
from benchmarks.support.spark_cluster import spark_cluster
from benchmarks.support.stream_process import StreamProcess
from ingestion.clickstream.landing import land
from local import postgres
from local.waiting import wait_until
from streaming.recompute import compare_with_raw
from streaming.shipping import CODE, PACKAGES

pytestmark = pytest.mark.services

BARE = shutil.which(f"python{sys.version_info.major}.{sys.version_info.minor}", path="/usr/bin")


@pytest.mark.timeout(1200)  # six JVMs on a small machine
def test_the_job_runs_unchanged_on_a_cluster_and_survives_an_executor(
    kafka: str, database: str, topics: tuple[str, str], tmp_path: Path
) -> None:
    events = random_events(random.Random(7), sessions=150)
    records = as_records(events)
    for partition in (0, 1):
        produce(kafka, topics[0], records[partition::2], partition=partition)
    with spark_cluster(tmp_path, python=BARE or sys.executable, user=postgres.system_user()) as cluster:
        submit = ("-m", "cli.app", "stream", "submit", cluster.url)
        settings = cluster.settings | {"COMPTOIR_STREAM_SPREAD_FROM": "1"}
        del settings["COMPTOIR_SPARK_MASTER"]
        stream = StreamProcess(kafka, database, topics[0], tmp_path, submit, **settings)
        try:
            running = stream.start()
            stream.wait_for(int(0.3 * len(records)))
            assert len(cluster.executors()) == 2
            victim = cluster.executors()[0]
            victim.kill()
            victim.wait(60)
            assert stream.read() < len(records), "the kill came too late to prove anything"
            stream.wait_for(len(records))
            wait_until(lambda: _two(len(cluster.executors())), "a new executor", seconds=180)
            assert running.poll() is None, "the driver must outlive an executor"
            wait_until(lambda: _both_worked(cluster.finished_tasks()), "tasks of both workers", seconds=60)
            for worker in sorted(tmp_path.glob("worker-?/")):
                # numba keeps what it compiles beside the code that ran
                assert list(worker.glob(f"app-*/*/{CODE}/recommendations/__pycache__/*")), worker
                assert list(worker.glob(f"app-*/*/{PACKAGES}/numba/__init__.py")), worker
        finally:
            stream.stop()
    land(kafka, database, [topics[0]])
    comparison = compare_with_raw(database)
    assert comparison.is_equal, comparison.message
    assert comparison.rows["visitor_events"] == len(events)


def _both_worked(finished: list[int]) -> None:
    if min(finished) == 0:
        raise RuntimeError(f"one worker did nothing: {finished}")


def _two(executors: int) -> None:
    if executors != 2:
        raise RuntimeError(f"{executors} executors")
