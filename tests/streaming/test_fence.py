"""Others than batches change counts and lists while the stream runs: each waits for the other and then knows of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from benchmarks.support.clicks import MONDAY, event, session
from privacy.subject import Subject
from recommendations.session_counts import ProductEvent
from streaming import state
from streaming.batch_rows import BatchRow
from streaming.counter import Counter
from streaming.counter_config import CounterConfig
from streaming.erasure import erase_serving
from streaming.fence import take_fences
from streaming.poison import Isolation
from streaming.rebuild import rebuild_lists
from streaming.retention import forget_old_events
from tests.support.streams import NAME, Stream, assert_same_memory

pytestmark = pytest.mark.services

NEIGHBOURS = "select product_id, product_ids from serving.neighbour_lists where kind = 'similar' order by 1"


@pytest.fixture
def counter(stream: Stream) -> Iterator[Counter]:
    """A worker of a running stream, which has counted two sessions with products in common."""
    with closing(Counter(CounterConfig(stream.url, NAME))) as made:
        made.apply(rows(stream, session("a", "b", visitor_id="me", session_id="me")))
        made.apply(rows(stream, session("b", "c", visitor_id="you", session_id="you")))
        yield made


def rows(stream: Stream, events: list[ProductEvent]) -> list[BatchRow]:
    return stream.rows(events)


def erase(stream: Stream) -> None:
    with stream.connection.transaction():
        erase_serving(stream.connection, Subject(["42"], ["p"], ["me"], datetime.now(UTC)))


def end_of_term(stream: Stream) -> None:
    forget_old_events(stream.connection, MONDAY + timedelta(seconds=30))  # the first click of each


@pytest.mark.parametrize("change", [erase, end_of_term])
def test_a_worker_knows_what_was_taken_back_before_it_counts_again(
    stream: Stream, counter: Counter, change: Callable[[Stream], None]
) -> None:
    assert dict(stream.connection.execute(NEIGHBOURS).fetchall())["b"] == ["c", "a"]
    change(stream)
    counter.apply(rows(stream, [event("z", 9, visitor_id="other", session_id="other")]))
    assert_same_memory(stream, "abcz", counter._isolation.current_memory())
    assert "a" not in dict(stream.connection.execute(NEIGHBOURS).fetchall()), "its list is made with the next batch"
    assert stream.table("stale_lists") == []


def test_lists_that_were_left_stale_are_made_with_the_next_small_batch(stream: Stream, counter: Counter) -> None:
    stream.execute("delete from serving.neighbour_lists where product_id = 'a'")
    stream.execute("insert into serving.stale_lists values ('product', 'a'), ('visitor', 'me'), ('category', '')")
    counter._isolation.current_memory().published.clear()  # as in a worker that has not made them itself
    counter.apply(rows(stream, [event("z", 9, visitor_id="other", session_id="other")]))
    assert dict(stream.connection.execute(NEIGHBOURS).fetchall())["a"] == ["b"]
    assert stream.table("stale_lists") == []


def test_a_rebuild_beside_a_running_stream_is_known_to_its_workers(stream: Stream, counter: Counter) -> None:
    before = stream.connection.execute(NEIGHBOURS).fetchall()
    stream.execute("update serving.neighbour_lists set product_ids = array['x'], scores = array[1.0]")
    rebuild_lists(stream.url)
    assert stream.connection.execute(NEIGHBOURS).fetchall() == before
    stream.execute("delete from serving.neighbour_lists")
    counter.apply(rows(stream, session("a", "b", visitor_id="new", session_id="new")))
    assert {"a", "b"} <= dict(stream.connection.execute(NEIGHBOURS).fetchall()).keys(), (
        "it trusts no list it made before"
    )


def test_a_batch_waits_for_who_holds_the_fence_and_a_rebuild_for_a_batch(stream: Stream, counter: Counter) -> None:
    work: list[Callable[[], object]] = [
        lambda: counter.apply(rows(stream, [event("z", 9)])),
        lambda: rebuild_lists(stream.url),
    ]
    for one in work:
        thread = threading.Thread(target=one)
        with psycopg.connect(stream.url) as other:
            take_fences(other)
            thread.start()
            thread.join(0.7)
            assert thread.is_alive(), "it did not wait for the fence"
        thread.join(60)
        assert not thread.is_alive()
    assert len(stream.table("visitor_events")) == 5


def test_a_record_set_apart_by_a_late_worker_does_not_move_the_fence_back(stream: Stream, counter: Counter) -> None:
    fence = state.read_offsets(stream.connection, NAME)
    isolation = Isolation(stream.connection, NAME, lambda: stream.memory)
    isolation._set_apart([BatchRow(0, 1, event("a"))], ValueError("as when two tasks had the same batch"))
    assert state.read_offsets(stream.connection, NAME) == fence
