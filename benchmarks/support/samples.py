"""One message of each event in the contract, with every property it has."""

from __future__ import annotations

from typing import Any

PRODUCT = {
    "product_id": "8001",
    "sku": "HP-1",
    "category": "Headphones",
    "name": "Over-ear headphones",
    "brand": "Aurora",
    "variant": "black",
    "price": 99.5,
    "currency": "EUR",
    "quantity": 1,
    "coupon": "WELCOME10",
    "position": 3,
    "url": "https://shop.test/p/8001",
    "image_url": "https://shop.test/p/8001.png",
}
CHOICES = {"filters": [{"type": "brand", "value": "Aurora"}], "sorts": [{"type": "price", "value": "asc"}]}
ON_PRODUCT = PRODUCT | {
    "cart_id": "c-1",
    "value": 99.5,
    "recommendation": {"slot": "home", "rank": 2, "model_version": "2026-11-23"},
}
PRODUCT_LIST = {"list_id": "deals", "category": "Audio", "products": [PRODUCT], **CHOICES}
ORDER = {
    "order_id": "1042",
    "checkout_id": "k-1",
    "affiliation": "web",
    "value": 99.5,
    "subtotal": 99.5,
    "total": 124.3,
    "revenue": 99.5,
    "shipping": 4.9,
    "tax": 19.9,
    "discount": 10,
    "coupon": "WELCOME10",
    "currency": "EUR",
    "products": [PRODUCT],
}
STEP = {
    "checkout_id": "k-1",
    "order_id": "1042",
    "step": 2,
    "shipping_method": "parcel",
    "payment_method": "card",
}
COUPON = {"order_id": "1042", "cart_id": "c-1", "coupon_id": "7", "coupon_name": "WELCOME10", "discount": 10}
IMPRESSIONS = {"slot": "home", "products": [{"product_id": "8001", "position": 1}], "model_version": "2026-11-23"}
PAGE = {
    "name": "Product",
    "path": "/p/8001",
    "url": "https://shop.test/p/8001",
    "referrer": "",
    "title": "Headphones",
    "search": "?q=headphones",
    "keywords": ["audio"],
}
TRAITS = {"country": "FR", "language": "fr", "currency": "EUR", "locale": "fr-FR", "createdAt": "2026-01-01"}


def _track(event: str, properties: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return event, {"type": "track", "event": event, "properties": properties}


SAMPLES: list[tuple[str, dict[str, Any]]] = [
    _track("Products Searched", {"query": "headphones", "results": 12, **CHOICES}),
    _track("Product List Viewed", PRODUCT_LIST),
    _track("Product List Filtered", PRODUCT_LIST),
    _track("Product Clicked", ON_PRODUCT),
    _track("Product Viewed", ON_PRODUCT),
    _track("Product Added", ON_PRODUCT),
    _track("Product Removed", ON_PRODUCT),
    _track("Cart Viewed", {"cart_id": "c-1", "products": [PRODUCT]}),
    _track("Checkout Started", ORDER),
    _track("Checkout Step Viewed", STEP),
    _track("Checkout Step Completed", STEP),
    _track("Payment Info Entered", STEP),
    _track("Order Completed", ORDER),
    _track("Order Refunded", ORDER),
    _track("Coupon Applied", COUPON),
    _track("Recommendations Viewed", IMPRESSIONS),
    ("page", {"type": "page", "event": None, "name": "Product", "properties": PAGE}),
    ("identify", {"type": "identify", "event": None, "userId": "pseudonym", "properties": TRAITS}),
    ("group", {"type": "group", "event": None, "userId": "pseudonym", "properties": {"groupId": "company"}}),
    ("alias", {"type": "alias", "event": None, "userId": "pseudonym", "properties": {"previousId": "visitor-0"}}),
]
