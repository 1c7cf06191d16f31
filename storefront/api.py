"""The storefront's HTTP API and the demo shop's pages. `python -m storefront.api` serves them.

It reads the search index and, as the read-only role `storefront`, the serving tables. While one of them is missing,
the requests that need it are answered with 503 and the reason; the others work.
"""

from __future__ import annotations

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from comptoir.pool import pool_while_serving
from comptoir.settings import Settings, settings_at_start
from storefront import endpoints, shop_pages
from storefront.parameters import ParameterError
from storefront.search.reader import IndexMissingError, SearchIndex


def make_app(settings: Settings) -> Starlette:
    """The ASGI application. It connects to Postgres when it starts, and again whenever Postgres was away."""
    app = Starlette(
        routes=[
            Route("/v1/search", endpoints.search),
            Route("/v1/products/{product_id}", endpoints.product),
            Route("/v1/products/{product_id}/neighbours", endpoints.neighbours),
            Route("/v1/recommendations", endpoints.recommend),
            Route("/v1/trending", endpoints.trending),
            Route("/health", endpoints.health),
            *shop_pages.routes(settings),
        ],
        lifespan=pool_while_serving(settings.storefront_database_url, "storefront", max_size=8),
        exception_handlers={
            ParameterError: _bad_request,
            IndexMissingError: _no_index,
            **dict.fromkeys(endpoints.DATABASE_ERRORS, _no_database),
        },
    )
    app.state.index = SearchIndex(settings.search_index_dir)
    app.state.control_share = settings.control_share
    return app


async def _bad_request(_: Request, error: Exception) -> Response:
    return endpoints.problem(400, str(error))


async def _no_index(_: Request, error: Exception) -> Response:
    return endpoints.problem(503, str(error))


async def _no_database(_: Request, error: Exception) -> Response:
    return endpoints.problem(503, endpoints.NO_DATABASE)


def main() -> None:
    """Serve on the address of the settings until SIGTERM."""
    settings = settings_at_start()
    uvicorn.run(make_app(settings), host=settings.host, port=settings.storefront_port, log_level="warning")


if __name__ == "__main__":
    main()
