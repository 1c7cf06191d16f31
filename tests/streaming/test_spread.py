"""A spread batch, of which several workers make the lists, gives the same rows as a small one."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pyarrow as pa
import pytest

from benchmarks.support.clicks import CONSENT, as_record, event, random_events
from recommendations.session_counts import ProductEvent
from streaming import stale_lists
from streaming.batch_rows import BatchRow
from streaming.counter import Counter
from streaming.counter_config import CounterConfig
from streaming.product_events import rows_of_records
from tests.support.streams import NAME

pytestmark = pytest.mark.services

COUNTS = ("visitor_events", "pair_counts", "product_counts", "purchases", "cart_removals")
WITHOUT_TIMES = {
    "visitor_persons": "visitor_id, person_id",
    "recommendation_lists": "visitor_id, slot, product_ids, reasons",
    "neighbour_lists": "product_id, kind, product_ids, reasons",
    "trending_lists": "category, product_ids, reasons",
}


@pytest.fixture
def open_counter(make_database: Callable[[], str]) -> Iterator[Callable[..., Counter]]:
    """Opens a counter on the same database as another one, or on a new one."""
    opened: list[Counter] = []

    def make(beside: Counter | None = None) -> Counter:
        config = beside.config if beside else CounterConfig(make_database(), NAME)
        opened.append(Counter(config))
        return opened[-1]

    yield make
    for counter in opened:
        counter.close()


def rows_of_events(events: list[ProductEvent], start: int) -> list[BatchRow]:
    """Rows of consecutive records: some visitors sign in, a few say no, and a few take a product out of the cart."""
    rng, values = random.Random(start), []
    for one in events:
        changes: dict[str, object] = {}
        if int(one.visitor_id[1:]) % 5 == 0:
            changes["userId"] = f"c{int(one.visitor_id[1:]) % 15}"
        if rng.random() < 0.02:
            changes["context"] = {"consent": CONSENT | {"personalisation": False}, "userAgent": "Mozilla/5.0"}
        elif rng.random() < 0.05:
            changes |= {"event": "Product Removed", "properties": {"product_id": one.product_id}}
        values.append(as_record(one, **changes))
    offsets = list(range(start, start + len(values)))
    return rows_of_records(
        pa.RecordBatch.from_pydict({"partition": [0] * len(values), "offset": offsets, "value": values})
    )


def tables(counter: Counter) -> dict[str, list[tuple[object, ...]]]:
    """What must not depend on the shape."""
    with psycopg.connect(counter.config.database_url) as connection:
        found = {
            table: sorted(connection.execute(f"select * from serving.{table}".encode()).fetchall()) for table in COUNTS
        }
        for table, columns in WITHOUT_TIMES.items():
            found[table] = sorted(connection.execute(f"select {columns} from serving.{table}".encode()).fetchall())
        found["fence"] = connection.execute("select partition, next_offset from serving.stream_offsets").fetchall()
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_both_shapes_give_the_same_rows(open_counter: Callable[..., Counter], seed: int) -> None:
    rng, events = random.Random(seed), random_events(random.Random(seed), sessions=150)
    small = open_counter()
    spread = [open_counter()]
    spread += [open_counter(spread[0]) for _ in range(2)]
    at = 0
    while at < len(events):
        size = rng.choice([1, 20, 120])
        rows = rows_of_events(events[at : at + size], at)
        small.apply(rows)
        if rng.random() < 0.3:
            rng.choice(spread).apply(rows, is_logged=rng.random() < 0.5)  # a small batch in between
        else:
            keys = rng.choice(spread).count(rows)
            rng.shuffle(keys)
            for place, maker in enumerate(spread):
                maker.make_lists(keys[place :: len(spread)])
        at += size
    expected, found = tables(small), tables(spread[0])
    for table, rows_expected in expected.items():
        assert found[table] == rows_expected, table


def test_lists_that_a_killed_stream_left_stale_are_made_at_the_next_start(
    open_counter: Callable[..., Counter],
) -> None:
    killed = open_counter()
    keys = killed.count(rows_of_events([event("a", 0, visitor_id="v1"), event("b", 1, visitor_id="v1")], 0))
    assert ("visitor", "v1") in keys
    again = open_counter(killed)
    assert again.make_left_lists() == len(keys)
    with closing(psycopg.connect(killed.config.database_url)) as connection:
        assert stale_lists.load(connection) == []
        assert connection.execute("select count(*) from serving.neighbour_lists").fetchall() == [(2,)]


def test_a_batch_that_is_counted_again_counts_nothing_and_knows_what_is_stale(
    open_counter: Callable[..., Counter],
) -> None:
    first = open_counter()
    rows = rows_of_events([event("a", 0, visitor_id="v1"), event("b", 1, visitor_id="v1")], 0)
    keys = first.count(rows)
    before = tables(first)
    assert open_counter(first).count(rows) == keys
    assert tables(first) == before
