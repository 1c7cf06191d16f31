"""The newest events of visitors in memory: read once, as many as lists are made of, and not without end."""

from __future__ import annotations

from typing import cast

import psycopg
import pytest

from benchmarks.support.clicks import event
from recommendations.visits import RECENT_EVENTS
from streaming import recent_events
from streaming.recent_events import RecentEvents
from tests.support.streams import Stream, assert_same_memory


class NoDatabase:
    """A connection that must not be used."""

    def execute(self, *_: object) -> None:
        raise psycopg.OperationalError("read")


NOBODY = cast(psycopg.Connection, NoDatabase())


def test_who_is_known_is_not_read_and_others_are() -> None:
    recent, mine = RecentEvents(), [event("a"), event("b", 1)]
    recent.keep({"me": mine})
    assert recent.load(NOBODY, {"me"}) == {"me": mine}
    with pytest.raises(psycopg.OperationalError):
        recent.load(NOBODY, {"me", "you"})
    recent.forget({"me", "you"})
    with pytest.raises(psycopg.OperationalError):
        recent.load(NOBODY, {"me"})


def test_of_many_events_the_newest_stay_whatever_came_last() -> None:
    recent = RecentEvents()
    many = [event("a", minute) for minute in range(2 * RECENT_EVENTS + 1)]
    recent.keep({"me": [*reversed(many)]})
    assert recent.load(NOBODY, {"me"}) == {"me": many[-RECENT_EVENTS:]}


def test_visitors_who_came_long_ago_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_events, "MAX_EVENTS", 3)
    recent = RecentEvents()
    recent.keep({"first": [event("a")], "second": [event("a")]})
    recent.keep({"first": [event("a"), event("b")]})  # came again: now the second is the one to go
    recent.keep({"third": [event("c")]})
    assert set(recent.load(NOBODY, {"first", "third"})) == {"first", "third"}
    with pytest.raises(psycopg.OperationalError):
        recent.load(NOBODY, {"second"})


@pytest.mark.services
def test_in_a_stream_it_holds_what_a_restarted_one_reads(stream: Stream) -> None:
    for minute in range(3 * RECENT_EVENTS):
        stream.apply([event(str(minute), -minute if minute % 7 == 0 else minute)])  # every seventh comes late
    assert_same_memory(stream, {"1", "7"})
    stream.apply([event("x", 999, visitor_id="you")])
    assert_same_memory(stream, {"1", "7"})
