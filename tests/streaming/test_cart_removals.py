"""What was taken out of the cart again counts as looked at, and the cart's list answers to it."""

from __future__ import annotations

import pytest

from benchmarks.support.clicks import as_record, event, session
from streaming.rebuild import rebuild_lists
from tests.streaming.test_product_events import read
from tests.support.streams import Stream

pytestmark = pytest.mark.services


@pytest.fixture
def shop(stream: Stream) -> Stream:
    """Four visitors who put a laptop and a bag into their carts."""
    for n in range(4):
        who = {"visitor_id": f"w{n}", "session_id": f"w{n}"}
        stream.apply([event("laptop", 0, "cart", **who), event("bag", 1, "cart", category="Bags", **who)])
    return stream


def test_a_removal_empties_the_cart_list_at_once(shop: Stream) -> None:
    counts = shop.table("product_counts")
    shop.apply([event("laptop", 0, "cart", visitor_id="me")])
    assert shop.shown_to("me", "cart") == ["bag"]
    added = shop.table("product_counts")
    shop.apply([event("laptop", 1, "removed", visitor_id="me")])
    assert shop.shown_to("me", "cart") == []
    assert shop.table("product_counts") == added != counts
    shop.apply([event("mouse", 2, visitor_id="me")])
    assert shop.shown_to("me", "cart") == []
    rebuild_lists(shop.url)
    assert shop.shown_to("me", "cart") == []
    [reasons] = shop.connection.execute(
        "select array_agg(distinct reason) from serving.recommendations where visitor_id = 'me'"
    )
    assert not any("cho" in reason for reason in reasons[0]), reasons


@pytest.mark.parametrize("in_one_batch", [True, False])
def test_put_back_into_the_cart_it_is_in_it_again_in_any_order(shop: Stream, in_one_batch: bool) -> None:
    steps = [event("laptop", n, kind, visitor_id="me") for n, kind in ((0, "cart"), (2, "cart"), (1, "removed"))]
    for batch in [steps] if in_one_batch else [[step] for step in steps]:
        shop.apply(batch)
    assert shop.shown_to("me", "cart") == ["bag"]
    shop.apply([event("laptop", 4, "removed", visitor_id="me")])
    assert shop.shown_to("me", "cart") == []
    # two that come late: the newest of all counts
    shop.apply([event("laptop", 3, "cart", visitor_id="me"), event("laptop", 1, "removed", visitor_id="me")])
    assert shop.shown_to("me", "cart") == []


def test_a_removal_of_a_stranger_changes_nothing(shop: Stream) -> None:
    before = [shop.table(table) for table in ("visitor_events", "recommendations")]
    shop.apply([event("laptop", 1, "removed", visitor_id="nobody")])
    assert [shop.table(table) for table in ("visitor_events", "recommendations")] == before


def test_product_removed_is_read_from_its_record() -> None:
    made = event("8001")
    assert read(as_record(made, event="Product Removed")) == [made._replace(kind="removed")]
    assert session("8001")
