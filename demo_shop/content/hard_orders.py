"""The hard shop: a shop in yen whose orders have all that finance must tell apart, from a seed.

Customers pay in six currencies, three of them without or with three decimals. It kept its books in dollars until it
moved to yen, was closed for a fortnight, and imported orders of an older system. Every order is of one of the kinds
below, so that each occurs in each few days.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from comptoir.currencies import rounded
from demo_shop.content.hard_money import COUNTRY_OF, CURRENCY, HARD_PRICING, PAST_CURRENCY, PAST_RATE, RATES, TAX_RATES
from demo_shop.store import checkout
from demo_shop.store.ids import IdCounter
from demo_shop.store.model import AppliedDiscount, Customer, Order, OrderLine, Product

HOLIDAY_DAYS = 14
ORDERS_PER_DAY = 7

Basket = list[tuple[Product, int]]


@dataclass(frozen=True)
class HardPast:
    """The orders, and the last day before the shop moved to yen."""

    orders: list[Order]
    moved_on: date


def hard_past(
    products: Sequence[Product],
    customers: Sequence[Customer],
    seed: int,
    end: datetime,
    days: int,
    shop_platform: str = "shopify",
) -> HardPast:
    """Orders of `days` days up to `end`, of the kinds that the platform has. `products` have prices in yen."""
    begin = end - timedelta(days=days)
    moved_on = (begin + timedelta(days=days // 3)).date()
    holiday = {(begin + timedelta(days=days // 2 + number)).date() for number in range(min(HOLIDAY_DAYS, days // 4))}
    kinds = [kind for kind in KINDS if shop_platform == "shopify" or kind not in NOT_ON_MAGENTO]
    desk = _Desk(products, customers, random.Random(f"hard {seed}"), moved_on, end, kinds)
    orders = [
        order
        for number in range(days)
        if (day := (begin + timedelta(days=number)).date()) not in holiday
        for order in desk.day(day)
    ]
    return HardPast(orders, moved_on)


class _Desk:
    """Places the orders of a day, each of the next kind."""

    def __init__(
        self,
        products: Sequence[Product],
        customers: Sequence[Customer],
        rng: random.Random,
        moved_on: date,
        end: datetime,
        kinds: Sequence[Kind],
    ) -> None:
        self._kinds = kinds
        self._products, self._customers, self._rng = products, customers, rng
        self._moved_on, self._end = moved_on, end
        self._new_id = IdCounter()
        self._placed = 0

    def day(self, day: date) -> Iterator[Order]:
        """The orders of a day, as they stand at the end of the past."""
        for number in range(ORDERS_PER_DAY):
            at = datetime.combine(day, time(1 + 2 * number, 13), UTC)
            kind = self._kinds[self._placed % len(self._kinds)]
            self._placed += 1
            changes = list(kind(self, at))
            yield [changed for changed in changes if changed.updated_at < self._end or changed is changes[0]][-1]

    def order(self, at: datetime, *, units: int = 1, lines: int = 2, currency: str | None = None) -> Order:
        """A plain order: in Japan with the tax in its prices, elsewhere with tax on top."""
        currency = currency or self._rng.choice(list(RATES))
        country = COUNTRY_OF[currency]
        book = PAST_CURRENCY if at.date() < self._moved_on else CURRENCY
        drift = Decimal(repr(1 + 0.01 * self._rng.random())).quantize(Decimal("0.0001"))
        per_yen = RATES[currency] if currency == CURRENCY else RATES[currency] * drift
        basket: Basket = [(product, units) for product in self._rng.sample(list(self._products), lines)]
        made = checkout.build_order(
            basket,
            new_id=self._new_id,
            pricing=HARD_PRICING,
            at=at,
            customer_id=self._rng.choice(self._customers).customer_id if self._rng.random() < 0.8 else None,
            currency=currency,
            country_code=country,
            exchange_rate=per_yen,
        )
        # the rate to the books of that time
        rate = Decimal(1) if currency == book else per_yen * (PAST_RATE if book == PAST_CURRENCY else 1)
        made = replace(made, exchange_rate=rate, book_currency=book)
        return _with_tax_included(made) if country == "JP" else made

    def line(self, order: Order, kind: str, title: str, price: Decimal) -> OrderLine:
        """A line that is no product of the range."""
        return OrderLine(
            self._new_id("line"), None, None, kind.upper(), title, "", 1, rounded(price, order.currency), Decimal(0),
            Decimal(0), kind,
        )  # fmt: skip

    def yen(self, order: Order, amount: int) -> Decimal:
        """An amount of so many yen in the order's currency."""
        return rounded(amount * RATES[order.currency], order.currency)

    def refund(
        self,
        order: Order,
        quantities: dict[int, int],
        days: float,
        goodwill: Decimal = checkout.NOTHING,
        shipping: Decimal = checkout.NOTHING,
    ) -> Order:
        """The order with a refund some days later."""
        at = order.created_at + timedelta(days=days)
        return checkout.refund(order, quantities, new_id=self._new_id, at=at, goodwill=goodwill, shipping=shipping)

    def added(self, order: Order) -> OrderLine:
        """A line that an edit or an exchange added."""
        more = self.order(order.created_at, lines=1, currency=order.currency)
        return more.lines[0]


