"""The storefront's metrics for Prometheus; counters start at 0 with the process."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
# the first two parts of a path; the rest are names of things, and paths that clients make up are one label
KNOWN = ("/v1/search", "/v1/suggest", "/v1/facets", "/v1/products", "/v1/recommendations", "/v1/trending", "/health")
OTHER = "other"


class Metrics:
    """One storefront's metrics in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "storefront_requests", "Requests by path and HTTP status", ("path", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "storefront_seconds", "From a request to its answer", ("path",), buckets=SECONDS, registry=self.registry
        )
        self.searches = Counter(
            "storefront_searches", "Searches by what was found of the words", ("match",), registry=self.registry
        )
        self.fallbacks = Counter(
            "storefront_fallbacks", "Recommendations answered from the last trending list", registry=self.registry
        )

    def count(self, path: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        label = next((known for known in KNOWN if path == known or path.startswith(f"{known}/")), OTHER)
        self._requests.labels(label, str(status)).inc()
        self._seconds.labels(label).observe(seconds)


class MetricsMiddleware:
    """ASGI middleware that counts every answer."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and count."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def send_counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_counted)
        finally:
            self._metrics.count(scope["path"], status, time.perf_counter() - started)


async def metrics(request: Request) -> Response:
    """GET /metrics: Prometheus' text format."""
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)
