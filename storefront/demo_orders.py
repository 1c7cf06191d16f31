"""The check-out of the demo shop's pages: prices a cart, places its order and shows it, by the demo shop's own API."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from comptoir.settings import Settings
from storefront.responses import problem, shown

SHOP_TIMEOUT = 10.0  # seconds


def routes(settings: Settings) -> list[Route]:
    """POST /demo/quote and /demo/orders, GET /demo/orders/{order_id}; none for a real shop, which has its own."""
    if not settings.demo_shop:
        return []

    def passing_on(path: str) -> Callable[[Request], Awaitable[Response]]:
        async def pass_on(request: Request) -> Response:
            return await _ask(settings, "POST", path, await request.body())

        return pass_on

    async def placed(request: Request) -> Response:
        order_id, number = request.path_params["order_id"], request.query_params.get("number", "")
        query = httpx.QueryParams(number=number)
        missing = f"There is no order {shown(order_id)} with the number {shown(number)}."
        if not (order_id.isascii() and order_id.isdigit()) or len(order_id) > 18:
            return problem(404, missing)
        answer = await _ask(settings, "GET", f"/demo/orders/{order_id}?{query}")
        return problem(404, missing) if answer.status_code == 404 else answer

    # the next sync brings an order from there to the marts, as any other order
    return [
        Route("/demo/quote", passing_on("/demo/quote"), methods=["POST"]),
        Route("/demo/orders", passing_on("/demo/orders"), methods=["POST"]),
        Route("/demo/orders/{order_id}", placed),
    ]


async def _ask(settings: Settings, method: str, path: str, body: bytes | None = None) -> Response:
    """The demo shop's answer, or a sentence of why there is none; 404 as it is."""
    try:
        trusted = ssl.create_default_context(cafile=settings.demo_shop_dir / "ca.pem")
        async with httpx.AsyncClient(verify=trusted, timeout=SHOP_TIMEOUT) as client:
            answer = await client.request(method, f"{settings.demo_shop_url}{path}", content=body)
    except (httpx.HTTPError, OSError) as error:
        return problem(503, f"The demo shop does not answer ({type(error).__name__}); see `make status`.")
    if answer.is_success:
        return Response(answer.content, answer.status_code, media_type="application/json")
    if answer.status_code == 400:
        return problem(400, f"The demo shop does not take the order: {answer.json()['errors']}.")
    if answer.status_code == 404:
        return problem(404, "There is no such order.")
    return problem(503, f"The demo shop fails at the order ({answer.status_code}); its log says why.")
