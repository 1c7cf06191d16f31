"""A worker of the stream, the broker and Postgres are each killed once with kill -9, under clicks.

The driver and its JVM are killed in test_stream_kill; all of them, many times, in the benchmark stream_chaos.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.support.faults.kills import chaos
from benchmarks.support.faults.process import PATIENCE
from benchmarks.support.faults.stream_kills import StreamChaos

pytestmark = pytest.mark.services

SEED = 20261125
VICTIMS = ("worker", "kafka", "postgres")


@pytest.mark.timeout(1200)  # Spark starts up to six times
def test_after_each_kill_the_counts_equal_a_recomputation_from_raw(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    with chaos(tmp_path, SEED, StreamChaos) as running:
        kills = [running.kill(victim, rng) for victim in rng.sample(VICTIMS, len(VICTIMS))]
    print(*kills, sep="\n")  # noqa: T201  shown when it fails
    assert [kill.faults for kill in kills] == [0] * len(VICTIMS), kills
    assert kills[-1].acknowledged > kills[0].acknowledged > 0
    assert max(kill.recovery_seconds for kill in kills) < PATIENCE
