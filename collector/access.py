"""Who may send to the collector: the write key, and the browsers' origins (CORS, WHATWG Fetch standard)."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from collector.http_refusal import HttpRefusal, ResponseHeaders

Headers = dict[bytes, bytes]
MAX_QUERY = MAX_CREDENTIALS = 1_000  # bytes

ALLOWED_HEADERS = b"authorization, content-type, content-encoding"
HEADER_NAMES = re.compile(rb"[A-Za-z0-9, _-]{1,500}")
# as it stands in a body, looked for before the body is decoded
WRITE_KEY_NAME = b'"writeKey"'
WRITE_KEY = re.compile(WRITE_KEY_NAME + rb'\s{0,10}:\s{0,10}"([^"\\]{1,200})"')


def preflight_headers(headers: Headers) -> ResponseHeaders:
    """What a browser may send: the headers it asks for, because each client library adds some of its own."""
    asked = headers.get(b"access-control-request-headers", b"")
    return (
        (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
        (b"access-control-allow-headers", asked if HEADER_NAMES.fullmatch(asked) else ALLOWED_HEADERS),
        (b"access-control-max-age", b"86400"),
    )


def check_write_key(headers: Headers, query: bytes, body: bytes, write_key: str, server_key: str = "") -> bool:
    """Compare the client's key with ours, before anything of the body is decoded; returns whether it is the server's.

    It comes as user name of HTTP Basic, as `writeKey` of the query (RudderStack's beacons) or of the body (Segment's).
    Raises HttpRefusal (401) when it is missing or another one.
    """
    authorization = headers.get(b"authorization")
    shown = _basic_user(authorization[:MAX_CREDENTIALS]) if authorization else None
    shown = shown or _query_value(query, b"writeKey")
    if shown is None:
        begins = body.find(WRITE_KEY_NAME)  # much faster than the pattern, over a body of many events
        found = WRITE_KEY.search(body, begins) if begins >= 0 else None
        shown = found[1] if found else b""
    if server_key and hmac.compare_digest(shown, server_key.encode()):
        return True
    if not hmac.compare_digest(shown, write_key.encode()):
        # no WWW-Authenticate header: it would make a browser ask the visitor for a password
        raise HttpRefusal(401, "the write key is missing or wrong")
    return False


def cors_headers(headers: Headers, query: bytes, origins: frozenset[str]) -> ResponseHeaders | None:
    """The CORS headers of an answer: none for a server, which sends no origin; None for an origin not in `origins`.

    Sandboxed frames and workers, where Shopify's pixels run, send `Origin: null`. They are let in when `host` of the
    query names the host of one of `origins`. That is the client's word, as a server's is: the write key, the rates and
    the contract hold for it as for any other.
    """
    origin = headers.get(b"origin")
    if origin is None:
        return ()
    name = origin.decode("latin-1")
    is_sandbox = name == "null" and _query_value(query, b"host") in {urlsplit(each).netloc.encode() for each in origins}
    if not is_sandbox and name not in origins:
        return None
    return (
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),  # beacons are always sent with credentials
        (b"access-control-expose-headers", b"retry-after"),
        (b"vary", b"Origin"),
    )


@lru_cache(maxsize=100)  # a client sends the same with each request
def _basic_user(authorization: bytes) -> bytes | None:
    """The user name, with or without the colon that ends it; None when the header is not HTTP Basic."""
    scheme, _, credentials = authorization.partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        return base64.b64decode(credentials.strip(), validate=True).partition(b":")[0]
    except binascii.Error:
        return b""


def _query_value(query: bytes, name: bytes) -> bytes | None:
    if not query or len(query) > MAX_QUERY or name not in query:
        return None
    return dict(parse_qsl(query)).get(name)
