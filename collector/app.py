"""The collector as an ASGI application: paths, responses, start and end.

Raw ASGI and msgspec, because every click of every visitor passes here. A 200 means that the broker has each good
event, and each refused one with its reason. A bad event never takes its batch with it. See docs/event-contract.md.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct, json
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from collector.access import PREFLIGHT, Headers, cors_headers
from collector.body import Receive, read_body
from collector.config import CollectorConfig
from collector.event_sink import EventSink, Sink
from collector.http_refusal import HttpRefusal, ResponseHeaders
from collector.intake import Intake
from collector.metrics import Metrics
from collector.openapi import description
from collector.rate_limit import Throttle
from events.envelope import EventType

Send = Callable[[dict[str, Any]], Awaitable[None]]

EVENT_PATHS: dict[str, EventType | None] = {
    "/v1/batch": None,
    "/v1/track": "track",
    "/v1/page": "page",
    "/v1/identify": "identify",
    "/v1/alias": "alias",
}
JSON = b"application/json"


class Answer(Struct, frozen=True, gc=False):
    """An HTTP response."""

    status: int
    body: bytes
    headers: ResponseHeaders = ()
    content_type: bytes = JSON


class Collector:
    """The ASGI application. Its sink connects when the server starts it, and is closed with it."""

    def __init__(self, config: CollectorConfig, sink: Sink | None = None):
        self._origins = config.origins
        topics = (config.topic, config.bad_topic)
        self._sink: Sink = sink or EventSink(config.bootstrap, topics, config.max_unacked, config.max_unacked_bytes)
        self._metrics = Metrics(self._sink)
        self._throttle = Throttle(config.visitor_rate, config.address_rate, config.unlimited_networks)
        self._intake = Intake(config, self._sink, self._throttle, self._metrics)
        self._pages: dict[str, Callable[[], Answer]] = {
            "/health": self._health,
            "/ready": self._ready,
            "/metrics": lambda: Answer(200, self._metrics.exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4.encode()),
            "/openapi.json": lambda: Answer(200, description()),
        }

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's life; see the ASGI specification, version 3."""
        if scope["type"] == "lifespan":
            await self._follow_lifespan(receive, send)
            return
        headers: Headers = dict(scope["headers"])
        cors = cors_headers(headers, self._origins)
        try:
            if cors is None:
                raise HttpRefusal(403, "this origin may not send events: see COMPTOIR_ALLOWED_ORIGINS")
            answer = await self._answer(scope, receive, headers)
        except HttpRefusal as refused:
            answer = Answer(refused.status, json.encode(refused.answer), refused.headers)
        if scope["path"] in EVENT_PATHS:
            self._metrics.count_request(answer.status)
        kind = ((b"content-type", answer.content_type), (b"content-length", b"%d" % len(answer.body)))
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": [*kind, *(cors or ()), *answer.headers],
            }
        )
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: dict[str, Any], receive: Receive, headers: Headers) -> Answer:
        path, method = scope["path"], scope["method"]
        if path not in EVENT_PATHS:
            return self._page(path, method)
        if method == "OPTIONS":
            return Answer(200, b"{}", PREFLIGHT)
        if method != "POST":
            raise HttpRefusal(405, "events are sent with POST", ((b"allow", b"POST, OPTIONS"),))
        address = (scope.get("client") or ("",))[0]
        self._throttle.admit(self._throttle.sender(address), time.monotonic())
        body = await read_body(receive, headers)
        receipt = await self._intake.receive(body, headers, address, EVENT_PATHS[path])
        return Answer(200, json.encode(receipt))

    def _page(self, path: str, method: str) -> Answer:
        if path not in self._pages:
            raise HttpRefusal(404, f"there is nothing at this path; events go to {', '.join(EVENT_PATHS)}")
        if method not in ("GET", "HEAD"):
            raise HttpRefusal(405, "this path is read with GET", ((b"allow", b"GET, HEAD"),))
        return self._pages[path]()

    def _health(self) -> Answer:
        """200 while the process lives: a supervisor must not restart it because Kafka is away."""
        health = {"status": "ok", "error": self._sink.error, "unacked": self._sink.unacked}
        return Answer(200, json.encode(health))

    def _ready(self) -> Answer:
        """200 if events would be taken now, else 503 with the reason."""
        error = self._sink.error
        ready = {"status": "ok" if error is None else "unavailable", "error": error}
        return Answer(200 if error is None else 503, json.encode(ready))

    async def _follow_lifespan(self, receive: Receive, send: Send) -> None:
        """Serve at once and connect meanwhile: until Kafka answers, clients get 503 and keep their events."""
        connecting: asyncio.Task[None] | None = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                connecting = asyncio.create_task(self._sink.connect())
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if connecting is not None:
                    connecting.cancel()
                await self._sink.close()
                await send({"type": "lifespan.shutdown.complete"})
                return
