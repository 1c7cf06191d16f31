"""Connections that dawdle or ask for too much are closed, and nobody else waits for them."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn

from comptoir import http_server
from tests.support.serving_app import listening_socket, port_of, served

BRISK_SECONDS = 0.5  # for the tests, instead of HEAD_SECONDS


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answers 200 at once, without reading a body."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(http_server, "HEAD_SECONDS", BRISK_SECONDS)
    bound = listening_socket()
    with served(app, bound, **http_server.bounds()):
        yield port_of(bound)


def closed_within(connection: socket.socket, seconds: float = 20) -> bool:
    """Whether the server ends the connection in time, whatever it sends before."""
    connection.settimeout(seconds)
    try:
        while connection.recv(65_536):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize(
    "begun",
    [b"", b"P", b"POST / HTTP/1.1\r\nhost: x\r\n", b"\r\n\r\n", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n\r\n"],
    ids=["nothing", "a letter", "half the headers", "empty lines", "a request, then an empty line"],
)
def test_a_connection_that_never_ends_its_headers_is_closed(port: int, begun: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(begun)
        assert closed_within(connection)


def test_a_header_a_second_does_not_keep_a_connection(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        with pytest.raises(OSError):
            for number in range(200):
                connection.sendall(b"x-%d: y\r\n" % number)
                time.sleep(0.1)


def test_headers_without_end_are_refused(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nx: " + b"y" * http_server.MAX_HEAD_BYTES)
        assert b"431" in connection.recv(1_000)
        assert closed_within(connection)


def test_ordinary_requests_of_one_connection_are_answered(port: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        for pause in (0, 0.7 * BRISK_SECONDS, 2 * BRISK_SECONDS):
            time.sleep(pause)
            assert client.get("/", headers={"x": "y" * 20_000}).text == "ok"
            assert client.post("/", content=b"z" * 100_000).text == "ok"


def test_the_bounds_are_options_of_uvicorn() -> None:
    config = uvicorn.Config(app, **http_server.bounds())
    config.load()
    assert config.http_protocol_class is http_server.BoundedProtocol
    assert 0 < http_server.bounds()["limit_concurrency"] <= http_server.open_files()
