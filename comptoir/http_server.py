"""Serves an ASGI application to the internet: a connection that dawdles or asks for too much is closed.

uvicorn bounds the time between two requests and the number of requests at work, but not the time and the bytes that the
head of a request may take (RFC 9110 leaves both to the server). Here both are bounded, and connections stay below the
number of files that the process may open. Bodies are bounded by the applications, who know what they expect.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0  # from a new connection, or the first byte of a request, to the end of its headers
MAX_HEAD_BYTES = 32 * 1024  # request line and headers; a browser's are under 8 KB
IDLE_SECONDS = 15  # between two requests of a connection
MAX_CONNECTIONS = 10_000  # above, a request is answered 503 at once
OTHER_FILES = 100  # that a process holds open beside its connections
TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain\r\nconnection: close\r\n"
    b"content-length: 38\r\n\r\nthe headers are larger than 32768 bytes"
)


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol with a bound on the time and the size of a request's head."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait HEAD_SECONDS for the first request."""
        super().connection_made(transport)
        self._head_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer with the connection."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Refuse a head of too many bytes; bytes between two requests that begin none do not keep a connection.

        A request has a scope from its first byte, and a cycle from the end of its head: nearly all heads come whole,
        and need no timer.
        """
        super().data_received(data)
        cycle = self.cycle
        if cycle is None or cycle.scope is not self.scope:
            self._head_bytes += len(data)
            self._wait_for_head()
        elif cycle.response_complete and self.timeout_keep_alive_task is None:
            self._start_timer()
        elif self._timer is not None:
            self._stop_timer()

    def _wait_for_head(self) -> None:
        if self._head_bytes <= MAX_HEAD_BYTES:
            self._start_timer()
        elif not self.transport.is_closing():
            self.transport.write(TOO_LARGE)
            self.transport.close()

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer, self._head_bytes = None, 0


def serve(app: Any, host: str, port: int, **options: Any) -> None:
    """Serve `app` at host:port until SIGTERM, with `options` of uvicorn.Config."""
    uvicorn.run(app, host=host, port=port, **bounds(), **options)


def bounds() -> dict[str, Any]:
    """The options of uvicorn.Config that bound connections."""
    return {
        "http": BoundedProtocol,
        "ws": "none",
        "limit_concurrency": min(MAX_CONNECTIONS, open_files() - OTHER_FILES),
        "timeout_keep_alive": IDLE_SECONDS,
        "access_log": False,
        "server_header": False,
    }


def open_files() -> int:
    """How many files this process may open, after asking for as many as it is allowed to have."""
    soft, hard = (_finite(limit) for limit in resource.getrlimit(resource.RLIMIT_NOFILE))
    wanted = min(hard, MAX_CONNECTIONS + OTHER_FILES)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    return max(soft, wanted)


def _finite(limit: int) -> int:
    return sys.maxsize if limit == resource.RLIM_INFINITY else limit
