"""Kills the stream on a cluster, and what it depends on, at random and measures until events are counted again.

`make bench ONLY=stream_chaos`, about twenty minutes. Two executors of one core each share the machine with the rest.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.chaos import SEED, figures, kill_often
from benchmarks.figure import Figure
from benchmarks.settings import BenchmarkSettings
from benchmarks.support.faults.stream_kills import CLUSTER_VICTIMS, on_cluster
from benchmarks.support.spark_cluster import spark_cluster

RECOVERY_TARGET = 15.0  # seconds
LEAST_KILLS = 60


def measure() -> list[Figure]:
    """Every figure of the family `stream_chaos`; each kill is printed."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="comptoir-bench-") as folder, spark_cluster(Path(folder)) as cluster:
        kills = kill_often(SEED, BenchmarkSettings().bench_kills, CLUSTER_VICTIMS, on_cluster(cluster))
    return figures(
        kills,
        time.monotonic() - started,
        "acknowledged and not counted, counted and not acknowledged, rows unlike a recomputation; after each kill",
        "from the kill until the stream has counted an event acknowledged after it",
        RECOVERY_TARGET,
        LEAST_KILLS,
    )
