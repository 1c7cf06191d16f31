"""Orders, their lines, refunds and payments as GraphQL nodes."""

from __future__ import annotations

from collections.abc import Callable

from demo_shop.shopify.graphql.connections import Node, connection, listed
from demo_shop.shopify.graphql.context import RequestContext, money_v2, utc_time
from demo_shop.shopify.graphql.customer_nodes import address_node, customer_node
from demo_shop.shopify.graphql.product_nodes import product_node, variant_node
from demo_shop.shopify.identifiers import gid
from demo_shop.store.amounts import ZERO, Money, OrderAmounts, tax_rate
from demo_shop.store.checkout import cents, refundable
from demo_shop.store.model import Order, OrderLine, Product, Refund, RefundLine
from demo_shop.store.transactions import GATEWAY, Transaction, refund_transactions, transactions


def order_node(order: Order, context: RequestContext) -> Node:
    """An Order."""
    amounts = OrderAmounts(order)
    customer = context.store.buyer(order)
    address = address_node(customer, order.country_code)

    def bag(amount: Money) -> Node:
        return money_bag(amount, order, context)

    units = sum(line.quantity for line in order.lines)
    return {
        "__typename": "Order",
        "id": gid("Order", order.order_id),
        "legacyResourceId": str(order.order_id),
        "name": order.name,
        "number": order.number,
        "confirmationNumber": f"C{order.number}",
        "createdAt": utc_time(order.created_at),
        "updatedAt": utc_time(order.updated_at),
        "processedAt": utc_time(order.placed_at),
        "cancelledAt": utc_time(order.cancelled_at) if order.cancelled_at else None,
        "cancelReason": order.cancel_reason.upper() if order.cancel_reason else None,
        "closed": False,
        "closedAt": None,
        "confirmed": True,
        "test": False,
        "edited": False,
        "email": customer.email if customer else None,
        "sourceName": order.source_name,
        "currencyCode": context.shop.currency,
        "presentmentCurrencyCode": order.currency,
        "displayFinancialStatus": order.financial_status,
        "displayFulfillmentStatus": "UNFULFILLED" if order.cancelled_at else "FULFILLED",
        "risk": {"assessments": [], "recommendation": "NONE"},
        "returnStatus": "RETURNED" if order.refunds else "NO_RETURN",
        "fullyPaid": order.financial_status == "PAID",
        "unpaid": order.financial_status == "PENDING",
        "refundable": any(refundable(order).values()),
        "restockable": True,
        "requiresShipping": True,
        "taxesIncluded": False,
        "taxExempt": False,
        "estimatedTaxes": False,
        "dutiesIncluded": False,
        "discountCode": order.discount_code,
        "discountCodes": [order.discount_code] if order.discount_code else [],
        "tags": list(order.tags),
        "note": None,
        "paymentGatewayNames": [GATEWAY],
        "customerAcceptsMarketing": bool(customer and customer.accepts_marketing),
        "customer": customer_node(customer, context) if customer else None,
        "billingAddress": address,
        "shippingAddress": address,
        "billingAddressMatchesShippingAddress": True,
        "subtotalLineItemsQuantity": units,
        "currentSubtotalLineItemsQuantity": 0 if order.cancelled_at else sum(refundable(order).values()),
        "subtotalPriceSet": bag(amounts.subtotal),
        "totalDiscountsSet": bag(amounts.discounts + amounts.shipping_discount),
        "totalTaxSet": bag(amounts.tax),
        "totalShippingPriceSet": bag(amounts.shipping),
        "totalPriceSet": bag(amounts.total),
        "originalTotalPriceSet": bag(amounts.total),
        "totalRefundedSet": bag(amounts.refunded),
        "totalReceivedSet": bag(amounts.total - amounts.outstanding),
        "totalOutstandingSet": bag(amounts.outstanding),
        "netPaymentSet": bag(amounts.total - amounts.outstanding - amounts.refunded),
        "currentSubtotalPriceSet": bag(amounts.current_subtotal),
        "currentTotalTaxSet": bag(amounts.current_tax),
        "currentTotalPriceSet": bag(amounts.current_total),
        "totalTipReceivedSet": bag(amounts.tips),
        "totalRefundedShippingSet": bag(ZERO),
        "lineItems": lambda info, **page: connection(
            info, listed([line_item_node(line, order, context) for line in order.lines]), **page
        ),
        "refunds": lambda _info, first=None: [refund_node(r, order, context) for r in order.refunds[:first]],
        "transactions": lambda _info, first=None, **_: [
            transaction_node(t, order, context) for t in list(transactions(order))[:first]
        ],
        "metafield": lambda _info, **_: None,
    }


