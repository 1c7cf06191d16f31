from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest

from benchmarks.support.clicks import MONDAY, event, random_events, session
from streaming.batch import apply_batch
from streaming.batch_rows import BatchRow
from streaming.memory import ShopMemory
from streaming.publish import VISITORS_A_WRITE
from streaming.rebuild import rebuild_lists
from streaming.state import StreamAlreadyRunning, claim
from tests.support.streams import NAME, Stream, assert_same_memory

pytestmark = pytest.mark.services

STATE = ("visitor_events", "pair_counts", "product_counts")
LISTS = ("recommendations", "product_neighbours", "trending")


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
        rebuild_lists(stream.url)
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


def test_each_of_many_visitors_of_one_batch_gets_a_list(open_stream: Callable[[], Stream]) -> None:
    stream = open_stream()
    visitors = {f"many{number}" for number in range(2 * VISITORS_A_WRITE + 1)}
    stream.apply([one for visitor in visitors for one in session("a", "b", visitor_id=visitor, session_id=visitor)])
    written = stream.table("recommendations")
    assert {visitor for (visitor,) in stream.table("recommendations", "visitor_id")} == visitors
    rebuild_lists(stream.url)
    assert stream.table("recommendations") == written


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


def test_an_order_told_again_counts_once_by_product(open_stream: Callable[[], Stream]) -> None:
    stream = open_stream()
    first, again = event("tv", 0, "purchase"), event("tv", 360, "purchase", session_id="s2")
    added = event("cable", 360, "purchase", event_id=again.event_id, session_id="s2")
    told = [BatchRow(0, 0, first, "1001"), BatchRow(0, 1, again, "1001")]  # in one batch
    report = stream.apply_rows(told)
    assert (report.events, report.duplicates) == (1, 1)
    later = [BatchRow(0, 2, again, "1001"), BatchRow(0, 2, added, "1001"), BatchRow(0, 3, first, "1002")]
    report = stream.apply_rows(later)  # and in another; the last one is a message sent twice
    assert (report.events, report.duplicates) == (1, 2)
    assert stream.table("product_counts", "product_id, purchases_count") == [("cable", 1), ("tv", 1)]


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


def test_a_restarted_stream_goes_on_with_the_same_memory(open_stream: Callable[[], Stream]) -> None:
    stream = open_stream()
    events = random_events(random.Random(9), sessions=40)
    stream.apply(events)
    assert_same_memory(stream, {e.product_id for e in events})


def test_a_second_stream_leaves(open_stream: Callable[[], Stream]) -> None:
    stream = open_stream()
    claim(stream.connection, NAME)
    with psycopg.connect(stream.url, autocommit=True) as second:
        with pytest.raises(StreamAlreadyRunning, match="is running"):
            claim(second, NAME, wait_seconds=1)
        stream.connection.close()
        claim(second, NAME)
