"""The messages that a visitor's browser sends, as plain dicts.

Source: Segment's specification, Common Fields and V2 Ecommerce Events.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from demo_shop.store.checkout import cents
from demo_shop.store.model import Order, Product
from demo_shop.traffic.visitors import Visitor

SHOP_URL = "https://shop.example"
MODEL_VERSION = "popularity-0"
"""The model that recommended in the history, before the platform did."""

Message = dict[str, Any]
"""A Segment message by its JSON names."""


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and a Z, as browsers write it."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def message_id(rng: random.Random) -> str:
    """An id as client libraries make it, but from `rng`, so that the same seed gives the same history."""
    return f"ajs-{rng.getrandbits(128):032x}"


class Browser:
    """Makes the messages of one session: all have its context and, from the sign-in on, the customer's id."""

    def __init__(self, visitor: Visitor, rng: random.Random, session_id: str, referrer: str = "") -> None:
        self._visitor = visitor
        self._rng = rng
        self._user_id: str | None = None
        self._referrer = referrer
        self._context: dict[str, Any] = {
            "sessionId": session_id,
            "userAgent": visitor.user_agent,
            "ip": visitor.ip,
            "locale": visitor.locale,
            "device": {"type": visitor.device},
            "consent": {"analytics": True, "personalisation": visitor.personalisation},
            "library": {"name": "analytics-kotlin" if visitor.is_app else "analytics.js", "version": "2.1.0"},
        }

    def came_from(self, source: str, medium: str, name: str) -> None:
        """Set the campaign (UTM parameters) that brought the visitor, for all following messages."""
        self._context["campaign"] = {"source": source, "medium": medium, "name": name}

    def page(self, at: datetime, path: str, title: str) -> Message:
        """A page call."""
        return self._message(
            "page", at, path, title, {"path": path, "title": title, "url": SHOP_URL + path}, name=title
        )

    def identify(self, at: datetime) -> Message:
        """Sign the visitor in, with an identify call."""
        self.sign_in()
        message = self._message("identify", at, "/account", "Account", {})
        message["traits"] = {"country": self._visitor.country_code}
        return message

    def sign_in(self) -> None:
        """Sign the visitor in without a message: all later ones have the customer's id. A stranger stays anonymous."""
        if self._visitor.customer is not None:
            self._user_id = str(self._visitor.customer.customer_id)

    @property
    def is_signed_in(self) -> bool:
        """Whether messages have the customer's id."""
        return self._user_id is not None

    def track(self, event: str, at: datetime, path: str, title: str, properties: dict[str, Any]) -> Message:
        """A track call from the page at `path`."""
        return self._message("track", at, path, title, properties, event=event)

    def on_product(self, event: str, at: datetime, product: Product, **properties: Any) -> Message:
        """A track call on the product's page: Product Clicked, Viewed, Added or Removed."""
        known = {**product_properties(product, self._visitor), **properties}
        return self.track(event, at, f"/products/{product.handle}", product.title, known)

    def _message(
        self, kind: str, at: datetime, path: str, title: str, properties: dict[str, Any], **naming: str
    ) -> Message:
        url = SHOP_URL + path
        page = {"path": path, "url": url, "title": title, "referrer": self._referrer}
        self._referrer = url
        message: Message = {
            "messageId": message_id(self._rng),
            "type": kind,
            **naming,
            "anonymousId": self._visitor.anonymous_id,
            "originalTimestamp": iso(at),
            "context": {**self._context, "page": page},
            "properties": properties,
        }
        if self._user_id:
            message["userId"] = self._user_id
        return message


def product_properties(product: Product, visitor: Visitor) -> dict[str, Any]:
    """The product fields of the spec; the price is in the visitor's currency."""
    return {
        "product_id": str(product.product_id),
        "sku": product.sku,
        "category": product.product_type,
        "name": product.title,
        "brand": product.vendor,
        "price": json_amount(product.price * visitor.exchange_rate),
        "currency": visitor.currency,
        "quantity": 1,
    }


def positions(products: Iterable[Product]) -> list[dict[str, Any]]:
    """The products of a list as it was shown, with positions from 1."""
    return [{"product_id": str(p.product_id), "position": position} for position, p in enumerate(products, 1)]


def cart_products(basket: Sequence[tuple[Product, int]], visitor: Visitor) -> list[dict[str, Any]]:
    """The products of a cart, given as (product, quantity) pairs."""
    return [{**product_properties(product, visitor), "quantity": quantity} for product, quantity in basket]


def order_properties(order: Order, categories: dict[int, str]) -> dict[str, Any]:
    """The properties of Order Completed. Amounts are in the order's currency, `revenue` without shipping and tax.

    `categories` are product id -> category.
    """
    goods = sum((line.net for line in order.lines), Decimal(0))
    tax = sum((line.tax for line in order.lines), Decimal(0))
    properties = {
        "order_id": str(order.order_id),
        "total": json_amount(goods + tax + order.shipping),
        "revenue": json_amount(goods),
        "shipping": json_amount(order.shipping),
        "tax": json_amount(tax),
        "discount": json_amount(sum((line.discount for line in order.lines), Decimal(0))),
        "currency": order.currency,
        "products": [
            {
                "product_id": str(line.product_id),
                "sku": line.sku,
                "category": categories.get(line.product_id or 0, ""),
                "name": line.title,
                "brand": line.vendor,
                "price": json_amount(line.unit_price),
                "quantity": line.quantity,
            }
            for line in order.lines
        ],
    }
    if order.discount_code:
        properties["coupon"] = order.discount_code
    return properties


def order_refunded(order: Order, refund_number: int, visitor: Visitor, rng: random.Random) -> Message:
    """Order Refunded, sent by the shop's server, so without a session; `visitor` is the one who placed the order."""
    message: Message = {
        "messageId": message_id(rng),
        "type": "track",
        "event": "Order Refunded",
        "anonymousId": visitor.anonymous_id,
        "originalTimestamp": iso(order.refunds[refund_number].created_at),
        "context": {"library": {"name": "analytics-node", "version": "2.3.0"}},
        "properties": refund_properties(order, refund_number),
    }
    if order.customer_id is not None:
        message["userId"] = str(order.customer_id)
    return message


def refund_properties(order: Order, refund_number: int) -> dict[str, Any]:
    """The properties of Order Refunded: the refund's lines and their sums; `total` is with tax."""
    refund = order.refunds[refund_number]
    return {
        "order_id": str(order.order_id),
        "total": json_amount(sum((line.subtotal + line.tax for line in refund.lines), Decimal(0))),
        "revenue": json_amount(sum((line.subtotal for line in refund.lines), Decimal(0))),
        "currency": order.currency,
        "products": [
            {
                "product_id": str(order.line(line.line_id).product_id),
                "sku": order.line(line.line_id).sku,
                "price": json_amount(order.line(line.line_id).unit_price),
                "quantity": line.quantity,
            }
            for line in refund.lines
        ],
    }


def json_amount(amount: Decimal) -> float:
    """An amount rounded to the cent, as a JSON number."""
    return float(cents(amount))
