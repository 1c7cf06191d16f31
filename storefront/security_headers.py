"""The security headers of every answer, as OWASP's HTTP headers cheat sheet advises."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HSTS = (b"strict-transport-security", b"max-age=31536000")  # a year; the shop's subdomains are not ours to decide on


def content_security_policy(collector_url: str) -> str:
    """Nothing is loaded from elsewhere or inline; besides its own server a page may reach the collector alone."""
    directives = {
        "default-src": "'self'",
        "connect-src": f"'self' {collector_url}",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())


class SecurityHeaders:
    """ASGI middleware, the outermost: an error of ours has the headers too."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app = app
        self._headers = [
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"strict-origin-when-cross-origin"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers; Strict-Transport-Security only behind TLS, as a proxy says by X-Forwarded-Proto."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = [*self._headers, HSTS] if scope["scheme"] == "https" else self._headers

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        await self._app(scope, receive, send_with_headers)
