"""Receives Shopify's webhooks; of privacy three: export a customer's data, erase a customer's or a shop's data.

POST /webhooks/shopify. A request with a valid HMAC is stored once, by its webhook id, and answered with 200; nothing
here carries it out. After any other answer Shopify sends it again, for four hours. The HMAC covers the body alone, so a
topic or a shop that a header names must be the body's. Another room may add topics: ingestion/webhook_receiver.py does,
and serves.
Sources: https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance and
https://shopify.dev/docs/apps/build/webhooks/subscribe/https
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import psycopg
from psycopg_pool import PoolTimeout
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from comptoir.pool import pool_while_serving
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


class Kept(NamedTuple):
    """What is kept of a webhook: a statement with its values, and the shop that the body names, if it names one."""

    shop_domain: str | None
    statement: str
    values: Sequence[Any]


Reader = Callable[[str, bytes], Kept]
"""(webhook id, body) -> what is kept. Raises WebhookPayloadError."""


def keep_request(topic: str, webhook_id: str, body: bytes) -> Kept:
    """How a privacy webhook is stored: once, by its id. Raises WebhookPayloadError."""
    kept = read_payload(topic, body)
    return Kept(kept.shop_domain, STORE, [webhook_id, topic, kept.shop_domain, kept.customer_id, kept.payload])


def make_app(
    database_url: str, secrets: Sequence[str], shop_domain: str | None, more: Mapping[str, Reader] | None = None
) -> Starlette:
    """The application. `database_url` is that of the login privacy_intake, which may write here and read nothing.

    `shop_domain` is that of the shop whose webhooks are taken, `NAME.myshopify.com`; None: any that is signed. `more`
    are topics beside those of privacy.
    """
    lifespan = pool_while_serving(database_url, "privacy-webhooks", max_size=2)
    app = Starlette(routes=[Route(PATH, _receive, methods=["POST"])], lifespan=lifespan)
    app.state.secrets, app.state.shop_domain = tuple(secrets), shop_domain
    app.state.readers = {topic: partial(keep_request, topic) for topic in SHAPES} | dict(more or {})
    return app


async def _receive(request: Request) -> Response:
    body = await _body(request)
    if body is None:
        return _problem(413, f"the body is larger than {MAX_BODY_BYTES} bytes")
    if not is_signed(body, request.headers.get("x-shopify-hmac-sha256", ""), request.app.state.secrets):
        return _problem(401, "the signature is wrong")
    topic, webhook_id = request.headers.get("x-shopify-topic", ""), request.headers.get("x-shopify-webhook-id", "")
    readers: Mapping[str, Reader] = request.app.state.readers
    if topic not in readers:
        return _problem(400, f"{topic!r} is none of the topics that are taken here: {', '.join(readers)}")
    if not 0 < len(webhook_id) <= MAX_CHARACTERS:
        return _problem(400, f"the webhook's id must have 1 to {MAX_CHARACTERS} characters")
    try:
        kept = readers[topic](webhook_id, body)
    except WebhookPayloadError as error:
        return _problem(400, str(error))
    for shop in (request.app.state.shop_domain, request.headers.get("x-shopify-shop-domain")):
        # a body about goods names no shop, so the header's must be ours
        named = kept.shop_domain or request.headers.get("x-shopify-shop-domain", "")
        if shop is not None and shop.lower() != named.lower():
            return _problem(400, f"this is the webhook of shop {named}, not of {shop}")
    try:
        async with request.app.state.pool.connection() as connection:
            await connection.execute(kept.statement.encode(), kept.values)
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
