"""The highest rate of events that the stream keeps up with for two minutes: its lag stays flat.

`make bench ONLY=highest_rate`, about fifteen minutes, twice as much with another checkout (COMPTOIR_BENCH_OTHER), whose
rate is the baseline. A rate is doubled until it is too high, then halved twice between the last two.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean

import psycopg
from rich.console import Console

from benchmarks.figure import CannotMeasure, Figure
from benchmarks.fresh_stores import Stores, fresh_stores
from benchmarks.settings import BenchmarkSettings
from benchmarks.stream_checkout import Checkout, RunningStream, running_stream

FIRST_RATE = 2_000  # events/s
BISECTIONS = 2
SAMPLE_SECONDS = 0.5
GROWTH_ALLOWED = 1.0  # seconds' worth of events that the lag may grow by from the first third to the last
DRAIN_SECONDS = 5.0  # within which the rest must be counted
LATE_SHARE, LATE_SECONDS = 0.02, 1.0  # sending may take so much longer, else the load generator was the limit
TARGET = 2.0  # times the baseline
CONSOLE = Console(highlight=False)
READ = "select coalesce(sum(next_offset), 0)::bigint from serving.stream_offsets where topic = %s"


class GeneratorTooSlow(Exception):
    """The clicks could not be sent at the rate: whether the stream would keep up is not known."""


def measure() -> list[Figure]:
    """Every figure of the family `highest_rate`."""
    settings = BenchmarkSettings()
    checkouts = [Checkout("this")]
    if settings.bench_other:
        checkouts.append(Checkout("other", settings.bench_other))
    with fresh_stores() as stores:
        found = {one.name: highest(stores, one, settings.bench_rate_seconds) for one in checkouts}
    (ours, is_limited), (other, _) = found["this"], found.get("other", (None, False))
    if not ours:
        raise CannotMeasure(
            f"this machine cannot send {FIRST_RATE:,} events/s, or the stream does not keep up with them"
        )
    note = "the load generator shares the machine" + (", and was the limit" if is_limited else "")
    return [
        Figure(
            f"events/s that the stream keeps up with for {settings.bench_rate_seconds:g} s, lag flat",
            "1/s",
            ours,
            other,
            TARGET if other else None,
            target_on="ratio",
            note=note + ("; baseline: the other checkout" if other else ""),
        )
    ]


def highest(stores: Stores, checkout: Checkout, seconds: float) -> tuple[float, bool]:
    """The highest rate, in events/s, that a stream of this checkout keeps up with for so many seconds; see `climb`."""
    with (
        tempfile.TemporaryDirectory(prefix="comptoir-bench-") as folder,
        running_stream(stores, checkout, Path(folder)) as stream,
    ):
        stream.wait_for_list()
        stream.send(1_000, min(30, seconds), [])
        return climb(lambda rate: keeps_up(stream, rate, seconds))


def climb(keeps: Callable[[int], bool]) -> tuple[float, bool]:
    """Double the rate until it is too high, then look between.

    Returns the highest good one, and whether a rate that could not be sent has ended the climb.
    """
    good, rate = 0, FIRST_RATE
    try:
        while keeps(rate):
            good, rate = rate, 2 * rate
        for _ in range(BISECTIONS):
            middle = (good + rate) // 2
            good, rate = (middle, rate) if keeps(middle) else (good, middle)
    except GeneratorTooSlow as error:
        CONSOLE.print(str(error))
        return good, True
    return good, False


def keeps_up(stream: RunningStream, rate: int, seconds: float) -> bool:
    """Whether the lag stays flat at this rate. Raises GeneratorTooSlow."""
    lags: list[int] = []
    with psycopg.connect(stream.database_url, autocommit=True) as connection:
        start, began = _read(connection, stream.topic), time.monotonic()
        sending = threading.Thread(target=stream.send, args=(rate, seconds, []), kwargs={"seed": rate})
        sending.start()
        while sending.is_alive():
            time.sleep(SAMPLE_SECONDS)
            due = min(time.monotonic() - began, seconds) * rate
            lags.append(int(due) - (_read(connection, stream.topic) - start))
        took = time.monotonic() - began
        if took - seconds > max(LATE_SHARE * seconds, LATE_SECONDS):
            _drain(connection, stream, start + int(rate * seconds), limit=600)
            raise GeneratorTooSlow(f"{rate * seconds / took:,.0f} of {rate:,} events/s were sent")
        is_drained = _drain(connection, stream, start + int(rate * seconds), DRAIN_SECONDS)
        if not is_drained:  # the next rate begins without lag
            _drain(connection, stream, start + int(rate * seconds), limit=600)
    kept = f"lag {mean(first_third(lags)):,.0f}, at the end {mean(last_third(lags)):,.0f} events"
    CONSOLE.print(f"{rate:,} events/s: {kept}")
    return is_drained and is_flat(lags, rate)


def is_flat(lags: Sequence[int], rate: int) -> bool:
    """Whether the lag (samples, in events) did not grow."""
    return mean(last_third(lags)) - mean(first_third(lags)) <= GROWTH_ALLOWED * rate


def first_third(lags: Sequence[int]) -> Sequence[int]:
    """The earliest samples, at least one."""
    return lags[: max(1, len(lags) // 3)]


def last_third(lags: Sequence[int]) -> Sequence[int]:
    """The latest samples, at least one."""
    return lags[-max(1, len(lags) // 3) :]


def _drain(connection: psycopg.Connection, stream: RunningStream, upto: int, limit: float) -> bool:
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        if _read(connection, stream.topic) >= upto:
            return True
        time.sleep(0.1)
    return False


def _read(connection: psycopg.Connection, topic: str) -> int:
    [(read,)] = connection.execute(READ, [topic]).fetchall()
    return int(read)
