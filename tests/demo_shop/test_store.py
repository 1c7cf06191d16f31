"""The demo shop's store: what is saved survives a restart, and every change sets `updated_at`."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from benchmarks.support.small_shop import START, a_customer, a_product, fill
from demo_shop.store.checkout import CheckoutError
from demo_shop.store.ids import FIRST_IDS
from demo_shop.store.model import Product
from demo_shop.store.store import Store

LATER = datetime(2026, 6, 1, 12, tzinfo=UTC)
FIRST = FIRST_IDS["product"]


def found(store: Store, product_id: int) -> Product:
    product = store.product(product_id)
    assert product is not None
    return product


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path / "shop.sqlite")
    orders = fill(store)
    store.close()

    again = Store(tmp_path / "shop.sqlite")

    assert list(again.orders(order_by="id")) == orders
    assert again.product(FIRST + 3) == a_product(3)
    assert again.customer(FIRST_IDS["customer"]) == a_customer(0)
    assert again.counts() == {"products": 7, "locations": 2, "customers": 3, "orders": 4}


def test_saving_again_replaces(store: Store) -> None:
    store.save_products([a_product(3, stock=77)])

    assert found(store, FIRST + 3).stock[FIRST_IDS["location"]] == 77
    assert store.counts()["products"] == 7


def test_bounds_are_inclusive_whole_seconds(store: Store) -> None:
    at = START + timedelta(hours=4)
    store.save_products([a_product(20, changed=-timedelta(hours=16) + timedelta(milliseconds=700))])

    exact = [p.product_id - FIRST for p in store.products(updated_from=at, updated_to=at)]
    after = [p.product_id - FIRST for p in store.products(updated_from=at + timedelta(seconds=1), order_by="id")]

    assert exact == [4, 20], "a fraction of the second 12:00:00 still counts as 12:00:00"
    assert 4 not in after and 5 in after


@pytest.mark.parametrize("descending", [False, True])
def test_pages_after_a_row_give_every_row_once(store: Store, descending: bool) -> None:
    seen: list[int] = []
    after: tuple[int, int] | None = None
    while page := list(store.products(after=after, limit=3, descending=descending)):
        seen += [p.product_id for p in page]
        after = int(page[-1].updated_at.timestamp()), page[-1].product_id

    assert seen == [p.product_id for p in store.products(descending=descending)]
    assert len(set(seen)) == 7


def test_an_order_is_priced_discounted_taxed_and_taken_off_the_stock(store: Store) -> None:
    before = found(store, FIRST + 3)

    order = store.place_order([(FIRST + 3, 2)], discount_code="WELCOME10", country_code="FR", at=LATER)

    (line,) = order.lines
    assert (line.unit_price, line.discount, line.tax) == (Decimal("102.90"), Decimal("20.58"), Decimal("37.04"))
    after = found(store, FIRST + 3)
    assert sum(after.stock.values()) == sum(before.stock.values()) - 2
    assert after.updated_at == LATER


def test_an_order_in_dollars_is_priced_at_the_rate_of_the_day(store: Store) -> None:
    order = store.place_order([(FIRST, 1)], currency="USD", country_code="US", at=LATER)

    assert (order.exchange_rate, order.lines[0].unit_price) == (Decimal("1.08"), Decimal("107.89"))
    assert order.lines[0].tax == 0
    assert order.shipping == Decimal("5.29"), "107.89 dollars are less than 100 euros' worth"


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"lines": []}, "at least one line"),
        ({"lines": [(FIRST, 0)]}, "quantity of 1 or more"),
        ({"lines": [(1, 1)]}, "no product 1"),
        ({"lines": [(FIRST, 1)], "currency": "GBP"}, "does not sell in GBP"),
        ({"lines": [(FIRST, 1)], "discount_code": "NONE"}, "no discount code 'NONE'"),
        ({"lines": [(FIRST, 1)], "customer_id": 1}, "no customer 1"),
    ],
)
def test_an_impossible_order_is_refused_and_leaves_nothing(store: Store, wanted: dict, reason: str) -> None:
    before = store.counts(), [p.stock for p in store.products()]

    with pytest.raises(CheckoutError, match=reason):
        store.place_order(**wanted)

    assert (store.counts(), [p.stock for p in store.products()]) == before


def test_a_refund_puts_units_back_and_counts_as_a_change(store: Store) -> None:
    order = store.place_order([(FIRST + 3, 3)], at=LATER)
    stock = found(store, FIRST + 3).stock

    refunded = store.refund_order(order.order_id, {order.lines[0].line_id: 2}, at=LATER + timedelta(days=1))

    assert refunded.financial_status == "PARTIALLY_REFUNDED"
    assert refunded.updated_at == LATER + timedelta(days=1)
    assert sum(found(store, FIRST + 3).stock.values()) == sum(stock.values()) + 2
    assert store.refund_order(order.order_id).financial_status == "REFUNDED"
    with pytest.raises(CheckoutError, match="at least one line"):
        store.refund_order(order.order_id)


def test_a_cancelled_order_gives_back_what_was_not_refunded(store: Store) -> None:
    stock = sum(found(store, FIRST + 3).stock.values())
    order = store.place_order([(FIRST + 3, 3)], at=LATER)
    store.refund_order(order.order_id, {order.lines[0].line_id: 1}, at=LATER)

    cancelled = store.cancel_order(order.order_id, at=LATER + timedelta(days=2))

    assert cancelled.cancelled_at == cancelled.updated_at == LATER + timedelta(days=2)
    assert sum(found(store, FIRST + 3).stock.values()) == stock
    with pytest.raises(CheckoutError, match="already cancelled"):
        store.cancel_order(order.order_id)


def test_a_deleted_product_is_gone_and_remembered(store: Store) -> None:
    store.delete_product(FIRST + 2, at=LATER)

    assert store.product(FIRST + 2) is None
    assert [d.subject_id for d in store.deletions("Product", since=LATER, until=LATER)] == [FIRST + 2]
    assert store.deletions("Product", since=LATER + timedelta(seconds=1)) == []
    with pytest.raises(KeyError, match=f"no product {FIRST + 2}"):
        store.delete_product(FIRST + 2)


def test_new_ids_are_above_every_saved_one(store: Store) -> None:
    store.save_products([a_product(500)])

    assert store.new_id("product") == FIRST + 501
    assert list(store.new_ids("variant", 2)) == [FIRST_IDS["variant"] + 501, FIRST_IDS["variant"] + 502]
    assert store.new_id("order_number") == 1005
    order = store.place_order([(FIRST, 1)])
    assert order.order_id > max(o.order_id for o in store.orders() if o != order)


def test_orders_placed_at_the_same_time_lose_no_stock(store: Store) -> None:
    before = sum(found(store, FIRST + 3).stock.values())

    def buy() -> None:
        for _ in range(10):
            store.place_order([(FIRST + 3, 1)])
        store.close()

    buyers = [threading.Thread(target=buy) for _ in range(4)]
    for buyer in buyers:
        buyer.start()
    for buyer in buyers:
        buyer.join()

    assert sum(found(store, FIRST + 3).stock.values()) == before - 40
    numbers = [order.number for order in store.orders()]
    assert len(numbers) == len(set(numbers)) == 44
