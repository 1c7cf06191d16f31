"""Orders, invoices and credit memos as Magento's REST API writes them.

Amounts are in the order's currency, those named `base_...` in the shop's; prices are without tax. The discount of an
order is negative, that of a line positive. Source: Adobe Commerce admin REST reference 2.4, salesOrderRepository,
salesInvoiceRepository and salesCreditmemoRepository.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from demo_shop.magento.untaxed import UntaxedLines
from demo_shop.magento.values import JsonRecord, both, json_number, utc_text
from demo_shop.profile import ShopProfile
from demo_shop.store.amounts import ZERO, Money, OrderAmounts, tax_rate, total
from demo_shop.store.checkout import refundable
from demo_shop.store.model import Customer, Order, OrderLine, Refund, RefundLine

REFUNDED = 2  # state of a credit memo
OPEN, PAID, CANCELED = 1, 2, 3  # states of an invoice
# financial status -> (state, status); all others are complete
STATES = {"PENDING": ("new", "pending"), "REFUNDED": ("closed", "closed"), "VOIDED": ("canceled", "canceled")}


class OrderRecords:
    """Writes one order, its invoice and its credit memos."""

    def __init__(self, order: Order, customer: Customer | None, shop: ShopProfile) -> None:
        self._order, self._customer, self._shop = order, customer, shop
        self._amounts = OrderAmounts(order)
        self._book_currency = order.book_currency or shop.currency
        self._untaxed = UntaxedLines(order, self._amounts, self._book_currency)

    def order(self) -> JsonRecord:
        """sales-data-order-interface."""
        order, amounts, customer = self._order, self._amounts, self._customer
        state, status = STATES.get(order.financial_status, ("complete", "complete"))
        paid = amounts.total - amounts.outstanding
        canceled = amounts.total - amounts.refunded if order.cancelled_at else ZERO
        return {
            "entity_id": order.order_id,
            "increment_id": f"{order.number:09d}",
            "state": state,
            "status": status,
            "store_id": 1,
            "store_name": "Main Website\nMain Website Store\nDefault Store View",
            "customer_id": order.customer_id,
            "customer_is_guest": 0 if order.customer_id else 1,
            "customer_email": customer.email if customer else f"guest.{order.number}@example.com",
            "customer_firstname": customer.first_name if customer else None,
            "customer_lastname": customer.last_name if customer else None,
            "coupon_code": order.discount_code,
            "remote_ip": None if order.source_name == "pos" else "203.0.113.9",
            **self._currencies(),
            **self._sums(),
            "shipping_discount_tax_compensation_amount": 0,
            **both("grand_total", amounts.total),
            **both("total_paid", paid),
            **both("total_due", amounts.outstanding),
            **both("total_refunded", amounts.refunded),
            **both("total_canceled", canceled),
            "total_qty_ordered": sum(line.quantity for line in order.lines),
            "total_item_count": len(order.lines),
            "created_at": utc_text(order.placed_at),
            "updated_at": utc_text(order.updated_at),
            "items": [self._item(line) for line in order.lines],
            "billing_address": self._address("billing"),
            "payment": {
                "account_status": "",
                "additional_information": ["Card"],
                "cc_last4": "",
                "entity_id": order.order_id,
                "method": "card",
                "parent_id": order.order_id,
            },
            "status_histories": self._histories(),
            "extension_attributes": {
                "shipping_assignments": [
                    {
                        "shipping": {"address": self._address("shipping"), "method": "flatrate_flatrate"},
                        "items": [self._item(line) for line in order.lines],
                    }
                ]
            },
        }

    def invoice(self) -> JsonRecord:
        """sales-data-invoice-interface: the demo shop invoices all of an order when it is placed.

        It is open until the order is paid. Of an order that is cancelled, what was refunded before stays invoiced.
        """
        order, amounts = self._order, self._amounts
        invoiced = amounts.refunded if order.cancelled_at and order.refunds else amounts.total
        state = OPEN if order.financial_status == "PENDING" else PAID
        if order.cancelled_at and not order.refunds:
            state = CANCELED
        return {
            "entity_id": order.order_id,
            "order_id": order.order_id,
            "increment_id": f"{order.number:09d}",
            "state": state,
            "store_id": 1,
            **self._currencies(),
            "total_qty": sum(line.quantity for line in order.lines),
            **self._sums(),
            **both("grand_total", invoiced),
            "base_total_refunded": json_number(amounts.refunded.shop),
            "created_at": utc_text(order.placed_at),
            "updated_at": utc_text(order.updated_at),
            "items": [
                {
                    "entity_id": line.line_id,
                    "order_item_id": line.line_id,
                    "product_id": line.product_id,
                    "sku": line.sku,
                    "name": line.title,
                    "qty": line.quantity,
                    **both("row_total", self._untaxed.sold(line).row),
                    **both("discount_amount", self._untaxed.sold(line).discount),
                    **both("tax_amount", amounts.of(line.tax)),
                }
                for line in order.lines
            ],
        }

    def credit_memo(self, refund: Refund) -> JsonRecord:
        """sales-data-creditmemo-interface of one of the order's refunds."""
        amounts = self._amounts
        lines = [self._untaxed.returned(line) for line in refund.lines]
        discount = total(line.discount for line in lines)
        tax = total(amounts.of(line.tax) for line in refund.lines)
        rows = total(line.row for line in lines)
        shipping, goodwill = amounts.of(refund.shipping), amounts.of(refund.goodwill)
        return {
            "entity_id": refund.refund_id,
            "order_id": self._order.order_id,
            "invoice_id": self._order.order_id,
            "increment_id": f"{refund.refund_id % 10**9:09d}",
            "state": REFUNDED,
            "store_id": 1,
            **self._currencies(),
            **both("subtotal", rows),
            **both("discount_amount", ZERO - discount),
            **both("discount_tax_compensation_amount", ZERO),
            **both("tax_amount", tax),
            **both("shipping_amount", shipping),
            **both("adjustment", goodwill),
            **both("adjustment_positive", goodwill),
            **both("adjustment_negative", ZERO),
            **both("grand_total", rows - discount + tax + shipping + goodwill),
            "created_at": utc_text(refund.created_at),
            "updated_at": utc_text(refund.created_at),
            "items": [self._credit_memo_item(refund, line) for line in refund.lines],
            "comments": [
                {
                    "comment": refund.note,
                    "created_at": utc_text(refund.created_at),
                    "entity_id": refund.refund_id,
                    "is_customer_notified": 0,
                    "is_visible_on_front": 0,
                    "parent_id": refund.refund_id,
                }
            ]
            if refund.note
            else [],
        }

    def _item(self, line: OrderLine) -> JsonRecord:
        order, amounts = self._order, self._amounts
        untaxed, tax = self._untaxed.sold(line), amounts.of(line.tax)
        unit = _per_unit(untaxed.row, line.quantity) if order.has_taxes_included else amounts.unit_price(line)
        # a fee of the order is a fixed product tax of its first item
        fee = amounts.fees if line == order.lines[0] else ZERO
        back = [x for refund in order.refunds for x in refund.lines if x.line_id == line.line_id]
        left = refundable(order)[line.line_id]
        is_kept = order.financial_status != "PENDING" and order.cancelled_at is None
        return {
            "item_id": line.line_id,
            "order_id": order.order_id,
            "store_id": 1,
            "product_id": line.product_id,
            "product_type": "giftcard" if line.kind == "gift_card" else "simple",
            "sku": line.sku,
            "name": line.title,
            "qty_ordered": line.quantity,
            "qty_invoiced": line.quantity if is_kept else 0,
            "qty_shipped": line.quantity if is_kept else 0,
            "qty_refunded": line.quantity - left,
            "qty_canceled": left if order.cancelled_at else 0,
            **both("price", unit),
            **both("original_price", unit),
            **both("row_total", untaxed.row),
            **both("row_total_incl_tax", untaxed.row + tax),
            **both("discount_amount", untaxed.discount),
            **both("discount_tax_compensation_amount", untaxed.compensation),
            "weee_tax_applied_row_amount": json_number(fee.presentment),
            "base_weee_tax_applied_row_amnt": json_number(fee.shop),
            **both("tax_amount", tax),
            "tax_percent": round(100 * tax_rate(line), 2),
            **both("amount_refunded", total(amounts.of(x.subtotal) for x in back)),
            "created_at": utc_text(order.created_at),
            "updated_at": utc_text(self._last_change(back)),
        }

    def _credit_memo_item(self, refund: Refund, line: RefundLine) -> JsonRecord:
        sold = self._order.line(line.line_id)
        untaxed = self._untaxed.returned(line)
        return {
            "entity_id": line.refund_line_id,
            "parent_id": refund.refund_id,
            "order_item_id": line.line_id,
            "product_id": sold.product_id,
            "sku": sold.sku,
            "name": sold.title,
            "qty": line.quantity,
            "base_cost": 0,
            **both("price", self._amounts.unit_price(sold)),
            **both("row_total", untaxed.row),
            **both("discount_amount", untaxed.discount),
            **both("discount_tax_compensation_amount", ZERO),
            **both("tax_amount", self._amounts.of(line.tax)),
        }

    def _sums(self) -> JsonRecord:
        """Of the lines and the delivery, whose discount is in that of the order."""
        amounts, lines = self._amounts, [self._untaxed.sold(line) for line in self._order.lines]
        return {
            **both("subtotal", total(line.row for line in lines)),
            **both("discount_amount", ZERO - amounts.discounts - amounts.shipping_discount),
            **both("discount_tax_compensation_amount", total(line.compensation for line in lines)),
            **both("tax_amount", amounts.tax),
            **both("shipping_amount", amounts.shipping),
        }

    def _last_change(self, back: list[RefundLine]) -> datetime:
        """When units of an item last came back or it was cancelled; other changes of its order do not count."""
        if self._order.cancelled_at:
            return self._order.cancelled_at
        given = {line.refund_line_id for line in back}
        times = [r.created_at for r in self._order.refunds if given & {x.refund_line_id for x in r.lines}]
        return max(times, default=self._order.placed_at)

    def _histories(self) -> list[JsonRecord]:
        order = self._order
        if not order.cancelled_at:
            return []
        return [
            {
                "comment": f"Canceled: {order.cancel_reason}",
                "created_at": utc_text(order.cancelled_at),
                "entity_id": order.order_id,
                "entity_name": "order",
                "is_customer_notified": 0,
                "is_visible_on_front": 0,
                "parent_id": order.order_id,
                "status": "canceled",
            }
        ]

    def _currencies(self) -> JsonRecord:
        order, shop = self._order, self._shop
        return {
            "global_currency_code": shop.currency,
            "base_currency_code": self._book_currency,
            "store_currency_code": shop.currency,
            "order_currency_code": order.currency,
            "base_to_global_rate": 1,
            "base_to_order_rate": json_number(order.exchange_rate),
            "store_to_base_rate": 0,
            "store_to_order_rate": 0,
        }

    def _address(self, kind: str) -> JsonRecord:
        """The customer's only address, as "billing" or "shipping"; of a guest only the country is known."""
        order, customer = self._order, self._customer
        return {
            "address_type": kind,
            "city": customer.city if customer else "-",
            "country_id": order.country_code,
            "email": customer.email if customer else None,
            "entity_id": order.order_id * 2 + (kind == "shipping"),
            "firstname": customer.first_name if customer else "-",
            "lastname": customer.last_name if customer else "-",
            "parent_id": order.order_id,
            "postcode": customer.postal_code if customer else "-",
            "street": [customer.address] if customer else ["-"],
            "telephone": (customer.phone if customer else None) or "-",
        }


def _per_unit(row: Money, quantity: int) -> Money:
    """Magento keeps four decimals."""
    fine = Decimal("0.0001")
    return Money((row.presentment / quantity).quantize(fine), (row.shop / quantity).quantize(fine))
