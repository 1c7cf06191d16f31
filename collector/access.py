"""Who may send to the collector: the write key, and the browsers' origins (CORS, WHATWG Fetch standard)."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Any

from collector.http_refusal import HttpRefusal, ResponseHeaders

Headers = dict[bytes, bytes]

PREFLIGHT: ResponseHeaders = (
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type, content-encoding"),
    (b"access-control-max-age", b"86400"),
)


def check_write_key(headers: Headers, key_in_body: Any, write_key: str) -> None:
    """Compare the client's key with ours. It comes as user name of HTTP Basic, or as `writeKey` of the body (beacons).

    Raises HttpRefusal (401) when it is missing or another one.
    """
    shown = _basic_user(headers.get(b"authorization", b"")) or key_in_body
    if not isinstance(shown, str) or not hmac.compare_digest(shown.encode(), write_key.encode()):
        # no WWW-Authenticate header: it would make a browser ask the visitor for a password
        raise HttpRefusal(401, "the write key is missing or wrong")


def cors_headers(headers: Headers, origins: frozenset[str]) -> ResponseHeaders | None:
    """The CORS headers of an answer: none for a server, which sends no origin; None for an origin not in `origins`."""
    origin = headers.get(b"origin")
    if origin is None:
        return ()
    if origin.decode("latin-1") not in origins:
        return None
    return (
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),  # beacons are always sent with credentials
        (b"access-control-expose-headers", b"retry-after"),
        (b"vary", b"Origin"),
    )


def _basic_user(authorization: bytes) -> str | None:
    scheme, _, credentials = authorization.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return None
