"""What the stream costs: processor time of an event by process, delay of a list, idling, starting.

With COMPTOIR_BENCH_OTHER, a folder with another checkout and its `.venv`, that one is measured in turns with this one,
on the same broker and the same Postgres server, and is the baseline.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from benchmarks.figure import Figure
from benchmarks.fresh_stores import Stores
from benchmarks.processor_time import PROCESSES, STREAM_PROCESSES, spent
from benchmarks.settings import BenchmarkSettings
from benchmarks.stream_checkout import Checkout, RunningStream, running_stream
from local.waiting import wait_until

WARM_UP = (1_000, 30)  # events/s, seconds; lets the JVM compile and caches fill
STORES_WARM_UP = {4_000: 20}  # the same of the stores, not counted
LOADS = {200: 25, 1_000: 25, 4_000: 20}  # events/s -> seconds
IDLE_RATES = (0, 3)  # events/s
PERCENTILES = (50, 95, 99)
# events/s -> share of the baseline's processor time, without Postgres, that is allowed
COST_TARGETS = {200: 0.5, 1_000: 0.5, 4_000: 0.6}
DRIVER_TARGETS = {1_000: 60.0, 4_000: 15.0}  # events/s -> microseconds an event that the driver may use
DELAY_TARGET = 0.6  # share of the baseline's p95
QUIET_TARGETS = {(1_000, 50): 120, (1_000, 95): 200, (4_000, 95): 450}  # (events/s, percentile) -> ms, quiet machine
IDLE_TARGETS = {0: 5.0, 3: 12.0}  # percent of a core
START_TARGET, RESTART_TARGET = 8.0, 10.0  # seconds, on a quiet machine

BARE_NOTE = "baseline: a bare kafka-python consumer, one row and one commit per event, at the same load after it"
Costs = dict[str, float]  # one of PROCESSES -> microseconds an event, or percent of a core


@dataclass
class Measured:
    """What was measured of one checkout, an item for each round."""

    costs: dict[int, list[Costs]] = field(default_factory=lambda: defaultdict(list))  # by events/s
    delays: dict[int, list[list[float]]] = field(default_factory=lambda: defaultdict(list))  # seconds
    idle: dict[int, list[Costs]] = field(default_factory=lambda: defaultdict(list))
    start: list[float] = field(default_factory=list)  # seconds until the first list
    restart: list[float] = field(default_factory=list)  # the same from a kill -9 on

    def cost(self, rate: int, process: str) -> float:
        """The median of the rounds, in microseconds an event."""
        return median(costs[process] for costs in self.costs[rate])

    def share(self, rate: int) -> float:
        """The median of what the stream's processes use while idle, in percent of a core."""
        return median(sum(costs[name] for name in STREAM_PROCESSES) for costs in self.idle[rate])

    def delay(self, rate: int, percent: int) -> float:
        """The median over the rounds of a percentile, in milliseconds."""
        return median(quantiles(seconds, n=100)[percent - 1] * 1_000 for seconds in self.delays[rate])


def stream_cost(stores: Stores, loads: dict[int, int] | None = None) -> tuple[Measured, Measured | None]:
    """Measure this checkout, and the other one if there is one, in turns.

    Raises SystemExit when a stream ends early.
    """
    settings = BenchmarkSettings()
    checkouts = [Checkout("this")]
    if settings.bench_other:
        checkouts.append(Checkout("other", settings.bench_other))
    measured = {checkout.name: Measured() for checkout in checkouts}
    # the first stream to use a new broker pays for what its JVM compiles
    _measure(stores, checkouts[0], Measured(), STORES_WARM_UP, idle_seconds=0)
    for _ in range(settings.bench_rounds):
        for checkout in checkouts:
            _measure(stores, checkout, measured[checkout.name], loads or LOADS, settings.bench_idle_seconds)
    return measured["this"], measured.get("other")


