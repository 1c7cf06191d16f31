"""The stream's job on a Spark cluster of two workers that share no folder with it; one executor is killed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.support.clicks import as_records, random_events
from benchmarks.support.kafka_records import produce
from benchmarks.support.spark_cluster import spark_cluster
from benchmarks.support.stream_process import StreamProcess
from ingestion.clickstream.landing import land
from local.waiting import wait_until
from streaming.recompute import compare_with_raw
from streaming.shipping import CODE

pytestmark = pytest.mark.services


@pytest.mark.timeout(1200)  # six JVMs on a small machine
def test_the_job_runs_unchanged_on_a_cluster_and_survives_an_executor(
    kafka: str, database: str, topics: tuple[str, str], tmp_path: Path
) -> None:
    events = random_events(random.Random(7), sessions=300)
    records = as_records(events)
    for partition in (0, 1):
        produce(kafka, topics[0], records[partition::2], partition=partition)
    with spark_cluster(tmp_path) as cluster:
        stream = StreamProcess(
            kafka, database, topics[0], tmp_path, COMPTOIR_STREAM_SPREAD_FROM="1", **cluster.settings
        )
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
            for folder in cluster.executor_folders():  # a Python that imports a module writes beside it
                assert list((folder / CODE / "streaming" / "__pycache__").glob("counter.*.pyc")), folder
            wait_until(lambda: _both_worked(cluster.finished_tasks()), "tasks of both workers", seconds=60)
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
