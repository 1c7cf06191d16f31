"""Receives Shopify's three privacy webhooks: export a customer's data, erase a customer's data, erase a shop's data.

POST /webhooks/shopify. A request with a valid HMAC is stored once, by its webhook id, and answered with 200; nothing
here carries it out. After any other answer Shopify sends it again, for four hours. The HMAC covers the body alone, so a
topic or a shop that a header names must be the body's. `python -m privacy.webhooks` serves.
Sources: https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance and
https://shopify.dev/docs/apps/build/webhooks/subscribe/https
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

import psycopg
import uvicorn
from psycopg_pool import PoolTimeout
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from comptoir.pool import pool_while_serving
from comptoir.settings import settings_at_start
from privacy.webhook_payload import MAX_CHARACTERS, SHAPES, WebhookPayloadError, read_payload

PATH = "/webhooks/shopify"
MAX_BODY_BYTES = 1024 * 1024

STORE = """
    insert into pii.privacy_requests (webhook_id, topic, shop_domain, customer_id, payload, due_at)
    values (%s, %s, %s, %s, %s, now() + interval '30 days')
    on conflict (webhook_id) do nothing
"""


def is_signed(body: bytes, signature: str, secrets: Sequence[str]) -> bool:
    """Whether the base64 `signature` is the HMAC-SHA256 of the raw body under one of the secrets; in constant time."""
    given = signature.encode()
    expected = [base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)) for secret in secrets]
    return any(hmac.compare_digest(one, given) for one in expected)


def make_app(database_url: str, secrets: Sequence[str], shop_domain: str | None) -> Starlette:
    """The application. `database_url` is that of the login privacy_intake, which may write here and read nothing.

    `shop_domain` is that of the shop whose webhooks are taken, `NAME.myshopify.com`; None: any that is signed.
    """
    lifespan = pool_while_serving(database_url, "privacy-webhooks", max_size=2)
    app = Starlette(routes=[Route(PATH, _receive, methods=["POST"])], lifespan=lifespan)
    app.state.secrets, app.state.shop_domain = tuple(secrets), shop_domain
    return app


async def _receive(request: Request) -> Response:
    body = await _body(request)
    if body is None:
        return _problem(413, f"the body is larger than {MAX_BODY_BYTES} bytes")
    if not is_signed(body, request.headers.get("x-shopify-hmac-sha256", ""), request.app.state.secrets):
        return _problem(401, "the signature is wrong")
    topic, webhook_id = request.headers.get("x-shopify-topic", ""), request.headers.get("x-shopify-webhook-id", "")
    if topic not in SHAPES:
        return _problem(400, f"{topic!r} is not a privacy topic: send {', '.join(SHAPES)}")
    if not 0 < len(webhook_id) <= MAX_CHARACTERS:
        return _problem(400, f"the webhook's id must have 1 to {MAX_CHARACTERS} characters")
    try:
        kept = read_payload(topic, body)
    except WebhookPayloadError as error:
        return _problem(400, str(error))
    for shop in (request.app.state.shop_domain, request.headers.get("x-shopify-shop-domain")):
        if shop is not None and shop.lower() != kept.shop_domain.lower():
            return _problem(400, f"this is the webhook of shop {kept.shop_domain}, not of {shop}")
    values = [webhook_id, topic, kept.shop_domain, kept.customer_id, kept.payload]
    try:
        async with request.app.state.pool.connection() as connection:
            await connection.execute(STORE, values)
    except psycopg.DataError as error:  # such as a NUL in a text
        return _problem(400, f"the body cannot be stored: {error}")
    except (PoolTimeout, psycopg.OperationalError):
        return _problem(503, "the database does not answer: send it again")
    return Response(status_code=200)


async def _body(request: Request) -> bytes | None:
    """The raw body, or None when it is too large."""
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY_BYTES:
                return None
    except ClientDisconnect:
        return b""  # the answer goes nowhere
    return bytes(body)


def _problem(status: int, detail: str) -> Response:
    return JSONResponse({"detail": detail}, status)


def main() -> None:
    """Serve with the settings' addresses. Raises SystemExit without COMPTOIR_WEBHOOK_SECRETS."""
    settings = settings_at_start()
    if not settings.webhook_secrets:
        raise SystemExit("Set COMPTOIR_WEBHOOK_SECRETS to the client secret of the shop's app.")
    secrets = [secret.get_secret_value() for secret in settings.webhook_secrets]
    app = make_app(settings.database_url_as("privacy_intake"), secrets, settings.shopify_domain)
    uvicorn.run(app, host=settings.host_of("privacy"), port=settings.privacy_port, log_level="warning")


if __name__ == "__main__":
    main()
