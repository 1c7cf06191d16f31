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

from collector.access import Headers, cors_headers, preflight_headers
from collector.body import Receive, read_body
from collector.config import CollectorConfig
from collector.event_sink import EventSink, Sink
from collector.http_refusal import HttpRefusal, ResponseHeaders
from collector.intake import Intake
from collector.metrics import Metrics
from collector.openapi import description
from collector.rate_limit import Throttle
from collector.source_config import source_config
from events.envelope import EventType

Send = Callable[[dict[str, Any]], Awaitable[None]]

EVENT_PATHS: dict[str, EventType | None] = {
    "/v1/batch": None,
    "/v1/track": "track",
    "/v1/page": "page",
    "/v1/identify": "identify",
    "/v1/alias": "alias",
    "/v1/screen": "page",
    "/v1/group": "group",
}
SHORT_PATHS = {  # of analytics.js 2, and RudderStack's beacons
    "/v1/b": "/v1/batch",
    "/v1/t": "/v1/track",
    "/v1/p": "/v1/page",
    "/v1/i": "/v1/identify",
    "/v1/a": "/v1/alias",
    "/v1/s": "/v1/screen",
    "/v1/g": "/v1/group",
    "/beacon/v1/batch": "/v1/batch",
}
SOURCE_CONFIG = "/sourceConfig"
MAX_ADDRESS = 64  # characters; a proxy may name anything
JSON = b"application/json"


def _canonical(path: str) -> str:
    """The path as it stands in EVENT_PATHS: without a slash at its end, the short ones written out."""
    if path in EVENT_PATHS:
        return path
    if len(path) > 1 and path[-1] == "/":
        path = path[:-1]
    return SHORT_PATHS.get(path, path)


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
        self._throttle = Throttle(config.visitor_rate, config.address_rate, config.unlimited_networks, config.proxies)
        self._intake = Intake(config, self._sink, self._throttle, self._metrics)
        self._pages: dict[str, Callable[[], Answer]] = {
            "/health": self._health,
            "/ready": self._ready,
            "/metrics": lambda: Answer(200, self._metrics.exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4.encode()),
            "/openapi.json": lambda: Answer(200, description()),
            SOURCE_CONFIG: lambda: Answer(200, source_config(config.write_key)),
        }

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's life; see the ASGI specification, version 3."""
        if scope["type"] == "lifespan":
            await self._follow_lifespan(receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "events are sent with POST"})
            return
        headers: Headers = dict(scope["headers"])
        path = _canonical(scope["path"])
        cors = cors_headers(headers, scope.get("query_string", b""), self._origins)
        try:
            if cors is None:
                # with the header that lets the browser show the reason
                origin = headers[b"origin"]
                shown = ((b"access-control-allow-origin", origin), (b"vary", b"Origin")) if origin.isascii() else ()
                raise HttpRefusal(403, "this origin may not send events: see COMPTOIR_ALLOWED_ORIGINS", shown)
            answer = await self._answer(scope, path, receive, headers)
        except HttpRefusal as refused:
            answer = Answer(refused.status, json.encode(refused.answer), refused.headers)
        if path in EVENT_PATHS:
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

    async def _answer(self, scope: dict[str, Any], path: str, receive: Receive, headers: Headers) -> Answer:
        method = scope["method"]
        if method == "OPTIONS" and (path in EVENT_PATHS or path == SOURCE_CONFIG):
            return Answer(200, b"{}", preflight_headers(headers))
        if path not in EVENT_PATHS:
            return self._page(path, method)
        if method != "POST":
            raise HttpRefusal(405, "events are sent with POST", ((b"allow", b"POST, OPTIONS"),))
        address = (scope.get("client") or ("",))[0][:MAX_ADDRESS]
        self._throttle.admit(self._throttle.sender(address), time.monotonic())
        body = await read_body(receive, headers)
        query = scope.get("query_string", b"")
        receipt = await self._intake.receive(body, headers, address, EVENT_PATHS[path], query)
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
