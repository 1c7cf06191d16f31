"""A record that Postgres refuses is set apart with its reason; everything else of its batch counts once."""

from __future__ import annotations

import math
import random

import psycopg
import pyarrow as pa
import pytest

from benchmarks.support.clicks import as_records, event, random_events, session
from streaming import product_events
from streaming.batch_report import BatchReport
from streaming.batch_rows import BatchRow
from streaming.memory import ShopMemory
from streaming.poison import Isolation
from tests.support.refusals import accept, refuse, tries
from tests.support.streams import NAME, Stream, assert_same_memory

pytestmark = pytest.mark.services

EVENTS = "serving.visitor_events"
APART = 'select "partition", "offset", event_id, reason from serving.poison_records order by 1, 2'
FENCE = 'select "partition", next_offset from serving.stream_offsets'


def isolation_of(stream: Stream) -> Isolation:
    return Isolation(stream.connection, NAME, lambda: ShopMemory(stream.connection))


def test_one_poison_record_of_ten_thousand_stands_alone(stream: Stream) -> None:
    rng = random.Random(20261127)
    events = random_events(rng, sessions=2_000, products=300)[:10_000]
    assert len(events) == 10_000
    poison = events[6_789]
    refuse(stream.url, EVENTS, poison.event_id)
    isolation = isolation_of(stream)
    report = isolation.apply(stream.rows(events))
    assert (report.events, report.set_apart, report.rows) == (9_999, 1, 10_000)
    counted = {event_id for (event_id,) in stream.table("visitor_events", "event_id")}
    assert counted == {e.event_id for e in events} - {poison.event_id}
    assert stream.connection.execute(APART).fetchall() == [
        (0, 6_789, poison.event_id, "RaiseException: there is no room")
    ]
    assert stream.connection.execute(FENCE).fetchall() == [(0, 10_000)]
    assert tries(stream.url) <= math.ceil(math.log2(10_000)) + 1
    [(views, carts, purchases)] = stream.connection.execute(
        "select sum(views_count)::int, sum(carts_count)::int, sum(purchases_count)::int from serving.product_counts"
    ).fetchall()
    assert views + carts + purchases == 9_999

    report = isolation.apply(stream.rows(session("8001", "8002", visitor_id="after", session_id="after")))
    assert (report.events, report.set_apart) == (2, 0)
    assert isolation._memory is not None
    assert_same_memory(stream, {e.product_id for e in events}, isolation._memory)


def test_neighbouring_and_many_poison_records_each_stand_alone(stream: Stream) -> None:
    events = random_events(random.Random(3), sessions=150)[:600]
    bad = {0, 1, 2, 299, 300, 599}
    stream.execute(f"alter table {EVENTS} add constraint no_bad check (session_id <> 'bad')")
    rows = stream.rows([e._replace(session_id="bad") if n in bad else e for n, e in enumerate(events)])
    report = isolation_of(stream).apply(rows)
    assert (report.events, report.set_apart) == (594, 6)
    apart = stream.connection.execute(APART).fetchall()
    assert {offset for _, offset, _, _ in apart} == bad
    assert {reason.partition('"visitor')[0] for *_, reason in apart} == {"CheckViolation: new row for relation "}
    assert not any("v0" in reason or "bad" in reason.replace("no_bad", "") for *_, reason in apart), "no visitor"


def test_a_record_of_several_rows_is_counted_whole_or_not_at_all(stream: Stream) -> None:
    lines = [event(product, kind="purchase", event_id="order") for product in ("a", "poison", "c")]
    rows = [*(BatchRow(0, 5, line, "o1") for line in lines), BatchRow(0, 6, event("d"))]
    stream.execute("alter table serving.recommendation_lists add check (array_position(product_ids, 'd') is null)")
    stream.execute(f"alter table {EVENTS} add constraint refused check (product_id <> 'poison')")
    report = isolation_of(stream).apply(rows)
    assert (report.events, report.set_apart) == (1, 1)
    assert stream.table("visitor_events", "product_id") == [("d",)]
    assert stream.table("purchases") == []


def test_postgres_away_is_nobodys_fault(stream: Stream) -> None:
    events = session(*"abcdefgh")
    refuse(stream.url, EVENTS, events[3].event_id, "perform pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(psycopg.OperationalError):
        isolation_of(stream).apply(stream.rows(events))
    assert tries(stream.url) == 1
    with psycopg.connect(stream.url) as connection:
        assert connection.execute(APART).fetchall() == connection.execute(FENCE).fetchall() == []


def test_once_the_reason_is_gone_the_record_can_be_counted(stream: Stream) -> None:
    events = session(*"abcd")
    rows = stream.rows(events)
    refuse(stream.url, EVENTS, events[1].event_id)
    assert isolation_of(stream).apply(rows).set_apart == 1
    accept(stream.url, EVENTS)
    stream.execute("delete from serving.poison_records")
    stream.execute("update serving.stream_offsets set next_offset = 1")
    report = isolation_of(stream).apply(rows)
    assert (report.replayed, report.duplicates, report.events) == (1, 2, 1)
    assert len(stream.table("visitor_events")) == 4


def test_a_record_that_the_executors_cannot_read_is_set_apart(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    events = session(*"abc")
    read = product_events.product_events

    def fail(envelope: product_events.Envelope) -> list[product_events.ProductEvent]:
        if envelope.message_id == events[1].event_id:
            raise KeyError("product_id")
        return read(envelope)

    monkeypatch.setattr(product_events, "product_events", fail)
    batch = pa.RecordBatch.from_pydict({"partition": [0] * 3, "offset": [7, 8, 9], "value": as_records(events)})
    report = isolation_of(stream).apply(product_events.rows_of_records(batch))
    assert (report.events, report.set_apart) == (2, 1)
    assert stream.connection.execute(APART).fetchall() == [(0, 8, events[1].event_id, "KeyError: 'product_id'")]


def test_nothing_read_is_nothing_done(stream: Stream) -> None:
    assert isolation_of(stream).apply([]) == BatchReport(0, 0, 0, 0, 0)
