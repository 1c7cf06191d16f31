"""One visitor's click, and how long until the storefront answers differently."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg

from comptoir.settings import Settings

SHOWN = 5
TIMEOUT_SECONDS = 30
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"  # our own would be a robot's


@dataclass(frozen=True)
class DemoClick:
    """What one visitor was recommended before and after a click, and how long the new rows took."""

    visitor_id: str
    clicked: str  # title
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    delay_ms: float | None  # None: nothing changed in TIMEOUT_SECONDS

    @property
    def changed(self) -> bool:
        """Whether new rows came, and their products are other ones, or in another order, than those before."""
        products = [[item["product_id"] for item in items] for items in (self.before, self.after)]
        return self.delay_ms is not None and products[0] != products[1]


def click_and_watch(settings: Settings) -> DemoClick:
    """A new visitor opens a product page: ask before, click, wait for their rows, ask again.

    Raises RuntimeError when no product has neighbours, httpx.HTTPError when storefront or collector fail.
    """
    visitor_id = f"demo-{uuid.uuid4().hex[:8]}"
    product_id, title, category = _a_product_with_neighbours(settings)
    with httpx.Client(timeout=10) as client:
        before = _recommended(client, settings, visitor_id)
        clicked_at = time.monotonic()
        _send_view(client, settings, visitor_id, product_id, title, category)
        delay_ms = _wait_for_rows(settings, visitor_id, clicked_at)
        after = _recommended(client, settings, visitor_id)
    return DemoClick(visitor_id, title, before, after, delay_ms)


def _a_product_with_neighbours(settings: Settings) -> tuple[str, str, str]:
    with psycopg.connect(settings.database_url_as("storefront")) as connection:
        found = connection.execute(
            """
            select products.product_id, products.title, coalesce(products.category, '')
            from serving.products as products
            inner join serving.product_neighbours as neighbours using (product_id)
            where products.is_published and products.is_in_stock
            group by products.product_id
            order by least(count(*), 10) desc, products.price desc, products.product_id -- well known, then expensive
            limit 1
            """
        ).fetchone()
    if not found:
        raise RuntimeError("No product in serving.products has neighbours: see the stream's log and the daily job.")
    return found


def _recommended(client: httpx.Client, settings: Settings, visitor_id: str) -> list[dict[str, Any]]:
    parameters: dict[str, str | int] = {"visitor_id": visitor_id, "slot": "home", "n": SHOWN}
    answer = client.get(f"{settings.storefront_url}/v1/recommendations", params=parameters)
    answer.raise_for_status()
    return list(answer.json()["items"])


def _send_view(
    client: httpx.Client, settings: Settings, visitor_id: str, product_id: str, title: str, category: str
) -> None:
    now = datetime.now(UTC).isoformat()
    message = {
        "type": "track",
        "event": "Product Viewed",
        "messageId": uuid.uuid4().hex,
        "anonymousId": visitor_id,
        "originalTimestamp": now,
        "context": {
            "sessionId": uuid.uuid4().hex,
            "consent": {"analytics": True, "personalisation": True},
            "userAgent": BROWSER,
        },
        "properties": {"product_id": product_id, "name": title, "category": category},
    }
    answer = client.post(
        f"{settings.collector_url}/v1/batch",
        json={"batch": [message], "sentAt": now},
        auth=(settings.write_key, ""),
    )
    answer.raise_for_status()


def _wait_for_rows(settings: Settings, visitor_id: str, since: float) -> float | None:
    with psycopg.connect(settings.database_url_as("storefront"), autocommit=True) as connection:
        while time.monotonic() - since < TIMEOUT_SECONDS:
            if connection.execute("select 1 from serving.list_version(%s, 'home')", [visitor_id]).fetchone():
                return (time.monotonic() - since) * 1000
            time.sleep(0.005)
    return None
