"""Kills the processes behind the clicks at random and measures until clicks land again.

`make bench ONLY=chaos`, about six minutes.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from rich.console import Console

from benchmarks.figure import Figure
from benchmarks.support.faults.kills import VICTIMS, Chaos, Kill, chaos
from benchmarks.support.faults.process import RECOVERY_LIMIT

SEED = 5
KILLS, LEAST_KILLS = 32, 30


def measure() -> list[Figure]:
    """Every figure of the family `chaos`; each kill is printed."""
    started = time.monotonic()
    kills = kill_often(SEED, KILLS)
    return figures(
        kills,
        time.monotonic() - started,
        "acknowledged and not landed, landed and not acknowledged, landed twice, gaps; after each kill",
        "from the kill until an event acknowledged after it is in raw",
    )


def kill_often(seed: int, count: int, all_victims: Sequence[str] = VICTIMS, kind: type[Chaos] = Chaos) -> list[Kill]:
    """Kill `count` times, all victims equally often, in an order and at times that the seed decides."""
    rng, console = random.Random(seed), Console(highlight=False)
    victims = [all_victims[number % len(all_victims)] for number in range(count)]
    rng.shuffle(victims)
    kills: list[Kill] = []
    with tempfile.TemporaryDirectory(prefix="comptoir-chaos-") as folder, chaos(Path(folder), seed, kind) as running:
        for number, victim in enumerate(victims, 1):
            kill = running.kill(victim, rng)
            kills.append(kill)
            console.print(
                f"{number:>3} {kill.victim:<10} recovered after {kill.recovery_seconds:5.1f} s, "
                f"{kill.acknowledged:>8,} acknowledged, {kill.faults} at fault"
            )
    return kills


def figures(
    kills: Sequence[Kill],
    seconds: float,
    faults: str,
    recovery: str,
    limit: float = RECOVERY_LIMIT,
    least_kills: int = LEAST_KILLS,
) -> list[Figure]:
    """The figures of a run. `faults` and `recovery` say what `Kill.faults` (must be 0) and `recovery_seconds` count.

    `limit`: seconds that the longest recovery may take; `least_kills`: how many kills are enough to say so.
    """
    run = f"seed {SEED}, {seconds:.0f} s"
    rows = [
        Figure("kills -9 under 500 events/s", "kills", len(kills), target=least_kills, note=run),
        Figure("events acknowledged", "events", kills[-1].acknowledged),
        Figure(faults, "events", sum(kill.faults for kill in kills), target=0, direction="at_most"),
        Figure(
            "recovery, the longest", "s", max(kill.recovery_seconds for kill in kills), target=limit,
            direction="at_most", note=recovery,
        ),
    ]  # fmt: skip
    for victim in sorted({kill.victim for kill in kills}):
        times = [kill.recovery_seconds for kill in kills if kill.victim == victim]
        note = f"longest {max(times):.1f} s"
        rows.append(Figure(f"recovery from a kill of {victim}, median", "s", median(times), note=note))
    return rows
