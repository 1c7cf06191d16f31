"""An ASGI application served over HTTP by a thread of the test's process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from local.waiting import wait_until


def listening_socket() -> socket.socket:
    """A socket on a port of its own, bound at once: nobody else can take the port before it is served."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.bind(("127.0.0.1", 0))
    return bound


def port_of(bound: socket.socket) -> int:
    return int(bound.getsockname()[1])


@contextmanager
def served(app: Callable[..., Any], bound: socket.socket, **options: Any) -> Iterator[None]:
    """Serve `app` on the socket, with options of uvicorn.Config, until the block is left."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", **options))
    thread = threading.Thread(target=server.run, args=([bound],), daemon=True)
    thread.start()

    def is_up() -> None:
        assert server.started

    wait_until(is_up, "the server", seconds=60, every=0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(20)
        bound.close()
