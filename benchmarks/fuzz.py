"""Over 200,000 inputs for the event contract and the collector: no crash, each is valid or rejected with a reason.

Hypothesis generates messages, records and requests; damaged copies of each are tried as well. What must hold is in
benchmarks/support/fuzzing.py; the first input that breaks it stops the run. The seed is another one every time.
About five minutes.
"""

from __future__ import annotations

import gc
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from benchmarks.figure import Figure
from benchmarks.support.fuzzing import (
    CLIENT_EVENTS,
    RECORDS,
    SENDERS,
    Request,
    collector_answers_for_every_event,
    enriched_event_can_be_parsed,
    mutants,
    parse_is_good_or_bad,
    requests,
)
from benchmarks.support.hostile_bodies import PATTERNS, long_contexts
from benchmarks.support.in_process import InProcess

ROUND = 2_000  # generated inputs; Hypothesis remembers what it has tried, so a longer round is slower per input
COPIES = 5  # damaged copies of each input
HOSTILE_REQUESTS = 10_000


def measure() -> list[Figure]:
    """Every figure of the family `fuzz`."""
    timed = _Timed(_requests(InProcess()))
    return [
        fuzz("parse: any bytes as a record", RECORDS, _records, rounds=12),
        fuzz("collector, one event: what it takes is landed", st.tuples(CLIENT_EVENTS, SENDERS), _events, rounds=6),
        fuzz("collector, whole requests: no 5xx, all accounted for", requests(), timed.attempt, rounds=6),
        timed.figure(),
        memory_figure(),
    ]


def fuzz(what: str, inputs: st.SearchStrategy[Any], attempt: Callable[[Any], Iterator[str]], rounds: int) -> Figure:
    """Try `rounds` rounds of inputs; `attempt` yields the outcomes of an input and its copies.

    Raises AssertionError, or whatever the code under test raises, for the first input that breaks it.
    """
    outcomes: Counter[str] = Counter()
    effort = settings(
        max_examples=ROUND,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    first_seed = time.time_ns()
    for number in range(rounds):

        @seed(first_seed + number)
        @effort
        @given(made=inputs)
        def try_all(made: Any) -> None:
            outcomes.update(attempt(made))

        try_all()
    note = ", ".join(f"{outcome} {count:,}" for outcome, count in outcomes.most_common())
    # each round could be ROUND * (1 + COPIES); a little less is enough, as Hypothesis may run out of simple inputs
    wanted = rounds * ROUND * COPIES
    return Figure(what, "inputs", outcomes.total(), target=wanted, note=note)


def _records(value: bytes) -> Iterator[str]:
    for record in (value, *mutants(value, COPIES)):
        yield parse_is_good_or_bad(record)


def _events(made: tuple[bytes, Any]) -> Iterator[str]:
    value, sender = made
    for event in (value, *mutants(value, COPIES)):
        yield enriched_event_can_be_parsed(event, sender)


def _requests(collector: InProcess) -> Callable[[Request], Iterator[str]]:
    def attempt(request: Request) -> Iterator[str]:
        for body in (request.body, *mutants(request.body, COPIES)):
            yield collector_answers_for_every_event(collector, replace(request, body=body))

    return attempt


class _Timed:
    """Tries requests, and keeps how long each and its copies took on average."""

    def __init__(self, attempt: Callable[[Request], Iterator[str]]) -> None:
        self._attempt = attempt
        self._seconds: list[float] = []

    def attempt(self, request: Request) -> Iterator[str]:
        started = time.process_time()
        outcomes = list(self._attempt(request))
        self._seconds.append((time.process_time() - started) / len(outcomes))
        yield from outcomes

    def figure(self) -> Figure:
        slowest = sorted(self._seconds)[int(len(self._seconds) * 0.999)] * 1000
        note = "mean of an input and its copies, with the checks of the outcome"
        return Figure("collector, a hostile request: p99.9", "ms", slowest, None, 5, "at_most", note=note)


def memory_figure() -> Figure:
    """Growth of this process over HOSTILE_REQUESTS requests, in MB beyond what it held after a tenth of them."""
    collector = InProcess()
    bodies = list(PATTERNS.values())

    def send(first: int, last: int) -> None:
        for number in range(first, last):
            body = long_contexts(number) if number % 2 else bodies[number // 2 % len(bodies)]
            collector.post("/v1/batch", body, client=f"203.0.{number % 200}.{number % 251}")
            collector.sink.records.clear()

    send(0, HOSTILE_REQUESTS // 10)
    before = _resident_mb()
    send(HOSTILE_REQUESTS // 10, HOSTILE_REQUESTS)
    grown = _resident_mb() - before
    note = "half of them batches whose common context holds 490 KB, half of the hostile patterns"
    return Figure(
        f"collector, growth over {HOSTILE_REQUESTS:,} hostile requests", "MB", grown, None, 20, "at_most", note=note
    )


def _resident_mb() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6
