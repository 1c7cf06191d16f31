"""The demo shop's pages: static files, their configuration, and the check-out."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from comptoir.settings import Settings
from storefront.responses import problem

PAGES = Path(__file__).parent / "pages"
PATHS = ("/", "/search", "/product/{product_id}", "/cart", "/thanks")  # all answered with index.html; app.js routes
SHOP_TIMEOUT = 10.0  # seconds


def routes(settings: Settings) -> list[BaseRoute]:
    """The document under `PATHS`, its files under /static, /config.json and, with a demo shop, POST /demo/orders."""

    async def document(_: Request) -> Response:
        return FileResponse(PAGES / "index.html", headers={"cache-control": "no-cache"})

    async def config(_: Request) -> Response:
        return JSONResponse(
            {
                "collector_url": settings.collector_url,
                "write_key": settings.write_key,
                "currency": settings.shop_currency,
                "checkout": settings.demo_shop,
                "dashboard_url": settings.dashboard_url,
                "dagster_url": settings.dagster_url,
            }
        )

    async def place_order(request: Request) -> Response:
        return await _place_order(settings, request)

    found: list[BaseRoute] = [Route(path, document) for path in PATHS]
    found += [Route("/config.json", config), Mount("/static", StaticFiles(directory=PAGES))]
    if settings.demo_shop:
        found.append(Route("/demo/orders", place_order, methods=["POST"]))
    return found


async def _place_order(settings: Settings, request: Request) -> Response:
    """Pass the order on to the demo shop: the next sync brings it from there to the marts, as any other order."""
    body = await request.body()
    try:
        trusted = ssl.create_default_context(cafile=settings.demo_shop_dir / "ca.pem")
        async with httpx.AsyncClient(verify=trusted, timeout=SHOP_TIMEOUT) as client:
            answer = await client.post(f"{settings.demo_shop_url}/demo/orders", content=body)
    except (httpx.HTTPError, OSError) as error:
        return problem(503, f"The demo shop does not answer ({type(error).__name__}); see `make status`.")
    if answer.is_success:
        return Response(answer.content, answer.status_code, media_type="application/json")
    if answer.status_code == 400:
        return problem(400, f"The demo shop does not take the order: {answer.json()['errors']}.")
    return problem(503, f"The demo shop fails at the order ({answer.status_code}); its log says why.")
