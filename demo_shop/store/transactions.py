"""The payments behind an order: a sale, and one by gift card; one back per refund; a void when it is cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from demo_shop.store.amounts import Money, OrderAmounts
from demo_shop.store.model import Order, Refund

GATEWAY = "shopify_payments"
GIFT_CARD = "gift_card"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One payment, named after Shopify's OrderTransaction."""

    transaction_id: int
    parent_id: int | None  # the sale that a refund or void belongs to
    kind: str  # SALE | REFUND | VOID
    status: str  # SUCCESS | PENDING
    amount: Money
    created_at: datetime
    refund_id: int | None = None
    gateway: str = GATEWAY

    def payment_id(self, order: Order) -> str:
        """The payment's reference, e.g. "#1001.0"."""
        return f"{order.name}.{self.transaction_id % 10}"


def transactions(order: Order) -> Iterator[Transaction]:
    """The order's payments. Ids are derived from those of the order and its refunds, so they never change."""
    amounts = OrderAmounts(order)
    sale_id = order.order_id * 10
    status = "PENDING" if order.financial_status == "PENDING" else "SUCCESS"
    by_card = amounts.of(order.gift_card_paid)
    if by_card.presentment:
        yield Transaction(sale_id + 2, None, "SALE", status, by_card, order.placed_at, gateway=GIFT_CARD)
    rest = amounts.total - by_card
    if rest.presentment or not by_card.presentment:
        yield Transaction(sale_id, None, "SALE", status, rest, order.placed_at)
    back_to = GATEWAY if rest.presentment else GIFT_CARD
    for refund in order.refunds:
        yield Transaction(
            refund.refund_id * 10,
            sale_id,
            "REFUND",
            "SUCCESS",
            amounts.refund_total(refund),
            refund.created_at,
            refund.refund_id,
            back_to,
        )
    if order.cancelled_at is not None:
        left = amounts.total - amounts.refunded
        yield Transaction(order.order_id * 10 + 1, sale_id, "VOID", "SUCCESS", left, order.cancelled_at)


def refund_transactions(order: Order, refund: Refund) -> list[Transaction]:
    """The payments of one of the order's refunds."""
    return [transaction for transaction in transactions(order) if transaction.refund_id == refund.refund_id]
