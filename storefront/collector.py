"""The click collector: Segment's HTTP tracking API into Kafka. `python -m storefront.collector` serves it.

Raw ASGI and msgspec, because every visitor's every move passes here. A 200 means that the broker has each good
event, and each refused one with its reason; one bad event never costs its batch. See docs/event-contract.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

import uvicorn
from msgspec import json

from comptoir.settings import get_settings
from ingestion.clickstream_event import Rejected, rejection
from storefront.collector_access import PREFLIGHT, Headers, ResponseHeaders, check_write_key, cors_headers
from storefront.collector_batch import decode_body, events_of
from storefront.collector_limits import Receive, Refused, read_body
from storefront.enrichment import Accepted, EventType, Refusal, Sender, accept
from storefront.event_sink import EventSink, Record, SinkUnavailable

Send = Callable[[dict[str, Any]], Awaitable[None]]

SINGLE_EVENT_PATHS: dict[str, EventType] = {
    "/v1/track": "track",
    "/v1/page": "page",
    "/v1/identify": "identify",
    "/v1/alias": "alias",
}
EVENT_PATHS = {"/v1/batch", *SINGLE_EVENT_PATHS}


@dataclass(frozen=True)
class CollectorConfig:
    """`origins`: browsers' origins that may send; `write_key`: what every client must show."""

    bootstrap: str
    topic: str
    bad_topic: str
    write_key: str
    pseudonym_key: str
    origins: frozenset[str] = frozenset()
    max_unacked: int = 10_000
    max_unacked_bytes: int = 64 * 1024 * 1024


@dataclass
class Counts:
    """Since the process started. Events, but for `requests` and `turned_away` (503)."""

    requests: int = 0
    accepted: int = 0
    rejected: int = 0
    dropped_without_consent: int = 0
    turned_away: int = 0


class Collector:
    """The ASGI application. Its sink connects when the server starts it, and is closed with it."""

    def __init__(self, config: CollectorConfig):
        self._config = config
        self.counts = Counts()
        self.sink = EventSink(
            config.bootstrap, (config.topic, config.bad_topic), config.max_unacked, config.max_unacked_bytes
        )

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        headers: Headers = dict(scope["headers"])
        cors = cors_headers(headers, self._config.origins)
        extra: ResponseHeaders = ()
        try:
            if cors is None:
                raise Refused(403, "this origin may not send events: see COMPTOIR_ALLOWED_ORIGINS")
            status, answer, extra = await self._answer(scope, receive, headers)
        except Refused as refused:
            status, answer, extra = refused.status, {"success": False, "reason": refused.reason}, refused.headers
        body = json.encode(answer)
        kind = ((b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()))
        await send(
            {"type": "http.response.start", "status": status, "headers": [*kind, *(cors or ()), *extra]},
        )
        await send({"type": "http.response.body", "body": body})

    async def _answer(
        self, scope: dict[str, Any], receive: Receive, headers: Headers
    ) -> tuple[int, Any, ResponseHeaders]:
        path, method = scope["path"], scope["method"]
        if path == "/health" and method == "GET":
            return self._health()
        if path not in EVENT_PATHS:
            raise Refused(404, f"nothing here; events go to {', '.join(sorted(EVENT_PATHS))}")
        if method == "OPTIONS":
            return 200, {}, PREFLIGHT
        if method != "POST":
            raise Refused(405, "events are sent with POST", ((b"allow", b"POST, OPTIONS"),))
        self.counts.requests += 1
        body = await read_body(receive, headers)
        address = (scope.get("client") or ("",))[0]
        return 200, await self._collect(body, headers, address, SINGLE_EVENT_PATHS.get(path)), ()

    async def _collect(
        self, body: bytes, headers: Headers, address: str, event_type: EventType | None
    ) -> dict[str, Any]:
        config = self._config
        try:
            request = decode_body(body)
            check_write_key(headers, request.write_key, config.write_key)
            events = [body] if event_type else events_of(request)
        except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
            await self._keep_unreadable(body, rejection(error), headers)
        sender = Sender(
            received_at=datetime.now(UTC),
            address=address,
            user_agent=headers.get(b"user-agent", b"").decode("latin-1"),
            sent_at=request.common_sent_at,
            context=request.common_context,
        )
        good: list[Record] = []
        bad: list[Record] = []
        for value in events:
            outcome = accept(value, sender, config.pseudonym_key, event_type)
            if isinstance(outcome, Accepted):
                good.append(Record(config.topic, outcome.key, outcome.value))
            elif isinstance(outcome, Refusal):
                bad.append(self._bad(outcome.value, outcome.why))
        await self._deliver(good + bad)
        dropped = len(events) - len(good) - len(bad)
        self.counts.accepted += len(good)
        self.counts.rejected += len(bad)
        self.counts.dropped_without_consent += dropped
        return {"success": True, "accepted": len(good), "rejected": len(bad), "dropped": dropped}

    async def _keep_unreadable(self, body: bytes, why: Rejected, headers: Headers) -> NoReturn:
        """A body that holds no events is kept as one bad record, if its header shows the key, and answered 400."""
        check_write_key(headers, None, self._config.write_key)
        await self._deliver([self._bad(body, why)])
        self.counts.rejected += 1
        raise Refused(400, f"{why.reason}: {why.detail}")

    def _bad(self, value: bytes, why: Rejected) -> Record:
        headers = [("reason", why.reason.encode()), ("detail", why.detail.encode())]
        return Record(self._config.bad_topic, None, value, headers)

    async def _deliver(self, records: list[Record]) -> None:
        try:
            if records:
                await self.sink.send(records)
        except SinkUnavailable as error:
            self.counts.turned_away += 1
            raise Refused(503, f"{error}; send the same again", ((b"retry-after", b"1"),)) from error

    def _health(self) -> tuple[int, Any, ResponseHeaders]:
        error = self.sink.error
        health = {"status": "ok" if error is None else "unavailable", "error": error, "unacked": self.sink.unacked}
        return 200 if error is None else 503, health | asdict(self.counts), ()

    async def _live(self, receive: Receive, send: Send) -> None:
        """Serve at once and connect meanwhile: until Kafka answers, clients hear 503 and keep their events."""
        connecting: asyncio.Task[None] | None = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                connecting = asyncio.create_task(self.sink.connect())
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if connecting is not None:
                    connecting.cancel()
                await self.sink.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def main() -> None:
    """Serve with the settings' addresses until SIGTERM."""
    settings = get_settings()
    shop = [settings.storefront_url, f"http://localhost:{settings.storefront_port}"]
    config = CollectorConfig(
        bootstrap=settings.bootstrap_servers,
        topic=settings.clicks_topic,
        bad_topic=settings.clicks_bad_topic,
        write_key=settings.write_key,
        pseudonym_key=settings.pseudonym_key,
        origins=frozenset([*settings.allowed_origins, *shop]),
    )
    uvicorn.run(
        Collector(config),
        host=settings.host,
        port=settings.collector_port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()
