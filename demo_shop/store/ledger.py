"""The shop's own ledger: net sales per day and currency, computed from the orders in Decimal.

It shares no code with the warehouse, so that a mistake in either shows as a difference. The rule: gross is unit price
times quantity of each order line, without tax and shipping; net = gross - discounts - returns - cancellations. Sales
and discounts count on the day the order was placed, returns on the day of the refund, and what was not refunded of a
cancelled order on the day of its cancellation. Days are in the shop's time zone. Each amount is converted to the
shop's currency on its own and rounded to the cent, as Shopify stores it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from demo_shop.store.checkout import cents
from demo_shop.store.model import Order

ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One day and currency. Amounts are in `currency`, those ending in `_shop` in the shop's currency.

    `returns_by_order_date` are the returns of orders placed that day, whenever they came back; not part of `net`.
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


def ledger(orders: Iterable[Order], timezone: str) -> list[LedgerRow]:
    """The ledger of `orders` by day (in the IANA `timezone`) and currency. A day without any movement has no row."""
    zone = ZoneInfo(timezone)
    sums: dict[tuple[date, str], defaultdict[str, Any]] = defaultdict(lambda: defaultdict(int))
    for order in orders:
        for moment, amounts in _entries(order):
            day = sums[moment.astimezone(zone).date(), order.currency]
            for column, amount in amounts.items():
                day[column] += amount
    return [_row(*key, sums[key]) for key in sorted(sums)]


def _row(day: date, currency: str, sums: Mapping[str, Any]) -> LedgerRow:
    in_both: dict[str, Decimal] = {}
    for suffix in ("", "_shop"):
        parts = {name: ZERO + sums[name + suffix] for name in ("gross", "discounts", "returns", "cancellations")}
        in_both |= {name + suffix: amount for name, amount in parts.items()}
        in_both["net" + suffix] = parts["gross"] - parts["discounts"] - parts["returns"] - parts["cancellations"]
    return LedgerRow(
        day,
        currency,
        **in_both,
        returns_by_order_date=ZERO + sums["returns_by_order_date"],
        orders_count=int(sums["orders_count"]),
        units=int(sums["units"]),
    )


def _entries(order: Order) -> Iterator[tuple[datetime, dict[str, Decimal | int]]]:
    """(time, amounts) of what an order adds to the ledger: the sale, each refund, the cancellation."""
    gross = sum((line.unit_price * line.quantity for line in order.lines), ZERO)
    gross_shop = sum((_in_shop_currency(line.unit_price, order) * line.quantity for line in order.lines), ZERO)
    discounts = sum((line.discount for line in order.lines), ZERO)
    discounts_shop = sum((_in_shop_currency(line.discount, order) for line in order.lines), ZERO)
    sale: dict[str, Decimal | int] = {"gross": gross, "gross_shop": gross_shop}
    sale |= {"discounts": discounts, "discounts_shop": discounts_shop}
    sale |= {"orders_count": 1, "units": sum(line.quantity for line in order.lines)}
    yield order.created_at, sale

    left, left_shop = gross - discounts, gross_shop - discounts_shop
    for refund in order.refunds:
        returns = sum((line.subtotal for line in refund.lines), ZERO)
        returns_shop = sum((_in_shop_currency(line.subtotal, order) for line in refund.lines), ZERO)
        yield refund.created_at, {"returns": returns, "returns_shop": returns_shop}
        yield order.created_at, {"returns_by_order_date": returns}
        left, left_shop = left - returns, left_shop - returns_shop
    if order.cancelled_at is not None:
        yield order.cancelled_at, {"cancellations": left, "cancellations_shop": left_shop}


def _in_shop_currency(amount: Decimal, order: Order) -> Decimal:
    return cents(amount / order.exchange_rate)
