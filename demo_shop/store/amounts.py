"""An order's sums in both of its currencies: the one the customer pays in, and the shop's.

An amount in the shop's currency is the customer's amount divided by the exchange rate, rounded half-up to the smallest
unit of the shop's currency.
Sums are sums of rounded amounts, so that lines, totals and refunds agree in both currencies.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from comptoir.currencies import rounded
from demo_shop.store.model import Order, OrderLine, Refund, RefundLine


@dataclass(frozen=True, slots=True)
class Money:
    """One amount in the order's (presentment) currency and in the shop's."""

    presentment: Decimal
    shop: Decimal

    def __add__(self, other: Money) -> Money:
        return Money(self.presentment + other.presentment, self.shop + other.shop)

    def __sub__(self, other: Money) -> Money:
        return Money(self.presentment - other.presentment, self.shop - other.shop)

    def times(self, quantity: int) -> Money:
        """The amount of so many units."""
        return Money(self.presentment * quantity, self.shop * quantity)


ZERO = Money(Decimal("0.00"), Decimal("0.00"))


def total(amounts: Iterable[Money]) -> Money:
    """The sum, zero when there are none."""
    return sum(amounts, ZERO)


class OrderAmounts:
    """The sums of an order that the APIs show, computed once. `current_` ones are after refunds and cancellation.

    `lines_price` is before discounts, `subtotal` after them; both, and `shipping`, are without tax.
    """

    def __init__(self, order: Order) -> None:
        self._rate, self._book_currency = order.exchange_rate, order.book_currency or "EUR"
        self.lines_price = total(self.unit_price(line).times(line.quantity) for line in order.lines)
        self.discounts = total(self.discount(line) for line in order.lines)
        self.subtotal = self.lines_price - self.discounts
        self.tax = total(self.of(line.tax) for line in order.lines)
        self.shipping = self.of(order.shipping)
        self.shipping_discount = self.of(order.shipping_discount)
        self.duties, self.fees = self.of(order.duties), self.of(order.fees)
        self.tips = total(self.line_total(line) for line in order.lines if line.kind == "tip")
        on_top = ZERO if order.has_taxes_included else self.tax
        self.total = self.subtotal + on_top + self.shipping - self.shipping_discount + self.duties + self.fees
        self.refunded_subtotal = total(self.of(x.subtotal) for refund in order.refunds for x in refund.lines)
        self.refunded_tax = total(self.of(x.tax) for refund in order.refunds for x in refund.lines)
        self._has_taxes_included = order.has_taxes_included
        self.refunded = total(self.refund_total(refund) for refund in order.refunds)
        self.outstanding = self.total if order.financial_status == "PENDING" else ZERO
        is_cancelled = order.cancelled_at is not None
        self.current_subtotal = ZERO if is_cancelled else self.subtotal - self.refunded_subtotal
        self.current_tax = ZERO if is_cancelled else self.tax - self.refunded_tax
        self.current_total = ZERO if is_cancelled else self.total - self.refunded

    def of(self, amount: Decimal) -> Money:
        """An amount given in the order's currency, in both currencies."""
        return Money(amount, rounded(amount / self._rate, self._book_currency))

    def unit_price(self, line: OrderLine) -> Money:
        """The price of one unit before discount."""
        return self.of(line.unit_price)

    def line_total(self, line: OrderLine) -> Money:
        """All units of the line after its discount, without tax."""
        return self.unit_price(line).times(line.quantity) - self.discount(line)

    def discount(self, line: OrderLine) -> Money:
        """The line's discount: the sum of its shares, each rounded on its own."""
        return total(self.of(share) for share in line.shares or (line.discount,))

    def refund_total(self, refund: Refund) -> Money:
        """What the customer got back, tax included."""
        beside = self.of(refund.goodwill) + self.of(refund.shipping)
        return total(self.refund_line_total(line) for line in refund.lines) + beside

    def refund_line_total(self, line: RefundLine) -> Money:
        """What the customer got back for one line, tax included."""
        return self.of(line.subtotal) + (ZERO if self._has_taxes_included else self.of(line.tax))


def tax_rate(line: OrderLine) -> float:
    """The rate behind a line's tax, as a fraction with four decimals."""
    return float((line.tax / line.net).quantize(Decimal("0.0001"))) if line.net else 0.0
