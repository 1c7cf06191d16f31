"""What the collector takes at most, and how it reads a request without ever holding more than that.

Sizes of an event and a batch: Segment's documented limits, 32 KB and 500 KB.
"""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

MAX_EVENT_BYTES = 32 * 1024
MAX_BODY_BYTES = 500 * 1024  # as sent and after decompression
MAX_BATCH_EVENTS = 5_000  # a full body of the smallest events
GZIP_OR_ZLIB = zlib.MAX_WBITS | 32

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Refused(Exception):
    """A request the collector does not take: HTTP status and a reason for the client."""

    def __init__(self, status: int, reason: str, headers: tuple[tuple[bytes, bytes], ...] = ()):
        super().__init__(reason)
        self.status, self.reason, self.headers = status, reason, headers


async def read_body(receive: Receive, headers: dict[bytes, bytes]) -> bytes:
    """The request's body, decompressed. Raises Refused: 413 too large, 400 cut short or no gzip, 415 unknown coding."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "the client left before its request was complete")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise _too_large()
        chunks.append(chunk)
        if not message.get("more_body"):
            break
    body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    return _decompress(body, headers.get(b"content-encoding", b"").strip().lower())


def _decompress(body: bytes, coding: bytes) -> bytes:
    if coding in (b"", b"identity"):
        return body
    if coding not in (b"gzip", b"x-gzip", b"deflate"):
        raise Refused(415, "content-encoding is neither gzip nor deflate nor identity")
    decompressor = zlib.decompressobj(GZIP_OR_ZLIB)
    try:
        # one byte more than allowed is never inflated, so a bomb costs what a full batch costs
        plain = decompressor.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error as error:
        raise Refused(400, f"the body is no {coding.decode()}: {error}") from error
    if len(plain) > MAX_BODY_BYTES:
        raise _too_large()
    if not decompressor.eof:
        raise Refused(400, f"the {coding.decode()} body is cut short")
    return plain


def _too_large() -> Refused:
    return Refused(413, f"the body is larger than {MAX_BODY_BYTES} bytes: send smaller batches")
