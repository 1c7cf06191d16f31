"""Orders, their refunds and payments as Shopify's REST Admin API writes them.

Amounts are texts in the shop's currency; next to most stands a `*_set` with the amount in both
currencies. Times have the offset of the shop's time zone.
Source: Shopify's REST reference, resources Order, Refund and Transaction.
"""

from __future__ import annotations

from decimal import Decimal

from demo_shop.profile import ShopProfile
from demo_shop.shopify.identifiers import gid
from demo_shop.shopify.rest.people import address, customer_record
from demo_shop.shopify.rest.values import JsonRecord, amount_text
from demo_shop.store.amounts import ZERO, Money, OrderAmounts, tax_rate
from demo_shop.store.checkout import refundable
from demo_shop.store.model import Customer, Order, OrderLine, Refund, RefundLine
from demo_shop.store.transactions import GATEWAY, Transaction, refund_transactions, transactions


class OrderWriter:
    """Writes one order with its lines, refunds and payments."""

    def __init__(self, order: Order, customer: Customer | None, shop: ShopProfile) -> None:
        self._order, self._customer, self._shop = order, customer, shop
        self._amounts = OrderAmounts(order)
        self._book_currency = order.book_currency or shop.currency

    def order(self) -> JsonRecord:
        """The Order resource."""
        order, amounts, shop = self._order, self._amounts, self._shop
        customer = self._customer
        where = address(customer, order.country_code)
        return {
            "id": order.order_id,
            "admin_graphql_api_id": gid("Order", order.order_id),
            "app_id": 580111,
            "name": order.name,
            "number": order.number - 1000,
            "order_number": order.number,
            "confirmation_number": f"C{order.number}",
            "token": f"{order.order_id:x}",
            "created_at": shop.local_time(order.created_at),
            "updated_at": shop.local_time(order.updated_at),
            "processed_at": shop.local_time(order.placed_at),
            "closed_at": None,
            "cancelled_at": shop.local_time(order.cancelled_at) if order.cancelled_at else None,
            "cancel_reason": order.cancel_reason,
            "confirmed": True,
            "test": order.is_test,
            "currency": self._book_currency,
            "presentment_currency": order.currency,
            "financial_status": order.financial_status.lower(),
            "fulfillment_status": None if order.cancelled_at else "fulfilled",
            "source_name": order.source_name,
            "email": customer.email if customer else "",
            "contact_email": customer.email if customer else None,
            "phone": None,
            "note": None,
            "note_attributes": [],
            "tags": ", ".join(order.tags),
            "taxes_included": order.has_taxes_included,
            "tax_exempt": False,
            "estimated_taxes": False,
            "duties_included": False,
            "buyer_accepts_marketing": bool(customer and customer.accepts_marketing),
            "customer_locale": "en",
            "location_id": None,
            "user_id": None,
            "total_weight": 0,
            "total_tip_received": amount_text(amounts.tips.shop),
            "payment_gateway_names": list(dict.fromkeys(t.gateway for t in transactions(order))),
            "discount_codes": self._discount_codes(),
            "discount_applications": self._discount_applications(),
            **self._both("total_line_items_price", amounts.lines_price),
            **self._both("total_discounts", amounts.discounts + amounts.shipping_discount),
            **self._both("subtotal_price", amounts.subtotal),
            **self._both("total_tax", amounts.tax),
            "total_shipping_price_set": self._set(amounts.shipping),
            "original_total_duties_set": self._set(amounts.duties) if order.duties else None,
            "original_total_additional_fees_set": self._set(amounts.fees) if order.fees else None,
            **self._both("total_price", amounts.total),
            "total_outstanding": amount_text(amounts.outstanding.shop),
            **self._both("current_subtotal_price", amounts.current_subtotal),
            **self._both("current_total_discounts", ZERO if order.cancelled_at else amounts.discounts),
            **self._both("current_total_tax", amounts.current_tax),
            **self._both("current_total_price", amounts.current_total),
            "tax_lines": [self._tax_line(line) for line in order.lines if line.tax],
            "billing_address": where,
            "shipping_address": where,
            "customer": customer_record(customer, shop) if customer else None,
            "line_items": [self._line_item(line) for line in order.lines],
            "shipping_lines": [self._shipping_line()] if order.shipping else [],
            "fulfillments": [],
            "refunds": [self.refund(refund) for refund in order.refunds],
        }

    def refund(self, refund: Refund) -> JsonRecord:
        """The Refund resource of one of the order's refunds."""
        at = self._shop.local_time(refund.created_at)
        return {
            "id": refund.refund_id,
            "admin_graphql_api_id": gid("Refund", refund.refund_id),
            "order_id": self._order.order_id,
            "created_at": at,
            "processed_at": at,
            "note": refund.note,
            "user_id": None,
            "restock": any(line.restock for line in refund.lines),
            "order_adjustments": self._adjustments(refund),
            "duties": [],
            "total_duties_set": self._set(ZERO),
            "refund_line_items": [self._refund_line(line) for line in refund.lines],
            "transactions": [self.transaction(t) for t in refund_transactions(self._order, refund)],
        }

    def transaction(self, transaction: Transaction) -> JsonRecord:
        """The Transaction resource of one of the order's payments."""
        at = self._shop.local_time(transaction.created_at)
        return {
            "id": transaction.transaction_id,
            "admin_graphql_api_id": gid("OrderTransaction", transaction.transaction_id),
            "order_id": self._order.order_id,
            "parent_id": transaction.parent_id,
            "kind": transaction.kind.lower(),
            "status": transaction.status.lower(),
            "gateway": transaction.gateway,
            "amount": amount_text(transaction.amount.shop),
            "currency": self._book_currency,
            "test": self._order.is_test,
            "created_at": at,
            "processed_at": at,
            "authorization": None,
            "error_code": None,
            "message": None,
            "device_id": None,
            "location_id": None,
            "user_id": None,
            "source_name": self._order.source_name,
            "receipt": {},
            "payment_id": transaction.payment_id(self._order),
        }

    def transactions(self) -> list[JsonRecord]:
        """All payments of the order."""
        return [self.transaction(transaction) for transaction in transactions(self._order)]

    def _line_item(self, line: OrderLine) -> JsonRecord:
        left = refundable(self._order)[line.line_id]
        unit = self._amounts.unit_price(line)
        return {
            "id": line.line_id,
            "admin_graphql_api_id": gid("LineItem", line.line_id),
            "product_id": line.product_id,
            "variant_id": line.variant_id,
            "product_exists": line.product_id is not None,
            "sku": line.sku,
            "title": line.title,
            "name": line.title,
            "variant_title": None,
            "vendor": line.vendor,
            "quantity": line.quantity,
            "current_quantity": 0 if self._order.cancelled_at else left,
            "fulfillable_quantity": 0,
            "fulfillment_service": "manual",
            "fulfillment_status": None if self._order.cancelled_at else "fulfilled",
            "gift_card": line.kind == "gift_card",
            "grams": 0,
            "requires_shipping": line.kind == "product",
            "taxable": line.kind == "product",
            "variant_inventory_management": "shopify",
            "properties": [],
            "duties": [],
            **self._both("price", unit),
            # Shopify leaves this at zero and writes order discounts as allocations
            **self._both("total_discount", ZERO),
            "discount_allocations": self._allocations(line),
            "tax_lines": [self._tax_line(line)] if line.tax else [],
            **({"tip": {"payment_gateway": GATEWAY, "payment_method": "card"}} if line.kind == "tip" else {}),
        }

    def _refund_line(self, line: RefundLine) -> JsonRecord:
        subtotal, tax = self._amounts.of(line.subtotal), self._amounts.of(line.tax)
        return {
            "id": line.refund_line_id,
            "line_item_id": line.line_id,
            "location_id": None,
            "quantity": line.quantity,
            "restock_type": "return" if line.restock else "no_restock",
            "subtotal": float(subtotal.shop),  # a number, unlike all other amounts
            "subtotal_set": self._set(subtotal),
            "total_tax": float(tax.shop),
            "total_tax_set": self._set(tax),
            "line_item": self._line_item(self._order.line(line.line_id)),
        }

    def _allocations(self, line: OrderLine) -> list[JsonRecord]:
        shares = line.shares or ((line.discount,) if line.discount else ())
        return [self._allocation(share, index) for index, share in enumerate(shares) if share]

    def _allocation(self, share: Decimal, index: int) -> JsonRecord:
        amount = self._amounts.of(share)
        return {
            "amount": amount_text(amount.shop),
            "amount_set": self._set(amount),
            "discount_application_index": index,
        }

    def _adjustments(self, refund: Refund) -> list[JsonRecord]:
        """What was given back without a line: negative amounts, as Shopify writes them."""
        return [
            {
                "id": refund.refund_id * 10 + number,
                "order_id": self._order.order_id,
                "refund_id": refund.refund_id,
                "kind": kind,
                "reason": reason,
                "amount": amount_text(-self._amounts.of(amount).shop),
                "amount_set": self._set(ZERO - self._amounts.of(amount)),
                "tax_amount": amount_text(ZERO.shop),
                "tax_amount_set": self._set(ZERO),
            }
            for number, (kind, reason, amount) in enumerate(
                [
                    ("refund_discrepancy", "Refund discrepancy", refund.goodwill),
                    ("shipping_refund", "Shipping refund", refund.shipping),
                ]
            )
            if amount
        ]

    def _tax_line(self, line: OrderLine) -> JsonRecord:
        tax = self._amounts.of(line.tax)
        return {"title": "VAT", "rate": tax_rate(line), "channel_liable": False, **self._both("price", tax)}

    def _shipping_line(self) -> JsonRecord:
        return {
            "id": self._order.order_id,
            "title": "Standard",
            "code": "Standard",
            "source": "shopify",
            "carrier_identifier": None,
            "phone": None,
            **self._both("price", self._amounts.shipping),
            **self._both("discounted_price", self._amounts.shipping),
            "tax_lines": [],
            "discount_allocations": [self._allocation(self._order.shipping_discount, len(self._order.discounts) - 1)]
            if self._order.shipping_discount
            else [],
        }

    def _discount_codes(self) -> list[JsonRecord]:
        codes = [discount.name for discount in self._order.discounts if discount.kind == "discount_code"]
        if codes:
            return [{"code": code, "amount": "0.00", "type": "fixed_amount"} for code in codes]
        if not self._order.discount_code:
            return []
        amount = amount_text(self._amounts.discounts.shop)
        return [{"code": self._order.discount_code, "amount": amount, "type": "percentage"}]

    def _discount_applications(self) -> list[JsonRecord]:
        amounts, code = self._amounts, self._order.discount_code
        if self._order.discounts:
            return [
                {
                    "type": discount.kind,
                    "code" if discount.kind == "discount_code" else "title": discount.name,
                    "value": "0.0",
                    "value_type": "fixed_amount",
                    "allocation_method": "across",
                    "target_selection": "all",
                    "target_type": "line_item",
                }
                for discount in self._order.discounts
            ]
        if not amounts.discounts.presentment:
            return []
        percent = 100 * amounts.discounts.presentment / amounts.lines_price.presentment
        named: JsonRecord = {"type": "discount_code", "code": code} if code else {"type": "automatic", "title": "Sale"}
        return [
            {
                **named,
                "value": f"{percent:.1f}",
                "value_type": "percentage",
                "allocation_method": "across",
                "target_selection": "all",
                "target_type": "line_item",
            }
        ]

    def _both(self, name: str, amount: Money) -> JsonRecord:
        return {name: amount_text(amount.shop), f"{name}_set": self._set(amount)}

    def _set(self, amount: Money) -> JsonRecord:
        return {
            "shop_money": {"amount": amount_text(amount.shop), "currency_code": self._book_currency},
            "presentment_money": {"amount": amount_text(amount.presentment), "currency_code": self._order.currency},
        }
