"""A demo shop that answers as Magento, in this process, and can be made to fail: for tests of the Magento manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from comptoir.settings import get_settings
from demo_shop.magento.graphql_api import MagentoGraphqlApi
from demo_shop.magento.rest_api import MagentoRestApi
from demo_shop.profile import ShopProfile
from demo_shop.store.store import Store
from ingestion.airbyte import connector
from ingestion.connectors.magento.connector import magento_source
from ingestion.connectors.spec import Source
from ingestion.sync_report import SyncReport
from tests.support.serving_app import listening_socket, port_of, served

TOKEN = "secret-token"
BROKEN = "broken"  # what `before` returns for an answer that is cut in half
Before = Callable[[str, int], Response | str | None]
"""Called before an answer with the path's end and how often it was asked for; what it returns is answered instead."""


class MagentoShop:
    """`before` may change the shop, or spoil the answer. `asked` has each path's query strings."""

    def __init__(self, store: Store, work_dir: Path) -> None:
        self.store = store
        self.before: Before = lambda _path, _times: None
        self.asked: dict[str, list[str]] = {}
        self.socket = listening_socket()
        self._work_dir = work_dir

    def source(self, *streams: str, page_size: int = 2, token: str = TOKEN) -> Source:
        url = f"http://127.0.0.1:{port_of(self.socket)}"
        venv = get_settings().connector_venv
        return magento_source(venv, url, token, "2026-01-01", streams=streams, page_size=page_size)

    def sync(self, database_url: str, *streams: str, page_size: int = 2, token: str = TOKEN) -> SyncReport:
        """One run of the unmodified runner. Raises ConnectorError."""
        source = self.source(*streams, page_size=page_size, token=token)
        return connector.sync(
            source.connector,
            source.config,
            list(source.streams),
            database_url,
            self._work_dir,
            seconds=120,
            look_back=source.look_back,
        )

    def app(self) -> Starlette:
        rest = MagentoRestApi(self.store, ShopProfile(), TOKEN)
        routes = [*rest.routes(), *MagentoGraphqlApi(self.store).routes()]
        return Starlette(routes=routes, middleware=[Middleware(BaseHTTPMiddleware, dispatch=self._answer)])

    async def _answer(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        name = request.url.path.rpartition("/V1/")[2]
        asked = self.asked.setdefault(name, [])
        asked.append(request.url.query)
        instead = await run_in_threadpool(self.before, name, len(asked))
        if isinstance(instead, Response):
            return instead
        answer: Any = await call_next(request)
        if instead == BROKEN:
            body = b"".join([part async for part in answer.body_iterator])
            return Response(body[: len(body) // 2], media_type="application/json")
        return answer


@contextmanager
def magento_shop(store: Store, work_dir: Path) -> Iterator[MagentoShop]:
    """Serves until it is left."""
    shop = MagentoShop(store, work_dir)
    with served(shop.app(), shop.socket):
        yield shop


def magento_error(status: int, message: str, **headers: str) -> Response:
    return JSONResponse(
        {"message": message}, status, {name.replace("_", "-"): value for name, value in headers.items()}
    )
