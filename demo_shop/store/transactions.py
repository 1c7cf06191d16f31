"""The payments behind an order: one sale, a refund per refund, a void for what a cancellation leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from demo_shop.store.amounts import Money, OrderAmounts
from demo_shop.store.model import Order

GATEWAY = "shopify_payments"


@dataclass(frozen=True, slots=True)
class Transaction:
    transaction_id: int
    parent_id: int | None
    kind: str  # SALE | REFUND | VOID
    status: str  # SUCCESS | PENDING
    amount: Money
    created_at: datetime
    refund_id: int | None = None


def transactions(order: Order) -> Iterator[Transaction]:
    """Oldest first. Ids are derived from the order's and the refunds', so they never change."""
    amounts = OrderAmounts(order)
    sale_id = order.order_id * 10
    status = "PENDING" if order.financial_status == "PENDING" else "SUCCESS"
    yield Transaction(sale_id, None, "SALE", status, amounts.total, order.created_at)
    for refund in order.refunds:
        yield Transaction(
            refund.refund_id * 10,
            sale_id,
            "REFUND",
            "SUCCESS",
            amounts.refund_total(refund),
            refund.created_at,
            refund.refund_id,
        )
    if order.cancelled_at is not None:
        left = amounts.total - amounts.refunded
        yield Transaction(order.order_id * 10 + 1, sale_id, "VOID", "SUCCESS", left, order.cancelled_at)
