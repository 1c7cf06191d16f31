"""What somebody bought on one device is not recommended to them on another (case F6)."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pytest

from benchmarks.support.clicks import CONSENT, as_record, event, session
from recommendations.session_counts import ProductEvent
from streaming.product_events import rows_of_records
from tests.support.streams import Stream

pytestmark = pytest.mark.services


def apply(stream: Stream, events: Sequence[ProductEvent], **changes: object) -> None:
    """Count the events as records with these fields changed."""
    values = [as_record(one, **changes) for one in events]
    stream.offset += len(values)
    offsets = list(range(stream.offset - len(values), stream.offset))
    records = pa.RecordBatch.from_pydict({"partition": [0] * len(values), "offset": offsets, "value": values})
    stream.apply_rows(rows_of_records(records))


@pytest.fixture
def shop(stream: Stream) -> Stream:
    """Many looked at a laptop, then a bag and a mouse."""
    for number in range(5):
        apply(stream, session("laptop", "bag", "mouse", visitor_id=f"other-{number}", session_id=f"s-{number}"))
    apply(stream, [event("laptop", 60, visitor_id="phone", session_id="p")], userId="ada")
    assert {"bag", "mouse"} <= set(stream.shown_to("phone"))
    return stream


def test_a_purchase_on_another_device_leaves_the_list_in_its_batch(shop: Stream) -> None:
    apply(shop, [event("bag", 61, "purchase", visitor_id="desk", session_id="d")], userId="ada")
    assert "bag" not in shop.shown_to("phone")
    assert "mouse" in shop.shown_to("phone")


def test_so_does_one_that_the_shops_server_reports(shop: Stream) -> None:
    apply(shop, [event("bag", 61, "purchase")], userId="ada", anonymousId=None)
    assert "bag" not in shop.shown_to("phone")


def test_who_signs_in_after_the_purchase_is_known_from_then_on(shop: Stream) -> None:
    apply(shop, [event("bag", 61, "purchase", visitor_id="desk", session_id="d")])
    assert "bag" in shop.shown_to("phone")
    identified = {"type": "identify", "event": None, "properties": {}, "userId": "ada"}
    apply(shop, [event("", 62, visitor_id="desk", session_id="d")], **identified)
    apply(shop, [event("laptop", 63, visitor_id="phone", session_id="p")])
    assert "bag" not in shop.shown_to("phone")


def test_without_consent_nobody_is_known_and_a_no_forgets_it(shop: Stream) -> None:
    no = {"consent": CONSENT | {"personalisation": False}}
    apply(shop, [event("laptop", 61, visitor_id="phone", session_id="p")], context=no)
    assert [row for row in shop.table("visitor_persons") if row[0] == "phone"] == []
    apply(shop, [event("laptop", 62, visitor_id="phone", session_id="p")])
    apply(shop, [event("bag", 63, "purchase", visitor_id="desk", session_id="d")], userId="ada")
    assert "bag" in shop.shown_to("phone")
