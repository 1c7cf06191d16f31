"""Who was erased leaves state and counts as if they had never come; a log that is read again does not count them."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from benchmarks.support.clicks import event, random_events
from privacy.subject import Subject
from privacy.suppression import suppression
from streaming.batch import apply_batch
from streaming.erasure import erase_serving
from tests.support.streams import NAME, Stream

pytestmark = pytest.mark.services

NOW = datetime.now(UTC)
ME = Subject(["42"], ["p"], ["me"], NOW)
STATE = ("visitor_events", "pair_counts", "product_counts")
MINE = [
    event("a", 0, visitor_id="me"),
    event("b", 1, "cart", visitor_id="me"),
    event("c", 2, "purchase", visitor_id="p"),  # told by the shop's server
]


def test_the_counts_are_as_if_they_had_never_come(open_stream: Callable[[], Stream]) -> None:
    others = random_events(random.Random(7), sessions=30)
    with_me, without = open_stream(), open_stream()
    with_me.apply(others + MINE)
    with_me.execute("insert into serving.visitor_persons values ('me', 'p'), ('tablet', 'p'), ('tablet', 'q')")
    without.apply(others)
    with with_me.connection.transaction():
        counts = erase_serving(with_me.connection, ME)
    assert counts["serving.visitor_events"] == 3 and counts["serving.visitor_persons"] == 2
    for table in STATE:
        assert with_me.table(table) == without.table(table), table
    assert not with_me.shown_to("me") and with_me.table("visitor_persons", "visitor_id, person_id") == [("tablet", "q")]


def test_a_log_that_is_read_again_counts_only_others(stream: Stream) -> None:
    other = event("a", 3, visitor_id="you")
    rows = stream.rows([*MINE, other])
    suppression().add(stream.connection, ME.identifiers, NOW)
    report = apply_batch(stream.connection, stream.memory, NAME, rows, erased=suppression())
    assert report.events == 1 and stream.table("visitor_events", "visitor_id") == [("you",)]
    assert stream.table("stream_offsets", "next_offset") == [(4,)]
    later = event("b", visitor_id="me")._replace(occurred_at=datetime.now(UTC))
    apply_batch(stream.connection, stream.memory, NAME, stream.rows([later]), erased=suppression())
    assert stream.table("visitor_events", "visitor_id") == [("me",), ("you",)]