def _with_tax_included(order: Order) -> Order:
    rate = TAX_RATES[order.country_code]
    lines = [replace(line, tax=rounded(line.net * rate / (1 + rate), order.currency)) for line in order.lines]
    return replace(order, has_taxes_included=True, lines=tuple(lines))


def _discounted(order: Order, discounts: Sequence[AppliedDiscount], *shares: Decimal) -> Order:
    """Each line less a share for each discount; the tax follows."""
    lines = []
    for line in order.lines:
        off = tuple(rounded(line.unit_price * line.quantity * share, order.currency) for share in shares)
        rate = TAX_RATES.get(order.country_code, Decimal(0))
        cheaper = replace(line, discount=sum(off, Decimal(0)), shares=off)
        lines.append(replace(cheaper, tax=rounded(cheaper.net * rate, order.currency)))
    made = replace(order, lines=tuple(lines), discounts=tuple(discounts))
    return _with_tax_included(made) if order.has_taxes_included else made


def _plain(desk: _Desk, at: datetime) -> Iterator[Order]:
    yield desk.order(at)


def _plain_yen(desk: _Desk, at: datetime) -> Iterator[Order]:
    yield desk.order(at, units=2, currency="JPY")


def _dinar(desk: _Desk, at: datetime) -> Iterator[Order]:
    placed = desk.order(at, units=3, currency="KWD")
    yield placed
    yield desk.refund(placed, {placed.lines[0].line_id: 1}, 2)


def _gift_card_alone(desk: _Desk, at: datetime) -> Iterator[Order]:
    order = desk.order(at, lines=1)
    card = desk.line(order, "gift_card", "Gift card", desk.yen(order, 10_000))
    yield replace(order, lines=(card,), shipping=Decimal(0), has_taxes_included=False)


def _gift_card_given_back(desk: _Desk, at: datetime) -> Iterator[Order]:
    order = desk.order(at, lines=1)
    card = desk.line(order, "gift_card", "Gift card", desk.yen(order, 5_000))
    placed = replace(order, lines=(*order.lines, card))
    yield placed
    yield desk.refund(placed, {card.line_id: 1}, 3)


def _paid_by_gift_card(desk: _Desk, at: datetime) -> Iterator[Order]:
    order = desk.order(at)
    yield replace(order, gift_card_paid=desk.yen(order, 3_000))


def _paid_by_gift_card_alone(desk: _Desk, at: datetime) -> Iterator[Order]:
    order = desk.order(at, lines=1)
    on_top = Decimal(0) if order.has_taxes_included else sum((line.tax for line in order.lines), Decimal(0))
    total = sum((line.net for line in order.lines), Decimal(0)) + on_top + order.shipping
    yield replace(order, gift_card_paid=total)


def _tip(desk: _Desk, at: datetime) -> Iterator[Order]:
    order = desk.order(at)
    yield replace(order, lines=(*order.lines, desk.line(order, "tip", "Tip", desk.yen(order, 800))))


