"""Customers who browse signed in, on three devices each, before, during and after something happens to the platform."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from threading import Event
from typing import Any

from comptoir.settings import Settings
from demo_shop.traffic.send_history import send_history

A_PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
PAUSE_SECONDS = 0.2  # between two rounds of all customers


class SignedInVisits:
    """Sends views of products by customers of the shop; every event id is kept."""

    def __init__(self, settings: Settings, customers: Sequence[str], products: Sequence[str]) -> None:
        self.event_ids: list[str] = []
        self.last_event: dict[str, str] = {}  # customer -> its id
        self._settings, self.customers, self._products = settings, customers, products

    def once(self, device: str) -> int:
        """One view of each customer on this device, and for the shop's server one without a device; how many came.

        On the phone they search for something of theirs, too.
        """
        settings = self._settings
        secret = settings.user_id_secret.get_secret_value()
        sent = send_history(self._round(device), settings.collector_url, settings.write_key, user_id_secret=secret)
        return sent.accepted

    def until(self, stop: Event, device: str) -> int:
        """Views on this device until `stop` is set; how many came."""
        accepted = self.once(device)
        while not stop.wait(PAUSE_SECONDS):
            accepted += self.once(device)
        return accepted

    def device_of(self, customer: str, device: str) -> str:
        """The visitor id of a customer's device."""
        return f"{device}-of-{customer}"

    def typed_by(self, customer: str) -> str:
        """What the customer searches for, and nobody else."""
        return f"gift for aunt {int(customer) * 7919 % 1_000_003}"

    def _round(self, device: str) -> Iterator[dict[str, Any]]:
        for place, customer in enumerate(self.customers):
            product = {"product_id": self._products[place % len(self._products)]}
            on_device = {"anonymousId": self.device_of(customer, device)}
            yield self._message(customer, "Product Viewed", product, **on_device)
            yield self._message(customer, "Product Viewed", product)
            if device == "phone":
                typed = {"query": self.typed_by(customer), "results": 3}
                yield self._message(customer, "Products Searched", typed, **on_device)

    def _message(self, customer: str, event: str, properties: dict[str, Any], **visitor: str) -> dict[str, Any]:
        self.event_ids.append(event_id := str(uuid.uuid4()))
        self.last_event[customer] = event_id
        return visitor | {
            "type": "track",
            "event": event,
            "messageId": event_id,
            "userId": customer,
            "originalTimestamp": datetime.now(UTC).isoformat(),
            "context": {"userAgent": A_PERSON},
            "properties": properties,
        }
