"""A no: the visitor's events, lists and counts are gone at once, and nothing of before is used after a later yes."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest

from benchmarks.support.clicks import MONDAY, as_record, as_records, event, random_events, session
from benchmarks.support.events import wire
from benchmarks.support.kafka_records import produce
from ingestion.clickstream.landing import land
from recommendations.session_counts import ProductEvent
from streaming.product_events import WITHDRAWN
from streaming.rebuild import rebuild_lists
from streaming.recompute import compare_with_raw
from tests.streaming.test_product_events import read
from tests.support.streams import Stream, assert_same_memory, count_topic

pytestmark = pytest.mark.services

STATE = ("visitor_events", "pair_counts", "product_counts")


def no(minute: float, visitor: str = "me") -> ProductEvent:
    return event("", minute, "withdrawn", visitor_id=visitor)


def test_a_no_takes_the_visitor_out_as_if_they_had_never_come(open_stream: Callable[[], Stream]) -> None:
    others = random_events(random.Random(7), sessions=30)
    mine = [
        event("a", 0, visitor_id="me"),
        event("b", 1, "cart", visitor_id="me"),
        event("c", 2, "purchase", visitor_id="me"),
    ]
    with_me, without = open_stream(), open_stream()
    with_me.apply(others + mine)
    assert with_me.shown_to("me") and with_me.shown_to("me", "cart")
    assert with_me.apply([no(5)]).forgotten == 3
    without.apply(others)
    for table in STATE:
        assert with_me.table(table) == without.table(table), table
    for stream in (with_me, without):
        assert not stream.shown_to("me") and not stream.shown_to("me", "cart")
    assert_same_memory(with_me, {e.product_id for e in [*others, *mine]})
    for stream in (with_me, without):
        rebuild_lists(stream.url)
    assert not with_me.shown_to("me")
    assert with_me.table("trending", "category, product_id") == without.table("trending", "category, product_id")


def test_after_a_later_yes_only_what_came_after_it_counts(stream: Stream) -> None:
    stream.apply(session("laptop", "bag", "mouse", visitor_id="other", session_id="o"))
    stream.apply([event("phone", 0, "cart", visitor_id="me")])
    late = event("camera", 0.5, visitor_id="me")  # in the queue of a device until after the yes
    # before, no and after in one batch
    stream.apply([event("tv", 1, visitor_id="me"), no(2), event("laptop", 3, visitor_id="me"), late])
    assert stream.table("visitor_events", "visitor_id, product_id")[0] == ("me", "laptop")
    assert stream.shown_to("me", "cart") == []
    assert stream.shown_to("me")[0] == "bag"
    assert not {"tv", "phone", "camera"} & {product for (product,) in stream.table("product_counts", "product_id")}
    stream.apply([late._replace(event_id="sent again"), event("bag", 4, visitor_id="me")])
    assert stream.table("visitor_events", "product_id") == [("bag",), ("bag",), ("laptop",), ("laptop",), ("mouse",)]


def test_the_recomputation_agrees_however_the_log_is_split(kafka: str, database: str, topics: tuple[str, str]) -> None:
    rng = random.Random(13)
    records = []
    for n, e in enumerate(sorted(random_events(rng, sessions=60), key=lambda e: e.occurred_at)):
        records += as_records([e])
        if n % 9 == 4:
            said = {"timestamp": e.occurred_at, "receivedAt": e.occurred_at + timedelta(seconds=1)}
            refused = {"analytics": n % 2 == 0, "personalisation": False}
            kind = "page" if n % 2 == 0 else "withdrawal"
            records.append(
                wire(
                    type=kind, event=None, anonymousId=e.visitor_id, properties={}, context={"consent": refused}, **said
                )
            )
    records += rng.sample(records, 20)
    produce(kafka, topics[0], records, partition=0)
    for upto in sorted(rng.sample(range(len(records)), 5)):
        count_topic(kafka, database, topics[0], upto)
    count_topic(kafka, database, topics[0])
    land(kafka, database, [topics[0]])
    comparison = compare_with_raw(database)
    assert comparison.is_equal, comparison.message
    assert comparison.rows["visitor_events"] > 20
    with psycopg.connect(database) as connection:
        [(marked,)] = connection.execute("select count(*) from serving.withdrawals").fetchall()
        connection.execute("delete from serving.withdrawals")
    assert marked > 5
    assert not compare_with_raw(database).is_equal


def test_a_forgotten_purchase_may_be_told_again(kafka: str, database: str, topics: tuple[str, str]) -> None:
    order = {"order_id": "1001", "products": [{"product_id": "tv"}]}
    refused = {"consent": {"analytics": True, "personalisation": False}}
    told, said, again = (event("tv", minute, "purchase") for minute in (0, 1, 2))
    records = [as_record(told, properties=order), as_record(said, context=refused), as_record(again, properties=order)]
    produce(kafka, topics[0], [*records, as_record(event("tv", 3, "purchase"), properties=order)], partition=0)
    for upto in (1, 3, 4):
        count_topic(kafka, database, topics[0], upto)
    land(kafka, database, [topics[0]])
    comparison = compare_with_raw(database)
    assert comparison.is_equal, comparison.message
    assert comparison.rows["visitor_events"] == 1


def test_a_no_of_the_future_does_not_silence_a_later_yes() -> None:
    refused = {"consent": {"analytics": False, "personalisation": False}}
    times = {"timestamp": MONDAY + timedelta(days=900), "receivedAt": MONDAY}
    [row] = read(wire(type="withdrawal", event=None, properties={}, context=refused, **times))
    assert (row.kind, row.occurred_at) == (WITHDRAWN, MONDAY)