def _duties(desk: _Desk, at: datetime) -> Iterator[Order]:
    order = desk.order(at, currency="USD")
    yield replace(order, duties=desk.yen(order, 2_345))


def _fee(desk: _Desk, at: datetime) -> Iterator[Order]:
    order = desk.order(at, currency="EUR")
    yield replace(order, fees=desk.yen(order, 300))


def _two_codes(desk: _Desk, at: datetime) -> Iterator[Order]:
    codes = [AppliedDiscount("discount_code", name) for name in ("WELCOME", "EXTRA5", "FREESHIP")]
    order = _discounted(desk.order(at), codes, Decimal("0.10"), Decimal("0.05"))
    yield replace(order, shipping_discount=order.shipping, discount_code="WELCOME")


def _automatic(desk: _Desk, at: datetime) -> Iterator[Order]:
    yield _discounted(desk.order(at), [AppliedDiscount("automatic", "Summer sale")], Decimal("0.333"))


def _exchange(desk: _Desk, at: datetime) -> Iterator[Order]:
    placed = desk.order(at)
    yield placed
    grown = replace(placed, lines=(*placed.lines, desk.added(placed)))
    yield desk.refund(grown, {placed.lines[0].line_id: 1}, 4)


def _edit(desk: _Desk, at: datetime) -> Iterator[Order]:
    placed = desk.order(at, units=2)
    yield placed
    yield desk.refund(placed, {placed.lines[1].line_id: 2}, 0.2)


def _goodwill(desk: _Desk, at: datetime) -> Iterator[Order]:
    placed = desk.order(at)
    yield placed
    yield desk.refund(placed, {}, 5, goodwill=desk.yen(placed, 777))


def _shipping_back(desk: _Desk, at: datetime) -> Iterator[Order]:
    placed = desk.order(at)
    yield placed
    yield desk.refund(placed, {placed.lines[0].line_id: 1}, 6, shipping=placed.shipping)


def _imported(desk: _Desk, at: datetime) -> Iterator[Order]:
    yield replace(desk.order(at), processed_at=at - timedelta(days=200))


def _test(desk: _Desk, at: datetime) -> Iterator[Order]:
    yield replace(desk.order(at), is_test=True)


def _cancelled(desk: _Desk, at: datetime) -> Iterator[Order]:
    placed = desk.order(at)
    yield placed
    yield checkout.cancel(placed, at=at + timedelta(hours=9))


def _cancelled_in_part(desk: _Desk, at: datetime) -> Iterator[Order]:
    order = desk.order(at)
    placed = replace(order, lines=(*order.lines, desk.line(order, "tip", "Tip", desk.yen(order, 500))))
    yield placed
    back = desk.refund(placed, {placed.lines[0].line_id: 1}, 1)
    yield back
    yield checkout.cancel(back, at=at + timedelta(days=2))


def _bundle(desk: _Desk, at: datetime) -> Iterator[Order]:
    bundle = [AppliedDiscount("automatic", "Bundle")]
    yield _discounted(desk.order(at, units=1, lines=3), bundle, Decimal("0.15"))


def _pending(desk: _Desk, at: datetime) -> Iterator[Order]:
    yield replace(desk.order(at), financial_status="PENDING")


Kind = Callable[[_Desk, datetime], Iterator[Order]]
KINDS: tuple[Kind, ...] = (
    _plain, _gift_card_alone, _two_codes, _plain_yen, _tip, _duties, _exchange, _paid_by_gift_card, _imported,
    _goodwill, _dinar, _automatic, _cancelled, _fee, _edit, _gift_card_given_back, _bundle, _shipping_back, _test,
    _cancelled_in_part, _paid_by_gift_card_alone, _pending, _plain,
)  # fmt: skip
# Magento has no tips, duties, test orders and exchanges, and its open source no gift cards that pay;
# an edited order is a new one there
NOT_ON_MAGENTO: frozenset[Kind] = frozenset(
    {_tip, _duties, _exchange, _edit, _test, _cancelled_in_part, _paid_by_gift_card, _paid_by_gift_card_alone}
)
