"""Kills the stream and what it depends on at random and measures until events are counted again.

`make bench ONLY=stream_chaos`, about twelve minutes.
"""

from __future__ import annotations

import time

from benchmarks.chaos import SEED, figures, kill_often
from benchmarks.figure import Figure
from benchmarks.support.faults.stream_kills import VICTIMS, StreamChaos

KILLS = 30


def measure() -> list[Figure]:
    """Every figure of the family `stream_chaos`; each kill is printed."""
    started = time.monotonic()
    kills = kill_often(SEED, KILLS, VICTIMS, StreamChaos)
    return figures(
        kills,
        time.monotonic() - started,
        "acknowledged and not counted, counted and not acknowledged, rows unlike a recomputation; after each kill",
        "from the kill until the stream has counted an event acknowledged after it",
    )
