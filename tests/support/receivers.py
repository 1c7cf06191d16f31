"""Receivers of messages on loopback: a webhook over HTTP and a mail server, which can be told to refuse."""

from __future__ import annotations

import json
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_string, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Webhook(ThreadingHTTPServer):
    """Takes JSON by POST; `url` is apprise's address of it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _WebhookHandler)
        self.received: list[dict[str, Any]] = []
        self.is_broken = False

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server_port}/alerts"

    @property
    def titles(self) -> list[str]:
        return [message["title"] for message in self.received]


class _WebhookHandler(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if not self.server.is_broken:
            self.server.received.append(json.loads(body))
        self.send_response(500 if self.server.is_broken else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing on the terminal."""


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail by SMTP (RFC 5321) without a login; `url` is apprise's address of it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _MailHandler)
        self.received: list[Any] = []

    @property
    def url(self) -> str:
        place = f"127.0.0.1:{self.server_address[1]}"
        return f"mailto://{place}/?smtp=127.0.0.1&from=comptoir@shop.example&to=ada@shop.example&mode=insecure"

    @property
    def titles(self) -> list[str]:
        return [str(message["subject"]) for message in self.received]


class _MailHandler(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline():
            verb = line.decode().strip().upper()
            if verb == "DATA":
                self._say("354 go on")
                text = "".join(iter(lambda: self.rfile.readline().decode(), ".\r\n"))
                self.server.received.append(message_from_string(text, policy=policy.default))
            elif verb == "QUIT":
                self._say("221 bye")
                return
            self._say("250 ok")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    """Serve in a thread until the block ends."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
