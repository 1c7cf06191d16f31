"""What a visitor's browser sends: Segment messages (Spec: Common Fields; E-Commerce Spec V2) as plain dicts."""

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
"""What recommended before the platform did: shown in the history's recommendation slots."""

Message = dict[str, Any]


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC to the millisecond, with a Z, as browsers write it."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def message_id(rng: random.Random) -> str:
    """An id as clients make them; from `rng`, so that a seeded history repeats."""
    return f"ajs-{rng.getrandbits(128):032x}"


class Browser:
    """One visitor's session: makes its messages, all with the session's context and, once signed in, the user id."""

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
        """The campaign (UTM parameters) that brought the visitor, for all that follows."""
        self._context["campaign"] = {"source": source, "medium": medium, "name": name}

    def page(self, at: datetime, path: str, title: str) -> Message:
        return self._message(
            "page", at, path, title, {"path": path, "title": title, "url": SHOP_URL + path}, name=title
        )

    def identify(self, at: datetime) -> Message:
        """Signs the visitor in; every later message carries the customer's id."""
        self.sign_in()
        message = self._message("identify", at, "/account", "Account", {})
        message["traits"] = {"country": self._visitor.country_code}
        return message

    def sign_in(self) -> None:
        """From now on the visitor is known, without a message of its own."""
        if self._visitor.customer is not None:
            self._user_id = str(self._visitor.customer.customer_id)

    @property
    def is_signed_in(self) -> bool:
        return self._user_id is not None

    def track(self, event: str, at: datetime, path: str, title: str, properties: dict[str, Any]) -> Message:
        return self._message("track", at, path, title, properties, event=event)

    def on_product(self, event: str, at: datetime, product: Product, **properties: Any) -> Message:
        """Product Clicked, Viewed, Added or Removed, on the product's page."""
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
    """The spec's product fields; the price is in the currency the visitor sees."""
    return {
        "product_id": str(product.product_id),
        "sku": product.sku,
        "category": product.product_type,
        "name": product.title,
        "brand": product.vendor,
        "price": money(product.price * visitor.exchange_rate),
        "currency": visitor.currency,
        "quantity": 1,
    }


def positions(products: Iterable[Product]) -> list[dict[str, Any]]:
    """A list of products as it was shown; positions count from 1."""
    return [{"product_id": str(p.product_id), "position": place} for place, p in enumerate(products, 1)]


def cart_products(basket: Sequence[tuple[Product, int]], visitor: Visitor) -> list[dict[str, Any]]:
    return [{**product_properties(product, visitor), "quantity": quantity} for product, quantity in basket]


def order_properties(order: Order, categories: dict[int, str]) -> dict[str, Any]:
    """An order's sums (all lines, in its own currency): `total` with shipping and tax, `revenue` without."""
    goods = sum((line.unit_price * line.quantity - line.discount for line in order.lines), Decimal(0))
    tax = sum((line.tax for line in order.lines), Decimal(0))
    properties = {
        "order_id": str(order.order_id),
        "total": money(goods + tax + order.shipping),
        "revenue": money(goods),
        "shipping": money(order.shipping),
        "tax": money(tax),
        "discount": money(sum((line.discount for line in order.lines), Decimal(0))),
        "currency": order.currency,
        "products": [
            {
                "product_id": str(line.product_id),
                "sku": line.sku,
                "category": categories.get(line.product_id, ""),
                "name": line.title,
                "brand": line.vendor,
                "price": money(line.unit_price),
                "quantity": line.quantity,
            }
            for line in order.lines
        ],
    }
    if order.discount_code:
        properties["coupon"] = order.discount_code
    return properties


def order_refunded(order: Order, refund_number: int, visitor: Visitor, rng: random.Random) -> Message:
    """Sent by the shop's server, so without a session; `visitor` is who had placed the order."""
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
    """What Order Refunded says: the refund's own lines and their sum with tax."""
    refund = order.refunds[refund_number]
    product_of = {line.line_id: line for line in order.lines}
    return {
        "order_id": str(order.order_id),
        "total": money(sum((line.subtotal + line.tax for line in refund.lines), Decimal(0))),
        "revenue": money(sum((line.subtotal for line in refund.lines), Decimal(0))),
        "currency": order.currency,
        "products": [
            {
                "product_id": str(product_of[line.line_id].product_id),
                "sku": product_of[line.line_id].sku,
                "price": money(product_of[line.line_id].unit_price),
                "quantity": line.quantity,
            }
            for line in refund.lines
        ],
    }


def money(amount: Decimal) -> float:
    """A JSON number, to the cent; the books are kept in Decimal, elsewhere."""
    return float(cents(amount))