def line_item_node(line: OrderLine, order: Order, context: RequestContext) -> Node:
    """A LineItem of the order."""
    amounts = OrderAmounts(order)
    unit = amounts.unit_price(line)
    net = amounts.line_total(line)
    each = Money(cents(net.presentment / line.quantity), cents(net.shop / line.quantity))
    left = refundable(order)[line.line_id]

    def bag(amount: Money) -> Node:
        return money_bag(amount, order, context)

    tax = {"title": "VAT", "rate": tax_rate(line), "priceSet": bag(amounts.of(line.tax))}
    return {
        "__typename": "LineItem",
        "id": gid("LineItem", line.line_id),
        "title": line.title,
        "name": line.title,
        "variantTitle": None,
        "sku": line.sku,
        "vendor": line.vendor,
        "quantity": line.quantity,
        "currentQuantity": 0 if order.cancelled_at else left,
        "refundableQuantity": left,
        "nonFulfillableQuantity": 0,
        "unfulfilledQuantity": 0,
        "isGiftCard": line.kind == "gift_card",
        "requiresShipping": True,
        "restockable": True,
        "taxable": True,
        "merchantEditable": False,
        "product": lambda _info: _sold(line, product_node, context),
        "variant": lambda _info: _sold(line, variant_node, context),
        "originalUnitPriceSet": bag(unit),
        "originalTotalSet": bag(unit.times(line.quantity)),
        "discountedUnitPriceSet": bag(each),
        "discountedUnitPriceAfterAllDiscountsSet": bag(each),
        "discountedTotalSet": lambda _info, **_: bag(net),
        "totalDiscountSet": bag(amounts.of(line.discount)),
        "taxLines": [tax] if line.tax else [],
    }


def refund_node(refund: Refund, order: Order, context: RequestContext) -> Node:
    """A Refund of the order."""
    return {
        "__typename": "Refund",
        "id": gid("Refund", refund.refund_id),
        "legacyResourceId": str(refund.refund_id),
        "createdAt": utc_time(refund.created_at),
        "updatedAt": utc_time(refund.created_at),
        "processedAt": utc_time(refund.created_at),
        "note": refund.note,
        "order": lambda _info: order_node(order, context),
        "totalRefundedSet": money_bag(OrderAmounts(order).refund_total(refund), order, context),
        "refundLineItems": lambda info, **page: connection(
            info, listed([refund_line_node(line, order, context) for line in refund.lines]), **page
        ),
        "transactions": lambda info, **page: connection(
            info, listed([transaction_node(t, order, context) for t in refund_transactions(order, refund)]), **page
        ),
    }


def refund_line_node(line: RefundLine, order: Order, context: RequestContext) -> Node:
    """A RefundLineItem of one of the order's refunds."""
    amounts = OrderAmounts(order)
    sold = order.line(line.line_id)
    return {
        "__typename": "RefundLineItem",
        "id": gid("RefundLineItem", line.refund_line_id),
        "quantity": line.quantity,
        "restocked": line.restock,
        "restockType": "RETURN" if line.restock else "NO_RESTOCK",
        "lineItem": lambda _info: line_item_node(sold, order, context),
        "priceSet": money_bag(amounts.unit_price(sold), order, context),
        "subtotalSet": money_bag(amounts.of(line.subtotal), order, context),
        "totalTaxSet": money_bag(amounts.of(line.tax), order, context),
    }


def transaction_node(transaction: Transaction, order: Order, context: RequestContext) -> Node:
    """An OrderTransaction of the order."""
    parent = transaction.parent_id
    return {
        "__typename": "OrderTransaction",
        "id": gid("OrderTransaction", transaction.transaction_id),
        "kind": transaction.kind,
        "status": transaction.status,
        "gateway": transaction.gateway,
        "formattedGateway": "Shopify Payments",
        "test": False,
        "manualPaymentGateway": False,
        "manuallyCapturable": False,
        "multiCapturable": False,
        "errorCode": None,
        "createdAt": utc_time(transaction.created_at),
        "processedAt": utc_time(transaction.created_at),
        "paymentId": transaction.payment_id(order),
        "parentTransaction": {"id": gid("OrderTransaction", parent)} if parent else None,
        "amount": str(transaction.amount.shop),
        "amountV2": money_v2(transaction.amount.shop, order.book_currency or context.shop.currency),
        "amountSet": money_bag(transaction.amount, order, context),
        "totalUnsettledSet": money_bag(ZERO, order, context),
        "fees": [],
        "paymentDetails": None,
    }


def money_bag(amount: Money, order: Order, context: RequestContext) -> Node:
    """A MoneyBag: the amount in the shop's currency of that time, and in the order's."""
    return {
        "shopMoney": money_v2(amount.shop, order.book_currency or context.shop.currency),
        "presentmentMoney": money_v2(amount.presentment, order.currency),
    }


def _sold(line: OrderLine, node: Callable[[Product, RequestContext], Node], context: RequestContext) -> Node | None:
    """The node of the product that the line sold; None once the product is deleted."""
    product = context.store.product(line.product_id) if line.product_id else None
    return node(product, context) if product else None
