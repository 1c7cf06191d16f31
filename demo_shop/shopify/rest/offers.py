"""Discounts (price rules) and abandoned checkouts as Shopify's REST Admin API writes them.

Source: Shopify's REST reference, resources PriceRule and Abandoned checkouts.
"""

from __future__ import annotations

from demo_shop.profile import ShopProfile
from demo_shop.shopify.identifiers import gid
from demo_shop.shopify.rest.people import address, customer_record
from demo_shop.shopify.rest.values import JsonRecord, amount_text
from demo_shop.store.amounts import OrderAmounts
from demo_shop.store.model import Checkout, Customer, Discount


def price_rule_record(discount: Discount, shop: ShopProfile) -> JsonRecord:
    """The PriceRule resource of a discount; its value is a negative percentage as a text, e.g. "-10.0"."""
    return {
        "id": discount.discount_id,
        "admin_graphql_api_id": gid("PriceRule", discount.discount_id),
        "title": discount.code,
        "value": f"-{100 * discount.share:.1f}",
        "value_type": "percentage",
        "allocation_method": "across",
        "allocation_limit": None,
        "target_type": "line_item",
        "target_selection": "all",
        "customer_selection": "all",
        "once_per_customer": False,
        "usage_limit": None,
        "starts_at": shop.local_time(discount.starts_at),
        "ends_at": None,
        "created_at": shop.local_time(discount.created_at),
        "updated_at": shop.local_time(discount.updated_at),
        "entitled_product_ids": [],
        "entitled_variant_ids": [],
        "entitled_collection_ids": [],
        "entitled_country_ids": [],
        "prerequisite_product_ids": [],
        "prerequisite_variant_ids": [],
        "prerequisite_collection_ids": [],
        "prerequisite_customer_ids": [],
        "customer_segment_prerequisite_ids": [],
        "prerequisite_subtotal_range": None,
        "prerequisite_quantity_range": None,
        "prerequisite_shipping_price_range": None,
        "prerequisite_to_entitlement_quantity_ratio": {"prerequisite_quantity": None, "entitled_quantity": None},
        "prerequisite_to_entitlement_purchase": {"prerequisite_amount": None},
    }


def checkout_record(checkout: Checkout, customer: Customer | None, shop: ShopProfile) -> JsonRecord:
    """The Checkout resource. Amounts are texts in the customer's currency, unlike those of orders."""
    priced, amounts = checkout.priced, OrderAmounts(checkout.priced)
    token = f"{checkout.checkout_id:x}"
    where = address(customer, priced.country_code)
    return {
        "id": checkout.checkout_id,
        "token": token,
        "cart_token": f"c{token}",
        "name": f"#{checkout.checkout_id}",
        "abandoned_checkout_url": f"https://{shop.domain}/checkouts/{token}/recover",
        "email": customer.email if customer else None,
        "phone": None,
        "gateway": None,
        "buyer_accepts_marketing": bool(customer and customer.accepts_marketing),
        "customer_locale": "en",
        "currency": shop.currency,
        "presentment_currency": priced.currency,
        "created_at": shop.local_time(checkout.created_at),
        "updated_at": shop.local_time(checkout.updated_at),
        "completed_at": shop.local_time(checkout.completed_at) if checkout.completed_at else None,
        "closed_at": None,
        "landing_site": "/",
        "referring_site": None,
        "source_name": priced.source_name,
        "source": None,
        "source_identifier": None,
        "source_url": None,
        "device_id": None,
        "user_id": None,
        "location_id": None,
        "note": None,
        "note_attributes": [],
        "taxes_included": False,
        "total_weight": 0,
        "total_line_items_price": amount_text(amounts.lines_price.presentment),
        "total_discounts": amount_text(amounts.discounts.presentment),
        "subtotal_price": amount_text(amounts.subtotal.presentment),
        "total_tax": amount_text(amounts.tax.presentment),
        "total_price": amount_text(amounts.total.presentment),
        "discount_codes": [],
        "tax_lines": [],
        "shipping_lines": [],
        "billing_address": where,
        "shipping_address": where,
        "customer": customer_record(customer, shop) if customer else None,
        "line_items": [
            {
                "key": str(position),
                "product_id": line.product_id,
                "variant_id": line.variant_id,
                "title": line.title,
                "variant_title": "",
                "presentment_title": line.title,
                "sku": line.sku,
                "vendor": line.vendor,
                "quantity": line.quantity,
                "price": amount_text(line.unit_price),
                "line_price": amount_text(line.unit_price * line.quantity),
                "grams": 0,
                "gift_card": False,
                "requires_shipping": True,
                "taxable": True,
                "fulfillment_service": "manual",
            }
            for position, line in enumerate(priced.lines)
        ],
    }
