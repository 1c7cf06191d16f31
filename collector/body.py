"""The largest event, batch and body, and reading a request without ever holding more than that.

Sizes of an event and a batch: the limits that Segment documents, 32 KB and 500 KB.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from collector.http_refusal import HttpRefusal

MAX_EVENT_BYTES = 32 * 1024
MAX_BODY_BYTES = 500 * 1024  # as sent and after decompression
MAX_BATCH_EVENTS = 5_000  # a full body of the smallest events
BODY_SECONDS = 20.0
GZIP_OR_ZLIB = zlib.MAX_WBITS | 32

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


async def read_body(receive: Receive, headers: dict[bytes, bytes]) -> bytes:
    """The request's body, decompressed.

    Raises HttpRefusal: 413 too large, 400 cut short or not in the announced coding, 415 unknown coding, 408 too slow.
    """
    message = await receive()
    body = message.get("body", b"")
    if message["type"] == "http.disconnect" or message.get("more_body"):
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _read_rest(receive, message)
        except TimeoutError as error:
            raise HttpRefusal(408, f"the body did not arrive within {BODY_SECONDS:.0f} s") from error
    elif len(body) > MAX_BODY_BYTES:
        raise _too_large()
    return _decompress(body, headers.get(b"content-encoding", b"").strip().lower())


async def _read_rest(receive: Receive, message: MutableMapping[str, Any]) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            raise HttpRefusal(400, "the client left before its request was complete")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise _too_large()
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)
        message = await receive()


def _decompress(body: bytes, coding: bytes) -> bytes:
    if coding in (b"", b"identity"):
        return body
    if coding not in (b"gzip", b"x-gzip", b"deflate"):
        raise HttpRefusal(415, "content-encoding must be gzip, deflate or identity")
    decompressor = zlib.decompressobj(GZIP_OR_ZLIB)
    try:
        # at most one byte more than allowed is inflated, so a zip bomb costs what a full batch costs
        plain = decompressor.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error as error:
        raise HttpRefusal(400, f"the body is not {coding.decode()}: {error}") from error
    if len(plain) > MAX_BODY_BYTES:
        raise _too_large()
    if not decompressor.eof:
        raise HttpRefusal(400, f"the {coding.decode()} body is cut short")
    if decompressor.unused_data:
        raise HttpRefusal(400, f"something follows the {coding.decode()} data of the body")
    return plain


def _too_large() -> HttpRefusal:
    return HttpRefusal(413, f"the body is larger than {MAX_BODY_BYTES} bytes: send smaller batches")
