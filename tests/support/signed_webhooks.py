"""Shopify's privacy webhooks as its servers send them."""

from __future__ import annotations

import base64
import hashlib
import hmac

from msgspec import json

from tests.support.people import Person

SECRET = "hush"  # of the app that sends them
DOMAIN = "comptoir-demo.myshopify.com"


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


def doors(person: Person) -> list[tuple[int, bytes, dict[str, str]]]:
    """Webhooks that name a person: the status of the answer, the body and the headers of each."""
    customer = {"id": person.number, "email": person.mail, "phone": person.phone}
    shop = {"shop_id": 954889, "shop_domain": DOMAIN, "customer": customer}
    asked = json.encode({**shop, "orders_requested": [299938, 280263], "data_request": {"id": 9999}})
    to_forget = json.encode({**shop, "orders_to_redact": [299938]})
    strange = json.encode({**shop, "orders_to_redact": [299938], "customer": {"id": person.mail}})
    half, number = asked[:-20], person.number
    return [
        (200, asked, headers(asked, "customers/data_request", f"asked-{number}")),
        (200, to_forget, headers(to_forget, "customers/redact", f"to-forget-{number}")),
        (401, asked, headers(asked, "customers/data_request", f"forged-{number}", secret="another")),
        (400, asked, headers(asked, "shop/redact", f"another-topic-{number}")),
        (400, asked, headers(asked, person.escaped, f"no-topic-{number}")),
        (400, asked, headers(asked, "customers/data_request", f"another-shop-{number}", person.escaped)),
        (400, half, headers(half, "customers/data_request", f"half-{number}")),
        (400, strange, headers(strange, "customers/redact", f"strange-{number}")),
    ]
