from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

from benchmarks.support.clicks import MONDAY, event, random_events, session
from recommendations.session_counts import ProductEvent
from streaming.batch import BatchReport, apply_batch
from streaming.batch_rows import BatchRow
from streaming.memory import ShopMemory
from streaming.rebuild import rebuild_lists
from streaming.state import StreamAlreadyRunning, StreamName, claim

pytestmark = pytest.mark.services

NAME = StreamName("recommendations", "clicks.test")
STATE = ("visitor_events", "pair_counts", "product_counts")
LISTS = ("recommendations", "product_neighbours", "trending")


class Stream:
    """A stream without Spark, fed in batches: offsets count up."""

    def __init__(self, database: str) -> None:
        self.url = database
        self.connection = psycopg.connect(database, autocommit=True)
        self.memory = ShopMemory(self.connection)
        self.offset = 0

    def rows(self, events: Sequence[ProductEvent]) -> list[BatchRow]:
        made = [BatchRow(0, self.offset + n, e) for n, e in enumerate(events)]
        self.offset += len(made)
        return made

    def apply(self, events: Sequence[ProductEvent]) -> BatchReport:
        return apply_batch(self.connection, self.memory, NAME, self.rows(events))

    def table(self, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
        return sorted(self.connection.execute(f"select {columns} from serving.{table}").fetchall())  # type: ignore[arg-type]

    def shown_to(self, visitor: str) -> list[str]:
        return [
            product
            for (product,) in self.connection.execute(
                "select product_id from serving.recommendations where visitor_id = %s order by rank", [visitor]
            )
        ]


@pytest.fixture
def open_stream(make_database: Callable[[], str]) -> Iterator[Callable[[], Stream]]:
    opened: list[Stream] = []

    def make() -> Stream:
        opened.append(Stream(make_database()))
        return opened[-1]

    yield make
    for stream in opened:
        stream.connection.close()


def test_counts_and_rebuilt_lists_are_the_same_for_any_order_batches_and_repeats(
    open_stream: Callable[[], Stream],
) -> None:
    events = random_events(random.Random(3), sessions=60)
    rng = random.Random(5)
    at_once, in_pieces = open_stream(), open_stream()
    at_once.apply(events)
    shuffled = events + rng.sample(events, 50)
    rng.shuffle(shuffled)
    while shuffled:
        size = rng.randint(1, 40)
        in_pieces.apply(shuffled[:size])
        del shuffled[:size]

    for table in STATE:
        assert at_once.table(table) == in_pieces.table(table) != [], table
    for stream in (at_once, in_pieces):
        rebuild_lists(stream.url, NAME)
    for table in LISTS:
        for one, other in zip(at_once.table(table), in_pieces.table(table), strict=True):
            assert one[:2] == other[:2]
            assert [x for x in one if not isinstance(x, float)] == [x for x in other if not isinstance(x, float)]
            assert [x for x in one if isinstance(x, float)] == pytest.approx([x for x in other if isinstance(x, float)])


def test_a_replayed_batch_changes_nothing(open_stream: Callable[[], Stream]) -> None:
    stream = open_stream()
    rows = stream.rows(session("a", "b", "c"))
    apply_batch(stream.connection, stream.memory, NAME, rows)
    before = [stream.table(table) for table in STATE + LISTS]
    report = apply_batch(stream.connection, ShopMemory(stream.connection), NAME, rows)
    assert (report.replayed, report.events) == (3, 0)
    assert [stream.table(table) for table in STATE + LISTS] == before


def test_one_event_id_counts_once_and_the_first_payload_wins(open_stream: Callable[[], Stream]) -> None:
    stream = open_stream()
    first = event("a")
    report = stream.apply([first, first._replace(product_id="b"), *session("c")])
    assert (report.events, report.duplicates) == (2, 1)
    assert stream.apply([first._replace(product_id="d")]).duplicates == 1
    assert [product for (product,) in stream.table("visitor_events", "product_id")] == ["a", "c"]


def test_the_next_click_changes_the_visitors_list(open_stream: Callable[[], Stream]) -> None:
    stream = open_stream()
    for number in range(3):
        stream.apply(session("laptop", "bag", "mouse", session_id=f"s{number}", visitor_id=f"w{number}"))
    stream.apply([event("tv", n, visitor_id="w9", session_id="s9", category="Televisions") for n in range(9)])
    stream.apply([event("phone", 0, visitor_id="me", category="Phones")])
    assert stream.shown_to("me")[0] == "tv"
    stream.apply([event("laptop", 1, visitor_id="me")])
    assert stream.shown_to("me")[0] == "bag"
    assert set(stream.shown_to("me")) == {"bag", "phone", "mouse", "tv"}


def test_withdrawn_consent_takes_the_list_away_and_keeps_the_counts(open_stream: Callable[[], Stream]) -> None:
    stream = open_stream()
    stream.apply(session("a", "b", visitor_id="me"))
    counts = [stream.table(table) for table in STATE]
    assert stream.shown_to("me")
    stream.apply([event("", 3, "withdrawn", visitor_id="me")])
    assert not stream.shown_to("me")
    assert [stream.table(table) for table in STATE] == counts
    rebuild_lists(stream.url, NAME)
    assert not stream.shown_to("me")


def test_a_failure_leaves_neither_rows_nor_offsets(open_stream: Callable[[], Stream]) -> None:
    stream = open_stream()
    stream.connection.execute(
        "alter table serving.recommendation_lists add check (array_position(product_ids, 'poison') is null)"
    )
    with pytest.raises(psycopg.errors.CheckViolation):
        stream.apply([*session("a", "poison", "b")])
    assert all(stream.table(table) == [] for table in (*STATE, *LISTS, "stream_offsets"))


def test_live_clicks_after_a_history_of_years_ago(open_stream: Callable[[], Stream]) -> None:
    stream = open_stream()
    stream.apply(session("old", "older", occurred_at=MONDAY - timedelta(days=6 * 365), visitor_id="then"))
    stream.apply(session("new", visitor_id="now", session_id="s2"))
    trending = stream.connection.execute("select product_id from serving.trending where category = '' order by rank")
    assert next(trending) == ("new",)


def lately(memory: ShopMemory, product: str) -> float:
    """The product's recent popularity."""
    return float(memory.catalogue.lately(np.array([memory.catalogue.number(product)]))[0])


def test_a_restarted_stream_goes_on_with_the_same_memory(open_stream: Callable[[], Stream]) -> None:
    stream = open_stream()
    events = random_events(random.Random(9), sessions=40)
    stream.apply(events)
    restarted = ShopMemory(stream.connection)
    products = {e.product_id for e in events}
    restarted.load(products)
    for product in products:
        assert restarted.similar[product] == pytest.approx(stream.memory.similar[product])
        assert restarted.together[product] == pytest.approx(stream.memory.together[product])
        assert restarted.popularity(product) == stream.memory.popularity(product)
        assert lately(restarted, product) == pytest.approx(lately(stream.memory, product))
    assert restarted.trending("") == stream.memory.trending("")
    assert dict(restarted.trend("")) == pytest.approx(dict(stream.memory.trend("")))


def test_a_second_stream_leaves(open_stream: Callable[[], Stream]) -> None:
    stream = open_stream()
    claim(stream.connection, NAME)
    with psycopg.connect(stream.url, autocommit=True) as second:
        with pytest.raises(StreamAlreadyRunning, match="is running"):
            claim(second, NAME, wait_seconds=1)
        stream.connection.close()
        claim(second, NAME)
