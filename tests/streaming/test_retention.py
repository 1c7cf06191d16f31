"""Events that are too old leave state and counts as if only the later ones had ever come."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from benchmarks.support.clicks import MONDAY, event, random_events
from streaming import retention
from streaming.retention import forget_old_events
from tests.support.streams import Stream

pytestmark = pytest.mark.services

STATE = ("visitor_events", "pair_counts", "product_counts")
BEFORE = MONDAY + timedelta(days=9, minutes=7)


def test_the_counts_are_those_of_the_later_events(
    open_stream: Callable[[], Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "SESSIONS_AT_A_TIME", 7)
    events = random_events(random.Random(11), sessions=60)
    # a visit that goes on past the end of the term, one that ends and one that begins with it
    end = (BEFORE - MONDAY) / timedelta(minutes=1)
    events += [
        event(p, end + n, visitor_id="me", session_id="long") for p, n in zip("abcde", range(-3, 2), strict=True)
    ]
    events += [event("a", end - 0.001, visitor_id="me", session_id="ends"), event("b", end, session_id="begins")]
    later = [e for e in events if e.occurred_at >= BEFORE]
    all_came, only_later = open_stream(), open_stream()
    all_came.apply(events)
    only_later.apply(later)
    assert forget_old_events(all_came.connection, BEFORE) == len(events) - len(later) > 40
    for table in STATE:
        assert all_came.table(table) == only_later.table(table), table
    assert forget_old_events(all_came.connection, BEFORE) == 0


def test_an_order_s_note_goes_with_its_event(stream: Stream) -> None:
    old, new = event("a", 0, "purchase"), event("b", 60 * 24 * 12, "purchase", session_id="s2")
    stream.apply([old, new])
    stream.execute(
        f"insert into serving.purchases values ('1', 'a', '{old.event_id}'), ('2', 'b', '{new.event_id}')"
        " on conflict do nothing"
    )
    assert forget_old_events(stream.connection, BEFORE) == 1
    assert stream.table("purchases") == [("2", "b", new.event_id)]
