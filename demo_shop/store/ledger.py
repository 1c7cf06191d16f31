"""The shop's own ledger: what finance reads per day and currency, computed from the orders in Decimal.

It shares no code with the warehouse, so that a mistake in either shows as a difference. The rule: gross is unit price
times quantity of each line of goods, without tax and shipping; net = gross - discounts - returns - cancellations. Where
prices contain the tax, it is taken out of price and discount in proportion. Gift cards sold, tips, shipping, tax,
duties and fees stand apart. Sales and discounts count on the day the order was placed, what was given back on the day
of the refund, what was not refunded of a cancelled order on the day of its cancellation, a gift card's payment on its
own. Days are in the shop's time zone. Each amount is converted to the shop's currency on its own and rounded to its
smallest unit, as Shopify stores it; books of a past currency are converted at the rate that `past_rates` gives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from comptoir.currencies import rounded
from demo_shop.store.model import Order, OrderLine, Refund

ZERO = Decimal("0.00")
GOODS = ("gross", "discounts", "returns", "cancellations")
CHARGES = ("shipping", "tax", "duties", "fees", "tips", "gift_cards_sold")

Amounts = dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One day and currency. Amounts are in `currency`, those ending in `_shop` in the shop's currency.

    `returns_by_order_date` are the returns of orders placed that day, whenever they came back; not part of `net`.
    `gift_cards_redeemed_shop` is what gift cards paid, less what was put back on them.
    """

    sales_date: date
    currency: str
    gross: Decimal
    discounts: Decimal
    returns: Decimal
    cancellations: Decimal
    net: Decimal
    gross_shop: Decimal
    discounts_shop: Decimal
    returns_shop: Decimal
    cancellations_shop: Decimal
    net_shop: Decimal
    returns_by_order_date: Decimal
    orders_count: int
    units: int
    shipping: Decimal
    tax: Decimal
    duties: Decimal
    fees: Decimal
    tips: Decimal
    gift_cards_sold: Decimal
    shipping_shop: Decimal
    tax_shop: Decimal
    duties_shop: Decimal
    fees_shop: Decimal
    tips_shop: Decimal
    gift_cards_sold_shop: Decimal
    gift_cards_redeemed_shop: Decimal


def ledger(
    orders: Iterable[Order],
    timezone: str,
    shop_currency: str = "EUR",
    past_rates: Mapping[str, Decimal] | None = None,
) -> list[LedgerRow]:
    """The ledger of `orders` by day (in the IANA `timezone`) and currency. A day without any movement has no row.

    `shop_currency` is the shop's today, `past_rates` its units for one unit of a currency that it kept its books in.
    """
    zone = ZoneInfo(timezone)
    sums: dict[tuple[date, str], defaultdict[str, Any]] = defaultdict(lambda: defaultdict(int))
    for order in orders:
        if order.is_test:
            continue
        for moment, amounts in _Entries(order, shop_currency, past_rates or {}).all():
            day = sums[moment.astimezone(zone).date(), order.currency]
            for column, amount in amounts.items():
                day[column] += amount
    return [_row(*key, sums[key]) for key in sorted(sums)]


def _row(day: date, currency: str, sums: Mapping[str, Any]) -> LedgerRow:
    in_both: Amounts = {}
    for suffix in ("", "_shop"):
        parts = {name: ZERO + sums[name + suffix] for name in GOODS}
        in_both |= {name + suffix: amount for name, amount in parts.items()}
        in_both["net" + suffix] = parts["gross"] - parts["discounts"] - parts["returns"] - parts["cancellations"]
        in_both |= {name + suffix: ZERO + sums[name + suffix] for name in CHARGES}
    return LedgerRow(
        day,
        currency,
        **in_both,
        returns_by_order_date=ZERO + sums["returns_by_order_date"],
        gift_cards_redeemed_shop=ZERO + sums["gift_cards_redeemed_shop"],
        orders_count=int(sums["orders_count"]),
        units=int(sums["units"]),
    )


