"""The shop's own ledger: compared with sums done by hand, and with rules that hold for any orders."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from demo_shop.content.catalogue import generate_products
from demo_shop.content.pricing import pricing_on
from demo_shop.store import checkout
from demo_shop.store.ids import IdCounter
from demo_shop.store.ledger import LedgerRow, ledger
from demo_shop.store.model import Order, OrderLine

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
PRODUCTS = generate_products(7, NOON, 60)


def line(line_id: int, unit_price: str, quantity: int, discount: str = "0.00") -> OrderLine:
    price, off = Decimal(unit_price), Decimal(discount)
    tax = (price * quantity - off) * Decimal("0.2")
    return OrderLine(line_id, 1, 1, "SKU", "Thing", "Brand", quantity, price, off, tax.quantize(Decimal("0.01")))


def order(*lines: OrderLine, at: datetime = NOON, currency: str = "EUR", rate: str = "1") -> Order:
    return Order(
        order_id=1,
        number=1001,
        customer_id=None,
        currency=currency,
        exchange_rate=Decimal(rate),
        country_code="FR",
        created_at=at,
        updated_at=at,
        cancelled_at=None,
        cancel_reason=None,
        financial_status="PAID",
        discount_code=None,
        shipping=Decimal("4.90"),
        source_name="web",
        lines=lines,
    )


def only(rows: list[LedgerRow]) -> LedgerRow:
    assert len(rows) == 1
    return rows[0]


def test_sale_counts_without_tax_and_shipping_on_the_order_day() -> None:
    row = only(ledger([order(line(1, "100.00", 2, "10.00"), line(2, "19.90", 1))], "Europe/Paris"))
    assert (row.sales_date, row.currency) == (date(2026, 9, 1), "EUR")
    assert (row.gross, row.discounts, row.net) == (Decimal("219.90"), Decimal("10.00"), Decimal("209.90"))
    assert (row.orders_count, row.units) == (1, 3)


def test_refund_counts_on_its_own_day_and_beside_the_order_day() -> None:
    sold = order(line(1, "100.00", 2, "10.00"))
    back = checkout.refund(sold, {1: 1}, new_id=IdCounter(), at=NOON + timedelta(days=3))
    first, second = ledger([back], "Europe/Paris")
    assert (first.net, first.returns, first.returns_by_order_date) == (Decimal("190.00"), 0, Decimal("95.00"))
    assert (second.sales_date, second.returns, second.net) == (date(2026, 9, 4), Decimal("95.00"), Decimal("-95.00"))
    assert (second.orders_count, second.units) == (0, 0)


def test_cancellation_takes_what_was_not_refunded_on_its_own_day() -> None:
    sold = order(line(1, "100.00", 2), line(2, "50.00", 1, "5.00"))
    back = checkout.refund(sold, {1: 1}, new_id=IdCounter(), at=NOON + timedelta(days=1))
    gone = checkout.cancel(back, at=NOON + timedelta(days=2))
    rows = ledger([gone], "Europe/Paris")
    assert [row.net for row in rows] == [Decimal("245.00"), Decimal("-100.00"), Decimal("-145.00")]
    assert rows[2].cancellations == Decimal("145.00")
    assert sum(row.net for row in rows) == 0


def test_days_are_the_shops() -> None:
    late = order(line(1, "10.00", 1), at=datetime(2026, 9, 1, 22, 30, tzinfo=UTC))
    assert only(ledger([late], "Europe/Paris")).sales_date == date(2026, 9, 2)
    assert only(ledger([late], "America/New_York")).sales_date == date(2026, 9, 1)


def test_shop_amounts_are_converted_one_by_one() -> None:
    sold = order(line(1, "8.61", 3, "1.00"), currency="GBP", rate="0.8612")
    row = only(ledger([sold], "Europe/Paris"))
    assert row.gross_shop == Decimal("30.00")  # 8.61 / 0.8612 = 9.9977 -> 10.00, three times
    assert row.discounts_shop == Decimal("1.16")
    assert row.net_shop == Decimal("28.84")
    assert row.net == Decimal("24.83")


def test_currencies_are_kept_apart() -> None:
    rows = ledger([order(line(1, "10.00", 1)), order(line(1, "10.00", 1), currency="GBP", rate="0.86")], "Europe/Paris")
    assert [(row.currency, row.gross) for row in rows] == [("EUR", Decimal("10.00")), ("GBP", Decimal("10.00"))]


@st.composite
def some_orders(draw: st.DrawFn) -> list[Order]:
    """Orders as the checkout makes them, some refunded in steps, some cancelled."""
    new_id, orders = IdCounter(), []
    for _ in range(draw(st.integers(1, 6))):
        basket = draw(
            st.lists(st.tuples(st.sampled_from(PRODUCTS), st.integers(1, 4)), min_size=1, max_size=3, unique_by=id)
        )
        at = NOON + timedelta(hours=draw(st.integers(0, 200)))
        made = checkout.build_order(
            basket,
            new_id=new_id,
            pricing=pricing_on(at.date()),
            at=at,
            currency=draw(st.sampled_from(["EUR", "GBP"])),
            discount_code=draw(st.sampled_from([None, "WELCOME10"])),
        )
        for step in range(draw(st.integers(0, 2))):
            left = {line_id: units for line_id, units in checkout.refundable(made).items() if units}
            if left:
                line_id = draw(st.sampled_from(sorted(left)))
                units = draw(st.integers(1, left[line_id]))
                made = checkout.refund(made, {line_id: units}, new_id=new_id, at=at + timedelta(days=1 + step))
        if draw(st.booleans()):
            made = checkout.cancel(made, at=at + timedelta(days=4))
        orders.append(made)
    return orders


@settings(deadline=None, max_examples=40)
@given(some_orders())
def test_cancelled_orders_leave_nothing_and_others_what_was_kept(orders: list[Order]) -> None:
    total = sum((row.net for row in ledger(orders, "Europe/Paris")), Decimal(0))
    kept = Decimal(0)
    for made in orders:
        if made.cancelled_at is None:
            kept += sum(line.unit_price * line.quantity - line.discount for line in made.lines)
            kept -= sum(line.subtotal for refund in made.refunds for line in refund.lines)
    assert total == kept


@settings(deadline=None, max_examples=40)
@given(some_orders())
def test_books_do_not_depend_on_the_order_of_the_orders(orders: list[Order]) -> None:
    shuffled = sorted(orders, key=lambda made: -made.order_id)
    assert ledger(shuffled, "Europe/Paris") == ledger(orders, "Europe/Paris")
    renamed = [replace(made, order_id=made.order_id + 1) for made in orders]
    assert ledger(renamed, "Europe/Paris") == ledger(orders, "Europe/Paris")
