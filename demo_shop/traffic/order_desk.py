"""Orders from the demo shop over HTTP (its own /demo endpoints, which are no part of Shopify's API)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import urllib3

from demo_shop.store.model import Order
from demo_shop.traffic.visit import Basket
from demo_shop.traffic.visitors import Visitor


class OrderDesk:
    """The demo shop at `url`, trusted by the authority in the file `ca`. Answers None when the shop refuses."""

    def __init__(self, url: str, ca: Path) -> None:
        self._url = url.rstrip("/")
        self._pool = urllib3.PoolManager(
            ca_certs=str(ca),
            # a connection that was never made is tried again; an order that may have been taken is not
            retries=urllib3.Retry(connect=8, read=0, status=0, backoff_factor=0.25),
            timeout=urllib3.Timeout(connect=5, read=30),
        )

    def place(self, visitor: Visitor, basket: Basket, code: str | None, at: datetime) -> Order | None:
        """The visitor's order, placed now (`at` is when the visitor meant to)."""
        asked = {
            "customer_id": visitor.customer.customer_id if visitor.customer else None,
            "currency": visitor.currency,
            "country_code": visitor.country_code,
            "lines": [{"product_id": product.product_id, "quantity": quantity} for product, quantity in basket],
            "discount_code": code,
            "source_name": "mobile" if visitor.is_app else "web",
        }
        return self._post("/demo/orders", asked)

    def refund(self, order: Order, quantities: dict[int, int]) -> Order | None:
        """Give back units by line id."""
        asked = {"lines": {str(line_id): units for line_id, units in quantities.items()}, "note": "Changed their mind"}
        return self._post(f"/demo/orders/{order.order_id}/refund", asked)

    def cancel(self, order: Order) -> Order | None:
        return self._post(f"/demo/orders/{order.order_id}/cancel", {"reason": "customer"})

    def _post(self, path: str, asked: dict[str, Any]) -> Order | None:
        """Raises RuntimeError when the shop cannot be reached or fails."""
        try:
            response = self._pool.request("POST", self._url + path, json=asked)
        except urllib3.exceptions.HTTPError as error:
            raise RuntimeError(f"The demo shop at {self._url} does not answer: {error}. Is it running?") from error
        if 400 <= response.status < 500:
            return None
        if response.status >= 500:
            raise RuntimeError(f"The demo shop failed at {path} ({response.status}): {response.data[:300]!r}")
        return msgspec.json.decode(response.data, type=Order)
