"""HTTP as an attacker writes it: the bytes of a request go out as they are, without a client that tidies them up."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any

TIMEOUT = 60.0  # seconds


@dataclass(frozen=True)
class RawAnswer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def error(self) -> str:
        """The sentence of a refusal; fails when the body is anything but `{"error": sentence}`."""
        answer: dict[str, Any] = json.loads(self.body)
        assert list(answer) == ["error"], answer
        return answer["error"]


def exchange(
    port: int, target: bytes, method: str = "GET", headers: Sequence[tuple[str, str]] = (), body: bytes = b""
) -> RawAnswer:
    """Send one request on a connection of its own. `target` is everything between method and version."""
    head = [f"{method} ".encode() + target + b" HTTP/1.1", b"host: shop.test"]
    head += [f"{name}: {value}".encode("latin-1") for name, value in headers]
    if body and not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in headers):
        head.append(b"content-length: %d" % len(body))
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as connection:
        connection.sendall(b"\r\n".join(head) + b"\r\n\r\n" + body)
        response = HTTPResponse(connection, method=method)
        response.begin()
        return RawAnswer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
