"""Placing, refunding and cancelling orders, as pure functions that return the changed order.

Amounts are rounded half-up to the currency's smallest unit, line by line, as Shopify does. Prices are without tax, the
discount is taken off before tax, and everything is in the currency the customer pays in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from comptoir.currencies import rounded
from demo_shop.store.ids import NewId
from demo_shop.store.model import Order, OrderLine, Product, Refund, RefundLine

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Pricing:
    """How the shop charges. Rates and shares are fractions: 0.2 is 20 %."""

    shop_currency: str = "EUR"
    # currency -> units of it for one unit of the shop's currency
    exchange_rates: dict[str, Decimal] = field(default_factory=lambda: {"EUR": Decimal(1)})
    discount_codes: dict[str, Decimal] = field(default_factory=dict)  # code -> share taken off every line
    tax_rates: dict[str, Decimal] = field(default_factory=dict)  # by country; a country not named pays no tax
    shipping: Decimal = Decimal("4.90")  # in the shop's currency
    free_shipping_from: Decimal = Decimal("100")  # goods after discount, in the shop's currency


class CheckoutError(ValueError):
    """The requested order, refund or cancellation is impossible; the message says why."""


def cents(amount: Decimal) -> Decimal:
    """The amount rounded half-up to the cent."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def build_order(
    basket: Sequence[tuple[Product, int]],
    *,
    new_id: NewId,
    pricing: Pricing,
    at: datetime,
    customer_id: int | None = None,
    currency: str | None = None,
    country_code: str = "FR",
    discount_code: str | None = None,
    source_name: str = "web",
    exchange_rate: Decimal | None = None,
    tags: tuple[str, ...] = (),
) -> Order:
    """A paid order of (product, quantity) pairs, priced in `currency`.

    `exchange_rate` overrides the rate in `pricing`.
    Raises CheckoutError for an empty basket, a quantity below one, an unknown currency or an unknown discount code.
    """
    currency = currency or pricing.shop_currency
    if not basket or any(quantity < 1 for _, quantity in basket):
        raise CheckoutError("an order needs at least one line, each with a quantity of 1 or more")
    rate = exchange_rate or pricing.exchange_rates.get(currency)
    if rate is None:
        sold_in = ", ".join(pricing.exchange_rates)
        raise CheckoutError(f"the shop does not sell in {currency}, only in {sold_in}")
    if discount_code and discount_code not in pricing.discount_codes:
        raise CheckoutError(f"the shop has no discount code {discount_code!r}")
    discount_rate = pricing.discount_codes[discount_code] if discount_code else NOTHING
    tax_rate = pricing.tax_rates.get(country_code, NOTHING)

    lines = []
    for product, quantity in basket:
        unit_price = rounded(product.price * rate, currency)
        discount = rounded(unit_price * quantity * discount_rate, currency)
        lines.append(
            OrderLine(
                line_id=new_id("line"),
                product_id=product.product_id,
                variant_id=product.variant_id,
                sku=product.sku,
                title=product.title,
                vendor=product.vendor,
                quantity=quantity,
                unit_price=unit_price,
                discount=discount,
                tax=rounded((unit_price * quantity - discount) * tax_rate, currency),
            )
        )
    goods = sum((line.net for line in lines), NOTHING)
    order_id = new_id("order")
    return Order(
        order_id=order_id,
        number=new_id("order_number"),
        customer_id=customer_id,
        currency=currency,
        exchange_rate=rate,
        country_code=country_code,
        created_at=at,
        updated_at=at,
        cancelled_at=None,
        cancel_reason=None,
        financial_status="PAID",
        discount_code=discount_code,
        shipping=NOTHING if goods >= pricing.free_shipping_from * rate else rounded(pricing.shipping * rate, currency),
        source_name=source_name,
        lines=tuple(lines),
        tags=tags,
    )


def refundable(order: Order) -> dict[int, int]:
    """Line id -> units not refunded yet."""
    left = {line.line_id: line.quantity for line in order.lines}
    for refund in order.refunds:
        for line in refund.lines:
            left[line.line_id] -= line.quantity
    return left


def refund(
    order: Order,
    quantities: Mapping[int, int],
    *,
    new_id: NewId,
    at: datetime,
    note: str = "",
    restock: bool = True,
    goodwill: Decimal = NOTHING,
    shipping: Decimal = NOTHING,
) -> Order:
    """The order with one more refund, of `quantities` (line id -> units).

    The refund of a line's last units takes the rest of its amount, so that refunds of a line add up exactly. `goodwill`
    is given back without a line, `shipping` of the delivery. Raises CheckoutError when nothing is given back, a line is
    not the order's, or a line has fewer units left.
    """
    left = refundable(order)
    returned = []
    for line_id, quantity in quantities.items():
        units = left.get(line_id, 0)
        if not 1 <= quantity <= units:
            raise CheckoutError(f"line {line_id} of order {order.order_id} has {units} units to refund")
        line = order.line(line_id)
        past = [r for refund in order.refunds for r in refund.lines if r.line_id == line_id]
        is_last = quantity == left[line_id]
        share = Decimal(quantity) / line.quantity
        returned.append(
            RefundLine(
                refund_line_id=new_id("refund_line"),
                line_id=line_id,
                quantity=quantity,
                subtotal=line.net - sum(r.subtotal for r in past)
                if is_last
                else rounded(line.net * share, order.currency),
                tax=line.tax - sum(r.tax for r in past) if is_last else rounded(line.tax * share, order.currency),
                restock=restock,
            )
        )
    if not returned and not goodwill and not shipping:
        raise CheckoutError(f"a refund of order {order.order_id} needs at least one line")
    made = Refund(
        refund_id=new_id("refund"),
        created_at=at,
        note=note,
        lines=tuple(returned),
        goodwill=goodwill,
        shipping=shipping,
    )
    changed = replace(order, refunds=(*order.refunds, made), updated_at=at)
    status = "PARTIALLY_REFUNDED" if any(refundable(changed).values()) else "REFUNDED"
    return replace(changed, financial_status=status)


def cancel(order: Order, *, at: datetime, reason: str = "customer") -> Order:
    """The order cancelled at `at`; its refunds stay. Raises CheckoutError when it is already cancelled."""
    if order.cancelled_at is not None:
        raise CheckoutError(f"order {order.order_id} is already cancelled")
    return replace(order, cancelled_at=at, cancel_reason=reason, financial_status="VOIDED", updated_at=at)
