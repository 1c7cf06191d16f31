"""A shop in the place of the demo shop that refuses every request, with an error that quotes a person's record."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from comptoir.settings import Settings
from demo_shop.certificates import server_context
from local.supervision import Supervisor
from local.waiting import wait_until
from tests.support.quoting import OBJECTS
from tests.support.serving_app import served
from tests.support.whole_platform import shop

METHODS = ["GET", "POST", "PUT", "DELETE"]


@contextmanager
def talkative_shop(settings: Settings) -> Iterator[None]:
    """The demo shop is stopped, and answers again when the block is left."""

    async def refuse(request: Request) -> JSONResponse:
        return JSONResponse(OBJECTS, 403)

    supervisor = Supervisor(settings.data_dir)
    supervisor.stop("demo-shop")
    try:
        bound = socket.create_server((settings.host, settings.demo_shop_port))
        names = [f"{settings.shop_name}.myshopify.com", "*.myshopify.com", "localhost", settings.host]
        context = server_context(settings.demo_shop_dir, names)
        app = Starlette(routes=[Route("/{path:path}", refuse, methods=METHODS)])
        with served(app, bound, ssl_context_factory=lambda _config, _default: context):
            yield
    finally:
        supervisor.start("demo-shop")
        with shop(settings) as client:
            wait_until(lambda: client.get("/demo/health").raise_for_status(), "the demo shop", seconds=120)
