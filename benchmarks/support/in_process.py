"""A collector without server and Kafka: requests are passed to the ASGI application, records go into a list."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from msgspec import json

from benchmarks.support.collecting import ORIGIN, PSEUDONYM_KEY, WRITE_KEY
from collector.app import Collector
from collector.config import CollectorConfig
from collector.event_sink import OutgoingRecord, SinkUnavailable

TOPIC, BAD_TOPIC = "clicks", "clicks.bad"
_RUNNER = asyncio.Runner()  # one for all collectors: each unclosed event loop would warn when it is garbage-collected


@dataclass
class MemorySink:
    """A sink that keeps records in a list; with `error` set it raises SinkUnavailable, as when Kafka is away."""

    records: list[OutgoingRecord] = field(default_factory=list)
    error: str | None = None
    unacked: int = 0
    unacked_bytes: int = 0

    async def connect(self) -> None:
        """There is nothing to connect to."""

    async def close(self) -> None:
        """There is nothing to close."""

    async def send(self, records: Sequence[OutgoingRecord]) -> None:
        """Keep the records. Raises SinkUnavailable when `error` is set."""
        if self.error is not None:
            raise SinkUnavailable(self.error)
        self.records += records


@dataclass(frozen=True)
class Reply:
    """An HTTP response."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The decoded body. Raises DecodeError when it is not JSON."""
        return json.decode(self.body)


class InProcess:
    """One collector and its sink; `client` is the address that a request comes from."""

    def __init__(self, origin: str = ORIGIN, **options: Any) -> None:
        config = CollectorConfig("none", TOPIC, BAD_TOPIC, WRITE_KEY, PSEUDONYM_KEY, frozenset({origin}), **options)
        self.sink = MemorySink()
        self.app = Collector(config, self.sink)

    def post(
        self,
        path: str = "/v1/batch",
        body: bytes = b"",
        headers: dict[bytes, bytes] | None = None,
        client: str = "203.0.113.1",
        chunks: Iterable[bytes] = (),
    ) -> Reply:
        """POST `body`, then `chunks`; with the write key in the header unless `headers` are given."""
        key = {b"authorization": b"Basic dGVzdC1rZXk6"} if headers is None else headers
        return self.request("POST", path, [body, *chunks], key, client)

    def get(self, path: str) -> Reply:
        """GET from this machine, without the write key."""
        return self.request("GET", path, [b""], {}, "127.0.0.1")

    def request(self, method: str, path: str, body: list[bytes], headers: dict[bytes, bytes], client: str) -> Reply:
        """Any request; `path` may have a query, and `body` arrives in these pieces."""
        return _RUNNER.run(self.answer(method, path, body, headers, client))

    async def answer(
        self, method: str, path: str, body: list[bytes], headers: dict[bytes, bytes], client: str
    ) -> Reply:
        """The same as `request`, for a caller in an event loop."""
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [*headers.items()],
            "client": (client, 50_000),
        }
        waiting = [
            {"type": "http.request", "body": chunk, "more_body": place < len(body)}
            for place, chunk in enumerate(body, 1)
        ]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return waiting.pop(0) if waiting else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        start, end = sent
        return Reply(start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, end["body"])
