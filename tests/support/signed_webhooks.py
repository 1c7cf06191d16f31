"""Shopify's privacy webhooks as its servers send them."""

from __future__ import annotations

import base64
import hashlib
import hmac

from msgspec import json

from tests.support.doors import MAIL, PHONE

SECRET = "hush"  # of the app that sends them
DOMAIN = "comptoir-demo.myshopify.com"
PERSON = {"id": 191167, "email": MAIL, "phone": PHONE}
ASKED = {
    "shop_id": 954889,
    "shop_domain": DOMAIN,
    "orders_requested": [299938, 280263],
    "customer": PERSON,
    "data_request": {"id": 9999},
}
TO_FORGET = {"shop_id": 954889, "shop_domain": DOMAIN, "customer": PERSON, "orders_to_redact": [299938]}


def signature(body: bytes, secret: str = SECRET) -> str:
    """What X-Shopify-Hmac-Sha256 says."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def headers(body: bytes, topic: str, webhook_id: str, domain: str = DOMAIN, secret: str = SECRET) -> dict[str, str]:
    """The headers of a webhook."""
    return {
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": signature(body, secret),
        "X-Shopify-Shop-Domain": domain,
        "X-Shopify-Webhook-Id": webhook_id,
    }


def doors() -> list[tuple[int, bytes, dict[str, str]]]:
    """Webhooks that name a person: the status of the answer, the body and the headers of each."""
    asked, to_forget = json.encode(ASKED), json.encode(TO_FORGET)
    half, strange = asked[:-20], json.encode(TO_FORGET | {"customer": {"id": MAIL}})
    return [
        (200, asked, headers(asked, "customers/data_request", "asked")),
        (200, to_forget, headers(to_forget, "customers/redact", "to-forget")),
        (401, asked, headers(asked, "customers/data_request", "forged", secret="another")),
        (400, asked, headers(asked, "shop/redact", "another-topic")),
        (400, asked, headers(asked, MAIL, "no-topic")),
        (400, asked, headers(asked, "customers/data_request", "another-shop", MAIL)),
        (400, half, headers(half, "customers/data_request", "half")),
        (400, strange, headers(strange, "customers/redact", "strange")),
    ]