def cost_figures(ours: Measured, other: Measured | None) -> Iterator[Figure]:
    """The figures of `stream_cost` with the other checkout as their baseline."""
    for rate in ours.costs:
        note = "baseline: the other checkout, in turns with this one" if other else ""
        for name in PROCESSES:
            yield Figure(
                f"processor time of an event at {rate:,} events/s, {name}",
                "us",
                ours.cost(rate, name),
                other.cost(rate, name) if other else None,
                DRIVER_TARGETS.get(rate) if name == "driver" else None,
                "at_most",
                note=note,
            )
        yield Figure(
            f"processor time of an event at {rate:,} events/s, stream and Kafka",
            "us",
            _without_postgres(ours, rate),
            _without_postgres(other, rate) if other else None,
            COST_TARGETS.get(rate) if other else None,
            "at_most",
            "ratio",
            note,
        )
        if other:
            yield Figure(
                f"click to changed row at {rate:,} events/s, p95, beside the other checkout",
                "ms",
                ours.delay(rate, 95),
                other.delay(rate, 95),
                DELAY_TARGET,
                "at_most",
                "ratio",
                note,
            )
    for rate in ours.idle:
        what = f"the stream at {rate} events/s" if rate else "the stream without events"
        yield Figure(
            what, "% of a core", ours.share(rate), other.share(rate) if other else None, IDLE_TARGETS[rate], "at_most"
        )
    for what, seconds, before, target in (
        ("from the start", ours.start, other.start if other else [], START_TARGET),
        ("from a kill -9", ours.restart, other.restart if other else [], RESTART_TARGET),
    ):
        yield Figure(
            f"{what} to the first new list", "s", median(seconds), median(before) if before else None, target, "at_most"
        )


def _without_postgres(measured: Measured, rate: int) -> float:
    return sum(measured.cost(rate, name) for name in PROCESSES if name != "Postgres")


def _measure(stores: Stores, checkout: Checkout, into: Measured, loads: dict[int, int], idle_seconds: float) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="comptoir-bench-") as folder,
        running_stream(stores, checkout, Path(folder)) as stream,
    ):
        stream.wait_for_list()
        into.start.append(time.monotonic() - stream.started)
        stream.send(*WARM_UP, [])
        for rate, seconds in loads.items():
            costs, delays = _load(stream, rate, seconds)
            into.costs[rate].append(costs)
            into.delays[rate].append(delays)
        for rate in IDLE_RATES if idle_seconds else ():
            into.idle[rate].append(_idle(stream, rate, idle_seconds))
        into.restart.append(stream.kill_and_restart())


def _load(stream: RunningStream, rate: int, seconds: int) -> tuple[Costs, list[float]]:
    watcher = stream.watcher()
    before = stream.processor_seconds()
    with watcher.watching():
        sent = stream.send(rate, seconds, [watcher], seed=rate)
        wait_until(lambda: _require_seen(watcher.pending), "the last click", seconds=180, every=0.05)
    used = spent(before, stream.processor_seconds())
    return {name: used[name] / sent * 1e6 for name in used}, watcher.delays


def _idle(stream: RunningStream, rate: int, seconds: float) -> Costs:
    time.sleep(3)  # the last batches of a load are over
    before, began = stream.processor_seconds(), time.monotonic()
    if rate:
        stream.send(rate, seconds, [])
    else:
        time.sleep(seconds)
    used, elapsed = spent(before, stream.processor_seconds()), time.monotonic() - began
    return {name: used[name] / elapsed * 100 for name in used}


def _require_seen(pending: int) -> None:
    if pending:
        raise RuntimeError(f"{pending} clicks are not seen yet")


def delay_figures(ours: Measured, bare: Mapping[int, Sequence[float]]) -> Iterator[Figure]:
    """The delays beside those of a bare consumer, in seconds by events/s."""
    for rate in ours.delays:
        for percent in PERCENTILES:
            yield Figure(
                f"click to changed row at {rate:,} events/s, p{percent}",
                "ms",
                ours.delay(rate, percent),
                quantiles(bare[rate], n=100)[percent - 1] * 1_000,
                QUIET_TARGETS.get((rate, percent)),
                "at_most",
                note=BARE_NOTE,
            )
