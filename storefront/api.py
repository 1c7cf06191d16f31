"""The storefront's HTTP API and the demo shop's pages. `python -m storefront.api` serves them.

It reads the search index and, as the read-only role `storefront`, the serving tables. While one of them is missing,
the requests that need it are answered with 503 and the reason; the others work.
"""

from __future__ import annotations

import os

from anyio import CapacityLimiter
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp

from comptoir.http_server import serve
from comptoir.pool import pool_while_serving
from comptoir.rate_limit import Rate
from comptoir.settings import Settings, settings_at_start
from storefront import endpoints, search_endpoints, shop_pages
from storefront.client_limit import ClientLimit
from storefront.conditional import RecentBodies
from storefront.errors import HANDLERS
from storefront.fallback import Fallback
from storefront.metrics import Metrics, MetricsMiddleware, metrics
from storefront.openapi import openapi
from storefront.request_checks import RequestChecks
from storefront.search.reader import SearchIndex
from storefront.security_headers import SecurityHeaders, content_security_policy
from storefront.stream_watch import StreamWatch

COMPRESSION = 4  # of 9: a third of the time of the default for a few per cent more bytes
PREFLIGHT_SECONDS = 3_600


def make_app(settings: Settings) -> ASGIApp:
    """The ASGI application. It connects to Postgres when it starts, and again whenever Postgres was away."""
    app = Starlette(
        routes=[
            Route("/v1/search", search_endpoints.search),
            Route("/v1/suggest", search_endpoints.suggest),
            Route("/v1/facets/{facet}", search_endpoints.facet_values),
            Route("/v1/products/{product_id}", search_endpoints.product),
            Route("/v1/products/{product_id}/neighbours", endpoints.neighbours),
            Route("/v1/recommendations", endpoints.recommend),
            Route("/v1/trending", endpoints.trending),
            Route("/health", endpoints.health),
            Route("/metrics", metrics),
            Route("/openapi.json", openapi),
            *shop_pages.routes(settings),
        ],
        lifespan=pool_while_serving(settings.database_url_as("storefront"), "storefront", max_size=8),
        exception_handlers=HANDLERS,
    )
    app.state.index = SearchIndex(settings.search_index_dir)
    app.state.control_share = settings.control_share
    app.state.fallback = Fallback(settings.trending_file)
    app.state.stream_watch = StreamWatch()
    app.state.search_bodies = RecentBodies()
    # tantivy works without the interpreter's lock: a thread for each core, and one that holds the lock meanwhile
    app.state.search_threads = CapacityLimiter((os.cpu_count() or 1) + 1)
    app.state.metrics = Metrics()
    checked = RequestChecks(GZipMiddleware(app, minimum_size=1_000, compresslevel=COMPRESSION))
    rate = Rate(settings.address_requests_per_second_limit, settings.address_requests_burst)
    limited: ASGIApp = ClientLimit(checked, rate, settings.networks_without_limits)
    if settings.storefront_origins:
        limited = CORSMiddleware(
            limited,
            allow_origins=settings.storefront_origins,
            allow_methods=("GET", "HEAD"),
            allow_headers=("if-none-match",),
            expose_headers=("etag", "retry-after"),
            max_age=PREFLIGHT_SECONDS,
        )
    secured = SecurityHeaders(limited, content_security_policy(settings.collector_url))
    return MetricsMiddleware(secured, app.state.metrics)


def main() -> None:
    """Serve on the address of the settings until SIGTERM."""
    settings = settings_at_start()
    serve(
        make_app(settings),
        settings.host_of("storefront"),
        settings.storefront_port,
        log_level="warning",
        forwarded_allow_ips=settings.trusted_proxies,  # whose X-Forwarded-For and -Proto are believed
    )


if __name__ == "__main__":
    main()
