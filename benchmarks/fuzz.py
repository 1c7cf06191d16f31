"""Over 200,000 inputs for the event contract and the collector: no crash, each is valid or rejected with a reason.

Hypothesis generates messages, records and requests; damaged copies of each are tried as well. What must hold is in
benchmarks/support/fuzzing.py; the first input that breaks it stops the run. The seed is another one every time.
About five minutes.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
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
from benchmarks.support.in_process import InProcess

ROUND = 2_000  # generated inputs; Hypothesis remembers what it has tried, so a longer round is slower per input
COPIES = 5  # damaged copies of each input


def measure() -> list[Figure]:
    """Every figure of the family `fuzz`."""
    return [
        fuzz("parse: any bytes as a record", RECORDS, _records, rounds=12),
        fuzz("collector, one event: what it takes is landed", st.tuples(CLIENT_EVENTS, SENDERS), _events, rounds=6),
        fuzz("collector, whole requests: no 5xx, all accounted for", requests(), _requests(InProcess()), rounds=6),
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