class _Entries:
    """What one order adds to the ledger: the sale, each refund, the cancellation, the payment by gift card."""

    def __init__(self, order: Order, shop_currency: str, past_rates: Mapping[str, Decimal]) -> None:
        self._order, self._shop_currency = order, shop_currency
        self._book_currency = order.book_currency or shop_currency
        self._past_rate = Decimal(1) if self._book_currency == shop_currency else past_rates[self._book_currency]
        self._goods = [line for line in order.lines if line.kind == "product"]

    def all(self) -> Iterator[tuple[datetime, Mapping[str, Decimal | int]]]:
        """(time, amounts) of each."""
        order = self._order
        sale = self._sale()
        charged = self._charged()
        units = sum(line.quantity for line in self._goods)
        yield order.placed_at, sale | charged | {"orders_count": 1, "units": units}
        left = sum_of(sale, charged)
        for refund in order.refunds:
            returned, given_back = self._returned(refund), self._given_back(refund)
            yield refund.created_at, returned | {name: -amount for name, amount in given_back.items()}
            yield order.placed_at, {"returns_by_order_date": returned["returns"]}
            left = minus(left, returned, given_back)
        if order.cancelled_at is not None:
            taken = {f"cancellations{side}": _goods_left(left, side) for side in ("", "_shop")}
            charges = {name: -amount for name, amount in left.items() if name.removesuffix("_shop") in CHARGES}
            yield order.cancelled_at, taken | charges
        if order.gift_card_paid:
            yield order.placed_at, {"gift_cards_redeemed_shop": self._shop(self._booked(order.gift_card_paid))}

    def _booked(self, amount: Decimal) -> Decimal:
        """An amount of the customer in the shop's currency of that time."""
        return rounded(amount / self._order.exchange_rate, self._book_currency)

    def _shop(self, booked: Decimal) -> Decimal:
        """A booked amount in the shop's currency of today."""
        return booked if self._past_rate == 1 else rounded(booked * self._past_rate, self._shop_currency)

    def _sale(self) -> Amounts:
        sums: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        for line in self._goods:
            listed, taken, tax = line.unit_price * line.quantity, line.discount, line.tax
            gross, sold = self._without_tax(line, listed, taken, tax, self._order.currency)
            sums["gross"] += gross
            sums["discounts"] += gross - sold
            booked = self._booked(line.unit_price) * line.quantity
            booked_off = sum(map(self._booked, line.shares or (taken,)), ZERO)
            gross, sold = self._without_tax(line, booked, booked_off, self._booked(tax), self._book_currency)
            sums["gross_shop"] += self._shop(gross)
            sums["discounts_shop"] += self._shop(gross) - self._shop(sold)
        return dict(sums)

    def _without_tax(
        self, line: OrderLine, listed: Decimal, taken: Decimal, tax: Decimal, currency: str
    ) -> tuple[Decimal, Decimal]:
        """Gross and sold, both without tax."""
        if not self._order.has_taxes_included:
            return listed, listed - taken
        sold = listed - taken - tax
        return (listed - tax if not taken else rounded(listed * sold / (listed - taken), currency)), sold

    def _charged(self) -> Amounts:
        order = self._order
        paid = {
            "shipping": [order.shipping, -order.shipping_discount],
            "tax": [line.tax for line in order.lines],
            "duties": [order.duties],
            "fees": [order.fees],
            "tips": [line.net for line in order.lines if line.kind == "tip"],
            "gift_cards_sold": [line.net for line in order.lines if line.kind == "gift_card"],
        }
        return self._both(paid)

    def _returned(self, refund: Refund) -> Amounts:
        is_goods = {line.line_id for line in self._goods}
        back = [line for line in refund.lines if line.line_id in is_goods]
        tax = [line.tax if self._order.has_taxes_included else ZERO for line in back]
        booked = [
            self._booked(line.subtotal) - (self._booked(line.tax) if self._order.has_taxes_included else ZERO)
            for line in back
        ]
        return {
            "returns": sum((line.subtotal - t for line, t in zip(back, tax, strict=True)), ZERO) + refund.goodwill,
            "returns_shop": sum(map(self._shop, booked), ZERO) + self._shop(self._booked(refund.goodwill)),
        }

    def _given_back(self, refund: Refund) -> Amounts:
        kinds = {line.line_id: line.kind for line in self._order.lines}
        back = {"tip": "tips", "gift_card": "gift_cards_sold"}
        paid: dict[str, list[Decimal]] = {"shipping": [refund.shipping], "tax": [line.tax for line in refund.lines]}
        for line in refund.lines:
            if name := back.get(kinds[line.line_id]):
                paid.setdefault(name, []).append(line.subtotal)
        return self._both(paid)

    def _both(self, paid: Mapping[str, list[Decimal]]) -> Amounts:
        """The sums in the customer's currency, and in the shop's.

        What the books have as one amount, tax and shipping of an order, is converted as one.
        """
        sums: Amounts = {}
        for name, amounts in paid.items():
            booked = sum(map(self._booked, amounts), ZERO)
            sums |= {name: sum(amounts, ZERO), f"{name}_shop": self._shop(booked)}
        return sums


def sum_of(*parts: Mapping[str, Decimal]) -> Amounts:
    """The parts in one, which share no name."""
    return {name: amount for part in parts for name, amount in part.items()}


def minus(left: Amounts, returned: Amounts, given_back: Amounts) -> Amounts:
    """What is left of an order after a refund."""
    rest = dict(left)
    for name, amount in {**returned, **given_back}.items():
        # returns are kept as a sum of their own
        rest[name] = rest.get(name, ZERO) + amount if name.startswith("returns") else rest.get(name, ZERO) - amount
    return rest


def _goods_left(left: Amounts, side: str) -> Decimal:
    parts = (left.get(f"{name}{side}", ZERO) for name in ("gross", "discounts", "returns"))
    gross, discounts, returns = parts
    return gross - discounts - returns
