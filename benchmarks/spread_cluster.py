"""The stream on a Spark cluster of this machine with 1, 2 and 4 executors of one core each: what an event costs where.

`make bench ONLY=spread_cluster`, about six minutes. All batches are spread. The executors share the machine's cores, so
it is the processor time that counts, and the share of it that only one process can spend: the driver's.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import psutil

from benchmarks.figure import Figure
from benchmarks.fresh_stores import Stores, fresh_stores
from benchmarks.settings import BenchmarkSettings
from benchmarks.support.clicks import as_record, event
from benchmarks.support.kafka_records import produce
from benchmarks.support.spark_cluster import SparkCluster, spark_cluster
from benchmarks.support.stage_times import STAGES, task_seconds, write_settings
from benchmarks.support.stream_process import StreamProcess
from recommendations.session_counts import ProductEvent

EXECUTORS = (1, 2, 4)
BATCH, WARM_BATCHES, PARTITIONS = 5_000, 2, 4
PRODUCTS, VISITORS = 5_000, 5_000
CORES = (8, 32)
Costs = dict[str, float]  # driver, driver's JVM, executors' JVMs, workers, Postgres, Kafka -> seconds of a core


def measure() -> list[Figure]:
    """Every figure of the family `spread_cluster`."""
    batches = BenchmarkSettings().bench_cluster_batches
    with fresh_stores() as stores:
        return [figure for executors in EXECUTORS for figure in _with_executors(stores, executors, batches)]


def _with_executors(stores: Stores, executors: int, batches: int) -> Iterator[Figure]:
    topic = stores.create_topic(f"bench.cluster.{executors}", PARTITIONS)
    database = stores.create_database(f"bench_cluster_{executors}")
    records = [as_record(one) for one in _views((WARM_BATCHES + batches) * BATCH)]
    for partition in range(PARTITIONS):
        produce(stores.kafka, topic, records[partition::PARTITIONS], partition)
    with tempfile.TemporaryDirectory(prefix="comptoir-bench-") as name, spark_cluster(Path(name), executors) as cluster:
        folder = Path(name)
        stream = StreamProcess(
            stores.kafka,
            database,
            topic,
            folder,
            COMPTOIR_STREAM_SPREAD_FROM="1",
            COMPTOIR_STREAM_MAX_OFFSETS_PER_TRIGGER=str(BATCH),
            SPARK_CONF_DIR=write_settings(folder / "log"),
            **cluster.settings,
        )
        try:
            driver = stream.start()
            stream.wait_for(WARM_BATCHES * BATCH)
            before, counted = _costs(cluster, driver.pid, stores), stream.read()
            stream.wait_for(len(records))
            after, events = _costs(cluster, driver.pid, stores), len(records) - counted
            driver.terminate()  # it ends its log
            driver.wait(60)
        finally:
            stream.stop()
        stages = task_seconds(folder / "log")
    costs = {name: (after[name] - before[name]) / events * 1e6 for name in after}
    what = f"{executors} executor{'s' if executors > 1 else ''}"
    for process, cost in costs.items():
        yield Figure(f"{what}: processor time of an event, {process}", "us", cost)
    for name in STAGES:
        tasks = stages[name][WARM_BATCHES:]
        yield Figure(
            f"{what}: run time of an event in stage {name}",
            "us",
            sum(map(sum, tasks)) / (len(tasks) * BATCH) * 1e6 if tasks else 0.0,
            note="seconds of its tasks, waiting for Postgres included",
        )
    lists = [max(tasks) / median(tasks) for tasks in stages["make lists"][WARM_BATCHES:] if len(tasks) > 1]
    if lists:
        yield Figure(
            f"{what}: slowest task that makes lists, by its batch's median", "x", max(lists), None, 5, "at_most"
        )
    spark = {name: cost for name, cost in costs.items() if name not in ("Postgres", "Kafka")}
    serial = spark["driver"] + spark["driver's JVM"]
    yield Figure(
        f"{what}: share of Spark's processor time that only the driver can spend",
        "%",
        serial / sum(spark.values()) * 100,
    )
    for cores in CORES:
        yield Figure(
            f"{what}: events/s that {cores} cores would carry, by Amdahl's law",
            "1/s",
            1e6 / (serial + (sum(spark.values()) - serial) / cores),
            note="if only the driver were serial; the one task that counts is another limit, see spread.json",
        )


def _costs(cluster: SparkCluster, driver: int, stores: Stores) -> Costs:
    """Seconds of processor time so far."""
    found = dict.fromkeys(("driver", "driver's JVM", "executors' JVMs", "workers", "Postgres", "Kafka"), 0.0)
    found["driver"] = _used(psutil.Process(driver))
    for child in psutil.Process(driver).children(recursive=True):
        found["driver's JVM"] += _used(child)
    for executor in cluster.executors():
        found["executors' JVMs"] += _used(executor)
        found["workers"] += sum(map(_used, executor.children(recursive=True)))
    for name, pid in (("Postgres", stores.postgres_pid), ("Kafka", stores.kafka_pid)):
        process = psutil.Process(pid)
        times = process.cpu_times()
        found[name] = _used(process) + times.children_user + times.children_system
        found[name] += sum(map(_used, process.children(recursive=True)))
    return found


def _used(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _views(count: int) -> Iterator[ProductEvent]:
    rng = random.Random(1)
    popularity = [1 / (place + 10) for place in range(PRODUCTS)]
    for number, product in enumerate(rng.choices(range(PRODUCTS), popularity, k=count)):
        visitor = f"v{rng.randrange(VISITORS)}"
        yield event(str(product), number / 600, visitor_id=visitor, session_id=visitor, category=f"c{product % 20}")
