"""Refuses what no client of the storefront sends, before anything of it is parsed: one place for every path.

Whatever passes is short, UTF-8 and without NUL, so that no endpoint has to think of it, and its work is bounded.
"""

from __future__ import annotations

import asyncio
from urllib.parse import unquote_to_bytes

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storefront.responses import RequestError

MAX_PATH_BYTES = 2_000
MAX_QUERY_BYTES = 8_000
MAX_PARAMETERS = 100
MAX_HEADER_BYTES = 16_000
MAX_BODY_BYTES = 64_000
BODY_SECONDS = 20.0
BODILESS = ("GET", "HEAD", "OPTIONS")


class RequestChecks:
    """ASGI middleware. It answers a bad request itself; while a body is read, it raises RequestError instead."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a good request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            check_text("path", scope.get("raw_path") or scope["path"].encode(), MAX_PATH_BYTES)
            check_query(scope.get("query_string", b""))
            check_headers(scope)
        except RequestError as error:
            await error.response()(scope, receive, send)
            return
        await self._app(scope, receive if scope["method"] in BODILESS else bounded_body(receive), send)


def check_text(what: str, raw: bytes, longest: int) -> None:
    """Whether percent-encoded text is short, and when decoded UTF-8 without NUL. Raises RequestError."""
    if len(raw) > longest:
        raise RequestError(414, f"The {what} of the address has {len(raw)} bytes: send at most {longest}.")
    decoded = unquote_to_bytes(raw) if b"%" in raw else raw
    if b"\0" in decoded:
        raise RequestError(400, f"The {what} of the address holds a NUL character (%00): leave it out.")
    try:
        decoded.decode("utf-8")
    except UnicodeDecodeError:
        raise RequestError(400, f"The {what} of the address is not percent-encoded UTF-8: encode it so.") from None


def check_query(raw: bytes) -> None:
    """Whether the query string is sound and holds few parameters. Raises RequestError."""
    if not raw:
        return
    check_text("query", raw, MAX_QUERY_BYTES)
    parameters = raw.count(b"&") + 1
    if parameters > MAX_PARAMETERS:
        raise RequestError(400, f"The query has {parameters} parameters: send at most {MAX_PARAMETERS}.")


def check_headers(scope: Scope) -> None:
    """Whether the headers are few and announce neither a large body nor another protocol. Raises RequestError.

    Range is taken out, as HTTP allows: the files are small, and a malformed one is no reason to fail.
    """
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    if sum(len(name) + len(value) for name, value in headers) > MAX_HEADER_BYTES:
        raise RequestError(431, f"The headers have more than {MAX_HEADER_BYTES} bytes: send fewer or shorter ones.")
    for name, value in headers:
        if name == b"content-length" and value.isdigit() and (len(value) > 12 or int(value) > MAX_BODY_BYTES):
            raise _too_large()
        if name == b"upgrade" and value.lower() == b"websocket":
            raise RequestError(400, "There is no WebSocket here: send an HTTP request without Upgrade.")
        if name == b"range":
            scope["headers"] = [header for header in headers if header[0] != b"range"]


def bounded_body(receive: Receive) -> Receive:
    """`receive`, until the body is complete: raises RequestError for one that is too large or takes too long."""
    size, is_complete = 0, False
    deadline = asyncio.get_running_loop().time() + BODY_SECONDS

    async def receive_bounded() -> Message:
        nonlocal size, is_complete
        if is_complete:
            return await receive()
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            sentence = f"The body did not arrive within {BODY_SECONDS:.0f} s: send it again."
            raise RequestError(408, sentence, {"connection": "close"}) from None
        size += len(message.get("body", b""))
        if size > MAX_BODY_BYTES:
            raise _too_large()
        is_complete = not message.get("more_body", False)
        return message

    return receive_bounded


def _too_large() -> RequestError:
    return RequestError(413, f"The body has more than {MAX_BODY_BYTES} bytes: send a smaller one.")
