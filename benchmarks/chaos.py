"""Kills -9 at random, and how long until clicks land again: `make bench ONLY=chaos` (about six minutes)."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from rich.console import Console

from benchmarks.figure import Figure
from tests.faults.chaos import RECOVERY_LIMIT, VICTIMS, Kill, chaos

SEED = 5
KILLS = 32


def measure() -> list[Figure]:
    """Every figure of the family `chaos`; each kill is printed."""
    started = time.monotonic()
    kills = killed(SEED, KILLS)
    return figures(kills, time.monotonic() - started)


def killed(seed: int, count: int) -> list[Kill]:
    """Kill `count` times, each victim as often as the others, in an order and at moments that the seed decides."""
    rng, console = random.Random(seed), Console(highlight=False)
    victims = [VICTIMS[number % len(VICTIMS)] for number in range(count)]
    rng.shuffle(victims)
    kills: list[Kill] = []
    with tempfile.TemporaryDirectory(prefix="comptoir-chaos-") as folder, chaos(Path(folder), seed) as running:
        for number, victim in enumerate(victims, 1):
            kill = running.kill(victim, rng)
            kills.append(kill)
            console.print(
                f"{number:>3} {kill.victim:<10} landed again after {kill.recovery_seconds:5.1f} s, "
                f"{kill.acknowledged:>8,} acknowledged, {kill.faults} at fault"
            )
    return kills


def figures(kills: Sequence[Kill], seconds: float) -> list[Figure]:
    """Faults must be 0; recovery is from the kill until an event acknowledged after it is in raw."""
    rows = [
        Figure("kills -9 under 500 events/s", "kills", len(kills), target=30, note=f"seed {SEED}, {seconds:.0f} s"),
        Figure("events acknowledged", "events", kills[-1].acknowledged),
        Figure(
            "acknowledged and not landed, landed and not acknowledged, landed twice, gaps; after each kill",
            "events", sum(kill.faults for kill in kills), target=0, direction="at_most",
        ),
        Figure(
            "recovery, the longest", "s", max(kill.recovery_seconds for kill in kills), target=RECOVERY_LIMIT,
            direction="at_most", note="from the kill until an event acknowledged after it is in raw",
        ),
    ]  # fmt: skip
    for victim in VICTIMS:
        if times := [kill.recovery_seconds for kill in kills if kill.victim == victim]:
            rows.append(
                Figure(
                    f"recovery from a kill of {victim}, median", "s", median(times), note=f"longest {max(times):.1f} s"
                )
            )
    return rows
