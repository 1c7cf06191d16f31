"""Discount codes as GraphQL nodes."""

from __future__ import annotations

from demo_shop.shopify.graphql.connections import Node, connection, listed
from demo_shop.shopify.graphql.context import RequestContext, money_v2, utc_time
from demo_shop.shopify.identifiers import gid
from demo_shop.store.model import Discount


def discount_node(discount: Discount, context: RequestContext) -> Node:
    """A DiscountCodeNode with its DiscountCodeBasic and only redeem code."""
    return {
        "__typename": "DiscountCodeNode",
        "id": gid("DiscountCodeNode", discount.discount_id),
        "codeDiscount": _basic(discount, context),
        "metafield": lambda _info, **_: None,
    }


def _basic(discount: Discount, context: RequestContext) -> Node:
    redeemed = {
        "__typename": "DiscountRedeemCode",
        "id": gid("DiscountRedeemCode", discount.code_id),
        "code": discount.code,
        "asyncUsageCount": discount.usage_count,
        "createdBy": None,
    }
    summary = f"{100 * discount.share:.0f}% off all products"
    return {
        "__typename": "DiscountCodeBasic",
        "title": discount.code,
        "summary": summary,
        "shortSummary": summary,
        "status": "ACTIVE",
        "discountClass": "ORDER",
        "discountClasses": ["ORDER"],
        "startsAt": utc_time(discount.starts_at),
        "endsAt": None,
        "createdAt": utc_time(discount.created_at),
        "updatedAt": utc_time(discount.updated_at),
        "usageLimit": None,
        "appliesOncePerCustomer": False,
        "asyncUsageCount": discount.usage_count,
        "codesCount": {"count": 1, "precision": "EXACT"},
        "totalSales": money_v2(f"{discount.sales:.2f}", context.shop.currency),
        "codes": lambda info, **page: connection(info, listed([redeemed]), **page),
    }
