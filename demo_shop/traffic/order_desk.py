"""Places, refunds and cancels orders at the demo shop over HTTP, by its /demo/ endpoints (see demo_api.py)."""

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
    """The demo shop at `url`, whose certificate authority is in the file `ca`.

    Each method returns the changed order, or None when the shop refuses. Each raises RuntimeError when the shop cannot
    be reached or fails.
    """

    def __init__(self, url: str, ca: Path) -> None:
        self._url = url.rstrip("/")
        self._pool = urllib3.PoolManager(
            ca_certs=str(ca),
            # only failed connections are tried again: an order that was sent may have been placed
            retries=urllib3.Retry(connect=8, read=0, status=0, backoff_factor=0.25),
            timeout=urllib3.Timeout(connect=5, read=30),
        )

    def place(self, visitor: Visitor, basket: Basket, code: str | None, at: datetime) -> Order | None:
        """Place an order of the basket now; `at`, when the visitor placed it, is not used."""
        wanted = {
            "customer_id": visitor.customer.customer_id if visitor.customer else None,
            "currency": visitor.currency,
            "country_code": visitor.country_code,
            "lines": [{"product_id": product.product_id, "quantity": quantity} for product, quantity in basket],
            "discount_code": code,
            "source_name": "mobile" if visitor.is_app else "web",
        }
        return self._post("/demo/orders", wanted)

    def refund(self, order: Order, quantities: dict[int, int]) -> Order | None:
        """Refund units (line id -> units)."""
        wanted = {"lines": {str(line_id): units for line_id, units in quantities.items()}, "note": "Changed their mind"}
        return self._post(f"/demo/orders/{order.order_id}/refund", wanted)

    def cancel(self, order: Order) -> Order | None:
        """Cancel what was not refunded of an order."""
        return self._post(f"/demo/orders/{order.order_id}/cancel", {"reason": "customer"})

    def _post(self, path: str, wanted: dict[str, Any]) -> Order | None:
        try:
            response = self._pool.request("POST", self._url + path, json=wanted)
        except urllib3.exceptions.HTTPError as error:
            raise RuntimeError(f"The demo shop at {self._url} does not answer: {error}. Is it running?") from error
        if 400 <= response.status < 500:
            return None
        if response.status >= 500:
            raise RuntimeError(f"The demo shop failed at {path} ({response.status}): {response.data[:300]!r}")
        return msgspec.json.decode(response.data, type=Order)
