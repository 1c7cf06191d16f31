"""Collector, broker, lander and Postgres are each killed once with kill -9, under 500 events a second.

The long run is the benchmark chaos.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.support.faults.kills import VICTIMS, chaos
from benchmarks.support.faults.process import PATIENCE

pytestmark = pytest.mark.services

SEED = 20261124


def test_each_process_killed_once_loses_doubles_and_skips_nothing(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    with chaos(tmp_path, SEED) as running:
        kills = [running.kill(victim, rng) for victim in rng.sample(VICTIMS, len(VICTIMS))]
    print(*kills, sep="\n")  # noqa: T201  shown when it fails
    assert [kill.faults for kill in kills] == [0] * len(VICTIMS), kills
    assert kills[-1].acknowledged > kills[0].acknowledged > 0
    assert max(kill.recovery_seconds for kill in kills) < PATIENCE
