from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from msgspec import json, structs

from benchmarks.support.clicks import CONSENT, MONDAY, as_record, event
from benchmarks.support.events import wire
from benchmarks.support.fuzzing import RECORDS
from events.context import Context
from events.envelope import Envelope, read_envelope
from events.event import Event, parse
from recommendations.session_counts import ProductEvent
from streaming.product_events import product_events, rows_of_records


def read(record: bytes) -> list[ProductEvent]:
    envelope = read_envelope(record)
    assert isinstance(envelope, Envelope), envelope
    return product_events(envelope)


def context(**changes: Any) -> dict[str, Any]:
    return {"sessionId": "s1", "consent": CONSENT, "userAgent": "Mozilla/5.0"} | changes


def test_views_carts_and_orders_come_back_as_they_went() -> None:
    for kind in ("view", "cart", "purchase"):
        made = event("8001", kind=kind)
        assert read(as_record(made)) == [made]


def test_an_order_is_one_row_per_product() -> None:
    lines = [{"product_id": 1, "category": "A"}, {"product_id": "2"}, {"product_id": "1", "category": "B"}]
    rows = read(as_record(event("1", kind="purchase"), properties={"order_id": "o1", "products": lines}))
    assert sorted((row.product_id, row.category) for row in rows) == [("1", "A"), ("2", "")]


def test_other_events_bots_and_unconsented_visitors_do_not_count() -> None:
    viewed = event("8001")
    assert read(as_record(viewed, event="Product Clicked")) == []
    assert read(wire(type="page", event=None, context=context())) == []
    assert read(as_record(viewed, context=context(userAgent="Googlebot/2.1"))) == []
    assert read(as_record(viewed, context=context(consent=None))) == []


def test_a_refusal_is_told_whatever_the_event() -> None:
    refused = context(consent={"analytics": True, "personalisation": False})
    for record in (as_record(event("8001"), context=refused), wire(type="page", event=None, context=refused)):
        assert [row.kind for row in read(record)] == ["withdrawn"]


def test_late_events_count_and_impossible_times_do_not() -> None:
    viewed = event("8001")
    assert read(as_record(viewed, receivedAt=MONDAY + timedelta(days=40))) == [viewed]
    assert read(as_record(viewed, receivedAt=MONDAY + timedelta(days=3650))) == []
    assert read(as_record(viewed, receivedAt=MONDAY - timedelta(days=1))) == []


def test_without_a_session_the_day_stands_for_it() -> None:
    assert [row.session_id for row in read(as_record(event("8001"), context=context(sessionId=None)))] == ["2026-11-16"]


def test_poison_is_passed_over_and_the_end_of_the_log_is_told() -> None:
    values = [as_record(event("8001")), b"\xff not json", None, b'{"type":"track"}']
    batch = pa.RecordBatch.from_pydict({"partition": [1] * 4, "offset": [7, 8, 9, 10], "value": values})
    assert [(row.offset, row.event.kind) for row in rows_of_records(batch)] == [(7, "view"), (10, "read")]
    assert rows_of_records(batch.slice(0, 0)) == []


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=RECORDS)
def test_the_stream_reads_a_record_as_the_lander_lands_it(value: bytes) -> None:
    envelope, landed = read_envelope(value), parse(value)
    if not isinstance(envelope, Envelope):
        assert envelope == landed
        return
    assert isinstance(landed, Event)
    from_the_row = {"context": json.decode(landed.context, type=Context), "properties": json.decode(landed.properties)}
    assert product_events(structs.replace(envelope, **from_the_row)) == product_events(envelope)


def test_a_package_that_is_missing_is_no_record_s_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: object) -> list[ProductEvent]:
        raise ModuleNotFoundError("No module named 'crawlerdetect'")

    monkeypatch.setattr("streaming.product_events.product_events", missing)
    records = {"partition": [0], "offset": [0], "value": [as_record(event("a"))]}
    with pytest.raises(ModuleNotFoundError):
        rows_of_records(pa.RecordBatch.from_pydict(records))
