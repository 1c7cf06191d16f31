"""Amounts of orders and refunds add up to the cent, whatever the customer returns and in which steps."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.support.small_shop import a_product
from demo_shop.store.amounts import OrderAmounts
from demo_shop.store.checkout import Pricing, build_order, cancel, refund, refundable
from demo_shop.store.model import Order
from demo_shop.store.transactions import transactions

NOW = datetime(2026, 5, 1, tzinfo=UTC)
numbers = count(1)


def new_id(_kind: str) -> int:
    return next(numbers)


@st.composite
def orders(draw: st.DrawFn) -> Order:
    quantities = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
    discount = Decimal(draw(st.integers(0, 60))) / 100
    rate = Decimal(draw(st.integers(50, 15_000))) / 100
    pricing = Pricing(
        exchange_rates={"EUR": Decimal(1), "XXX": rate},
        discount_codes={"CODE": discount},
        tax_rates={"FR": Decimal("0.20")},
    )
    basket = [(a_product(position), quantity) for position, quantity in enumerate(quantities)]
    return build_order(basket, new_id=new_id, pricing=pricing, at=NOW, currency="XXX", discount_code="CODE")


@given(orders(), st.randoms())
def test_refunds_in_any_steps_give_back_exactly_what_was_paid(order: Order, random: Random) -> None:
    paid = {line.line_id: (line.unit_price * line.quantity - line.discount, line.tax) for line in order.lines}
    while left := {line_id: units for line_id, units in refundable(order).items() if units}:
        line_id = random.choice(list(left))
        order = refund(order, {line_id: random.randint(1, left[line_id])}, new_id=new_id, at=NOW)

    back = {
        line_id: (
            sum(x.subtotal for made in order.refunds for x in made.lines if x.line_id == line_id),
            sum(x.tax for made in order.refunds for x in made.lines if x.line_id == line_id),
        )
        for line_id in paid
    }
    assert back == paid
    assert order.financial_status == "REFUNDED"
    assert all(x.subtotal >= 0 and x.tax >= 0 for made in order.refunds for x in made.lines)


@given(orders())
def test_payments_balance_in_the_customers_currency(order: Order) -> None:
    line_id = order.lines[0].line_id
    order = cancel(refund(order, {line_id: 1}, new_id=new_id, at=NOW), at=NOW)

    sale, *back = transactions(order)

    assert sale.amount.presentment == OrderAmounts(order).total.presentment
    assert sum(t.amount.presentment for t in back) == sale.amount.presentment
    assert sum(t.amount.shop for t in back) == sale.amount.shop
    assert len({t.transaction_id for t in (sale, *back)}) == 3
