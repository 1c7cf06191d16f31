"""How many requests one network address may make; the address behind a proxy is what uvicorn's trusted proxies say."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from comptoir.rate_limit import Rate, RateLimit, sender_lookup
from storefront.responses import problem

ADDRESS_CHARACTERS = 64  # what a proxy hands on in place of an address may be longer, and is remembered


class ClientLimit:
    """ASGI middleware: 429 with Retry-After above the rate. `unlimited`: networks (CIDR) without a limit."""

    def __init__(self, app: ASGIApp, rate: Rate, unlimited: Sequence[str] = ()) -> None:
        self._app = app
        self._limit: RateLimit[str] = RateLimit(rate)
        self._sender = sender_lookup(unlimited)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it before anything of it is read."""
        if scope["type"] == "http" and (seconds := self._seconds_to_wait(scope)):
            wait = str(math.ceil(seconds))
            sentence = f"Your address sends too many requests: send the same again in {wait} s."
            await problem(429, sentence, {"retry-after": wait})(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _seconds_to_wait(self, scope: Scope) -> float:
        address = (scope.get("client") or ("",))[0]
        sender = self._sender(address[:ADDRESS_CHARACTERS])
        return 0.0 if sender is None else self._limit.take_one(sender, time.monotonic())
