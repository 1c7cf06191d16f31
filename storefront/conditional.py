"""Answers that may be kept: an ETag, for how long, and 304 when the client has the same already (RFC 9110, 13.1.2)."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b

from starlette.requests import Request
from starlette.responses import Response

FRESH_SECONDS = 5  # a change of a product is seen within ten


def etag_of(state: str, request: Request) -> str:
    """A weak tag of what the answer is made of: the state of the index and the request."""
    digest = blake2b(digest_size=12)
    digest.update(f"{state}\n{request.url.path}\n{request.scope['query_string'].decode('latin-1')}".encode())
    return f'W/"{digest.hexdigest()}"'


def not_modified(request: Request, etag: str, is_personal: bool = False) -> Response | None:
    """The answer 304 when the client's copy has the tag, else None."""
    known = request.headers.get("if-none-match", "")
    if etag in (tag.strip() for tag in known.split(",")):
        return Response(status_code=304, headers=caching(etag, is_personal))
    return None


def caching(etag: str, is_personal: bool = False) -> dict[str, str]:
    """The headers of an answer that may be kept, by the client alone if it is for one visitor."""
    return {"etag": etag, "cache-control": f"{'private' if is_personal else 'public'}, max-age={FRESH_SECONDS}"}


class RecentBodies:
    """The bodies of the latest different answers by their tag, which changes with the index: none is ever stale."""

    def __init__(self, most: int = 500) -> None:
        self._most = most
        self._bodies: OrderedDict[str, bytes] = OrderedDict()

    def get(self, etag: str) -> bytes | None:
        """The body, if it is still kept."""
        body = self._bodies.get(etag)
        if body is not None:
            self._bodies.move_to_end(etag)
        return body

    def keep(self, etag: str, body: bytes) -> None:
        """Keep a body, and let go the one that was not asked for the longest."""
        self._bodies[etag] = body
        if len(self._bodies) > self._most:
            self._bodies.popitem(last=False)
