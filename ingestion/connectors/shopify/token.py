"""An access token for a day, by the client credentials of an app made in Shopify's Dev Dashboard.

Since 2026 a shop's own app no longer gets a token that stays. Source: Shopify's documentation of the client
credentials grant (RFC 6749, section 4.4).
"""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
import msgspec

from ingestion.connectors.shopify.api import ShopifyError


class _Granted(msgspec.Struct):
    access_token: str


def day_token(
    shop: str, client_id: str, client_secret: str, *, proxy: str | None = None, authority: Path | None = None
) -> str:
    """Raises ShopifyError with one sentence when the shop does not grant it."""
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
    trusted = ssl.create_default_context(cafile=authority)
    transport = httpx.HTTPTransport(proxy=proxy, verify=trusted, retries=3)
    try:
        with httpx.Client(transport=transport, timeout=60) as client:
            answer = client.post(f"https://{shop}.myshopify.com/admin/oauth/access_token", data=form)
    except httpx.TransportError as error:
        raise ShopifyError(f"the shop {shop} cannot be reached for a token: {error}") from error
    if answer.status_code != 200:
        reason = " ".join(answer.text.split())[:200]
        raise ShopifyError(
            f"the shop {shop} grants no token to COMPTOIR_SHOP_CLIENT_ID (HTTP {answer.status_code}: {reason}); "
            "is the app installed there, and the secret right?"
        )
    return msgspec.json.decode(answer.content, type=_Granted).access_token
