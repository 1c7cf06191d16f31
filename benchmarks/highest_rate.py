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

from benchmarks.figure import Figure
from benchmarks.fresh_stores import Stores, fresh_stores
from benchmarks.settings import BenchmarkSettings
from benchmarks.stream_checkout import Checkout, RunningStream, running_stream

FIRST_RATE = 2_000  # events/s
BISECTIONS = 2
SAMPLE_SECONDS = 0.5
GROWTH_ALLOWED = 1.0  # seconds' worth of events that the lag may grow by from the first third to the last
DRAIN_SECONDS = 5.0  # within which the rest must be counted
GENERATOR_SHARE = 0.98  # of the rate must have been sent, else the load generator was the limit
TARGET = 2.0  # times the baseline
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
        rates = {one.name: highest(stores, one, settings.bench_rate_seconds) for one in checkouts}
    ours, other = rates["this"], rates.get("other")
    return [
        Figure(
            f"events/s that the stream keeps up with for {settings.bench_rate_seconds:g} s, lag flat",
            "1/s",
            ours,
            other,
            TARGET if other else None,
            target_on="ratio",
            note="the load generator shares the machine" + ("; baseline: the other checkout" if other else ""),
        )
    ]


def highest(stores: Stores, checkout: Checkout, seconds: float) -> float:
    """The highest rate, in events/s, that a stream of this checkout keeps up with for so many seconds."""
    with (
        tempfile.TemporaryDirectory(prefix="comptoir-bench-") as folder,
        running_stream(stores, checkout, Path(folder)) as stream,
    ):
        stream.wait_for_list()
        stream.send(1_000, min(30, seconds), [])
        return climb(lambda rate: keeps_up(stream, rate, seconds))


def climb(keeps: Callable[[int], bool]) -> float:
    """Double the rate until it is too high, then look between; a rate that cannot be sent ends the climb."""
    good, rate = 0, FIRST_RATE
    try:
        while keeps(rate):
            good, rate = rate, 2 * rate
        for _ in range(BISECTIONS):
            middle = (good + rate) // 2
            good, rate = (middle, rate) if keeps(middle) else (good, middle)
    except GeneratorTooSlow:
        return good
    return good


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
        if rate * seconds / took < GENERATOR_SHARE * rate:
            _drain(connection, stream, start + int(rate * seconds), limit=600)
            raise GeneratorTooSlow(f"{rate * seconds / took:,.0f} of {rate:,} events/s were sent")
        is_drained = _drain(connection, stream, start + int(rate * seconds), DRAIN_SECONDS)
        if not is_drained:  # the next rate begins without lag
            _drain(connection, stream, start + int(rate * seconds), limit=600)
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
