"""The demo shop's pages and the clients that any shop's pages load: documents, static files, configuration."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from comptoir.settings import Settings
from storefront import demo_orders
from storefront.plain_pages import PlainPages

PAGES = Path(__file__).parent / "pages"
CLIENTS = Path(__file__).parent / "clients"
PATHS = ("/", "/search", "/product/{product_id}", "/cart", "/thanks")  # all answered with index.html; app.js routes


class PublicFiles(StaticFiles):
    """Files that other sites' pages may load: module scripts are fetched with CORS."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file. Raises HTTPException (404) when there is none."""
        answer = await super().get_response(path, scope)
        answer.headers["access-control-allow-origin"] = "*"
        answer.headers["cross-origin-resource-policy"] = "cross-origin"
        answer.headers["cache-control"] = "max-age=300"
        return answer


def routes(settings: Settings) -> list[BaseRoute]:
    """The document under `PATHS`, its files under /static, the clients under /clients, /config.json, the check-out."""
    config = {
        "collector_url": settings.collector_url,
        "write_key": settings.write_key,
        "currency": settings.shop_currency,
        "checkout": settings.demo_shop,
        "dashboard_url": settings.dashboard_url,
        "dagster_url": settings.dagster_url,
    }
    pages = PlainPages((PAGES / "index.html").read_text(), config)

    async def document(request: Request) -> Response:
        return HTMLResponse(await pages.document(request), headers={"cache-control": "no-cache"})

    async def configuration(_: Request) -> Response:
        return JSONResponse(config)

    return [
        *(Route(path, document) for path in PATHS),
        Route("/config.json", configuration),
        Mount("/static", StaticFiles(directory=PAGES)),
        Mount("/clients", PublicFiles(directory=CLIENTS)),
        *demo_orders.routes(settings),
    ]
