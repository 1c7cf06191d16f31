"""A collector without a server and without Kafka: requests go straight to the application, records into a list."""

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
_RUNNER = asyncio.Runner()  # one for all: a loop forgotten unclosed would complain whenever it is collected


@dataclass
class MemorySink:
    """Takes every record at once; with `error` set it refuses, as when Kafka is away."""

    records: list[OutgoingRecord] = field(default_factory=list)
    error: str | None = None
    unacked: int = 0
    unacked_bytes: int = 0

    async def connect(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def send(self, records: Sequence[OutgoingRecord]) -> None:
        if self.error is not None:
            raise SinkUnavailable(self.error)
        self.records += records


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.decode(self.body)


class InProcess:
    """Calls one collector; `client` is the address the request comes from."""

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
        """With the write key in the header, unless `headers` are given."""
        key = {b"authorization": b"Basic dGVzdC1rZXk6"} if headers is None else headers
        return self.request("POST", path, [body, *chunks], key, client)

    def get(self, path: str) -> Reply:
        return self.request("GET", path, [b""], {}, "127.0.0.1")

    def request(self, method: str, path: str, body: list[bytes], headers: dict[bytes, bytes], client: str) -> Reply:
        return _RUNNER.run(self._request(method, path, body, headers, client))

    async def _request(
        self, method: str, path: str, body: list[bytes], headers: dict[bytes, bytes], client: str
    ) -> Reply:
        scope = {
            "type": "http",
            "method": method,
            "path": path,
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
