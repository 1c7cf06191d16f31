"""What an order's line comes to as Magento states it: without tax, whether or not the shop's prices contain it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from comptoir.currencies import rounded
from demo_shop.store.amounts import ZERO, Money, OrderAmounts
from demo_shop.store.model import Order, OrderLine, RefundLine


@dataclass(frozen=True, slots=True)
class UntaxedLine:
    """`row` is before discount. A discount on prices with tax is stated with tax, which is `compensation`."""

    row: Money
    discount: Money
    compensation: Money = ZERO


class UntaxedLines:
    """The lines of one order; `book_currency` is the shop's at that time."""

    def __init__(self, order: Order, amounts: OrderAmounts, book_currency: str) -> None:
        self._order, self._amounts, self._book_currency = order, amounts, book_currency

    def sold(self, line: OrderLine) -> UntaxedLine:
        """All units of a line."""
        listed, taken = self._amounts.unit_price(line).times(line.quantity), self._amounts.discount(line)
        if not self._order.has_taxes_included:
            return UntaxedLine(listed, taken)
        sold = listed - taken - self._amounts.of(line.tax)
        row = Money(
            _before_discount(listed.presentment, taken.presentment, sold.presentment, self._order.currency),
            _before_discount(listed.shop, taken.shop, sold.shop, self._book_currency),
        )
        return UntaxedLine(row, taken, taken - (row - sold))

    def returned(self, line: RefundLine) -> UntaxedLine:
        """The units of a line that came back."""
        sold, back = self._order.line(line.line_id), self._amounts.of(line.subtotal)
        if not self._order.has_taxes_included:
            discount = self._amounts.of(sold.unit_price * line.quantity - line.subtotal)
            return UntaxedLine(back + discount, discount)
        whole, share = self.sold(sold), Decimal(line.quantity) / sold.quantity
        off = whole.discount - whole.compensation
        discount = Money(
            rounded(off.presentment * share, self._order.currency), rounded(off.shop * share, self._book_currency)
        )
        return UntaxedLine(back - self._amounts.of(line.tax) + discount, discount)


def _before_discount(listed: Decimal, taken: Decimal, sold: Decimal, currency: str) -> Decimal:
    """The tax is taken out of price and discount in proportion."""
    return rounded(listed * sold / (listed - taken), currency) if taken else sold
