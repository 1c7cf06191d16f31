"""What the stages of a spread batch cost, which share of it only one task can do, and how even its tasks are.

The stages run one after the other in this process, as they would in workers: what is measured is their processor time,
without that of Postgres, which has its own machine in a cluster. From it follow the rates that more cores would carry,
by Amdahl's law.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar
from zlib import crc32

import pyarrow as pa

from benchmarks.figure import Figure
from benchmarks.fresh_stores import fresh_postgres
from benchmarks.support.clicks import as_record, event
from recommendations.session_counts import ProductEvent
from streaming.counter import Counter
from streaming.counter_config import CounterConfig
from streaming.product_events import rows_of_records
from streaming.stale_lists import Key
from streaming.state import StreamName

EVENTS, BATCHES = 10_000, 3  # events in a batch; the last batch is measured
PRODUCTS, VISITORS, TASKS = 5_000, 5_000, 8
ROBOT_EVENTS = 10_000  # of one visitor, in the skewed batch
CORES = (1, 8, 32)
SKEW_LIMIT = 5.0  # times the median
Result = TypeVar("Result")


def measure() -> list[Figure]:
    """Every figure of the family `spread`; about a minute."""
    return [*_even(), *_skewed()]


def _even() -> Iterator[Figure]:
    with _counter() as counter:
        seconds = [_run(counter, events, n * EVENTS) for n, events in enumerate(_batches(_views))][-1]
    stages = {"parse": seconds.parse, "count (one task)": seconds.count, "make lists": sum(seconds.lists)}
    for stage, spent in stages.items():
        yield Figure(
            f"spread batch of {EVENTS:,} events, processor time of an event: {stage}", "us", spent / EVENTS * 1e6
        )
    serial, parallel = seconds.count / EVENTS, (seconds.parse + sum(seconds.lists)) / EVENTS
    yield Figure("share of a spread batch that only one task can do", "%", serial / (serial + parallel) * 100)
    for cores in CORES:
        yield Figure(
            f"events/s that {cores} cores would carry, by Amdahl's law",
            "1/s",
            1 / (serial + parallel / cores),
            note="from the processor time of the stages; without Postgres, Spark and the network",
        )


def _skewed() -> Iterator[Figure]:
    with _counter() as counter:
        seconds = [_run(counter, events, n * EVENTS * 2) for n, events in enumerate(_batches(_skewed_views))][-1]
    yield Figure(
        "slowest of the tasks that make lists, by their median, in a skewed batch",
        "x",
        max(seconds.lists) / median(seconds.lists),
        None,
        SKEW_LIMIT,
        "at_most",
        note=f"{TASKS} tasks; a visitor with {ROBOT_EVENTS:,} events, a product in half of all sessions",
    )


class Seconds:
    """Processor time of the stages of one batch."""

    def __init__(self, parse: float, count: float, lists: Sequence[float]) -> None:
        self.parse, self.count, self.lists = parse, count, lists  # lists: one of each task


def _run(counter: Counter, events: Sequence[ProductEvent], start: int) -> Seconds:
    records = pa.RecordBatch.from_pydict(
        {
            "partition": [0] * len(events),
            "offset": list(range(start, start + len(events))),
            "value": [as_record(one) for one in events],
        }
    )
    parse, rows = _timed(lambda: rows_of_records(records))
    count, keys = _timed(lambda: counter.count(rows))
    tasks: list[list[Key]] = [[] for _ in range(TASKS)]
    for kind, key in keys:
        tasks[crc32(f"{kind}/{key}".encode()) % TASKS].append((kind, key))
    return Seconds(parse, count, [_timed(partial(counter.make_lists, task))[0] for task in tasks])


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def _batches(views: Callable[[random.Random], list[ProductEvent]]) -> Iterator[list[ProductEvent]]:
    rng = random.Random(1)
    for _ in range(BATCHES):
        yield views(rng)


def _views(rng: random.Random) -> list[ProductEvent]:
    popularity = [1 / (place + 10) for place in range(PRODUCTS)]
    return [
        _view(f"v{rng.randrange(VISITORS)}", product, number)
        for number, product in enumerate(rng.choices(range(PRODUCTS), popularity, k=EVENTS))
    ]


def _skewed_views(rng: random.Random) -> list[ProductEvent]:
    views = [one._replace(product_id="0") if rng.random() < 0.5 else one for one in _views(rng)]
    return views + [_view("robot", rng.randrange(PRODUCTS), number) for number in range(ROBOT_EVENTS)]


def _view(visitor: str, product: int, number: int) -> ProductEvent:
    return event(str(product), number / 600, visitor_id=visitor, session_id=visitor, category=f"c{product % 20}")


@contextmanager
def _counter() -> Iterator[Counter]:
    with (
        tempfile.TemporaryDirectory(prefix="comptoir-bench-") as folder,
        fresh_postgres(Path(folder)) as database_url,
        closing(Counter(CounterConfig(database_url, StreamName("bench", "bench")))) as counter,
    ):
        yield counter
