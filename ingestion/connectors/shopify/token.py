"""An access token for a day, from the client credentials of an app created in Shopify's Dev Dashboard.

Since 2026 a shop's own app no longer gets a permanent token. Source: Shopify's documentation of the client
credentials grant (RFC 6749, section 4.4).
"""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
import msgspec

from ingestion.connectors.shopify.api import ShopifyError
from ingestion.connectors.shopify.refusal import why_no_token


class _Granted(msgspec.Struct):
    access_token: str


def day_token(
    shop: str, client_id: str, client_secret: str, *, proxy: str | None = None, authority: Path | None = None
) -> str:
    """The token for shop `shop` (the name before `.myshopify.com`).

    `proxy` and `authority` (a file) lead to the demo shop. Raises ShopifyError when the shop does not grant it.
    """
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
    trusted = ssl.create_default_context(cafile=authority)
    transport = httpx.HTTPTransport(proxy=proxy, verify=trusted, retries=3)
    try:
        with httpx.Client(transport=transport, timeout=60) as client:
            answer = client.post(f"https://{shop}.myshopify.com/admin/oauth/access_token", data=form)
    except httpx.TransportError as error:
        raise ShopifyError(
            f"the shop {shop} cannot be reached for an access token ({error}): is COMPTOIR_SHOP_NAME right?"
        ) from error
    if answer.status_code != 200:
        why = f"HTTP {answer.status_code}{why_no_token(answer.content)}"
        raise ShopifyError(
            f"the shop {shop} grants no token to COMPTOIR_SHOP_CLIENT_ID ({why}); "
            "is the app installed in this shop, and COMPTOIR_SHOP_CLIENT_SECRET right?"
        )
    try:
        return msgspec.json.decode(answer.content, type=_Granted).access_token
    except msgspec.MsgspecError:
        raise ShopifyError(
            f"the shop {shop} answered a request for an access token with {len(answer.content):,} bytes that hold "
            "none: is COMPTOIR_SHOP_NAME right?"
        ) from None
