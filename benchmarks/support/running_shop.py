"""The demo shop with its proxy, as a connector or our own client sees it, with faults on demand."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import uvicorn
from pydantic import PostgresDsn
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from benchmarks.support.servers import stopped_at_exit
from benchmarks.support.small_shop import fill
from comptoir.environment import child_environment
from comptoir.settings import Settings
from demo_shop.certificates import server_context
from demo_shop.profile import profile_from
from demo_shop.server import create_app
from demo_shop.store.model import Order
from demo_shop.store.store import STORE_FILE, Store
from ingestion.connectors.shopify.api import ShopifyApi
from local.ports import find_free_port, is_listening
from local.waiting import wait_until

Fault = Callable[[ASGIApp, Scope, Receive, Send], Any]
"""Answers one request in place of the shop's application, which it is passed."""


@dataclass
class RunningShop:
    """A served shop with its store, the settings that lead to it, and the faults to come."""

    store: Store
    orders: list[Order]
    settings: Settings
    # (part of a path, fault): the first one happens, once, to the next request with such a path
    faults: list[tuple[str, Fault]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)  # of all requests so far

    def rows(self, query: str) -> list[Any]:
        """The rows of a query to the warehouse."""
        with psycopg.connect(self.settings.database_url) as connection:
            return connection.execute(query).fetchall()

    def count(self, table: str) -> int:
        """The rows of a table in raw_shop."""
        return self.rows(f"select count(*) from raw_shop.{table}")[0][0]

    def api(self, timeout: float = 60) -> ShopifyApi:
        """Our own client of the shop; `timeout` in seconds."""
        settings = self.settings
        return ShopifyApi(
            settings.shop_name,
            settings.shop_api_password.get_secret_value(),
            proxy=f"http://127.0.0.1:{settings.demo_proxy_port}",
            authority=settings.demo_shop_dir / "ca.pem",
            timeout=timeout,
        )


@contextmanager
def running_shop(database: str, data_dir: Path, **settings: Any) -> Iterator[RunningShop]:
    """Serve the small shop (small_shop.py) and its proxy; `database` is the URL for its raw tables.

    `settings` are further fields of `Settings`. Server and proxy stop at the end.
    """
    given = Settings(
        data_dir=data_dir,
        demo_shop_port=find_free_port(),
        demo_proxy_port=find_free_port(),
        postgres_url=PostgresDsn(database),
        **{"shop_start_date": "2026-01-01", **settings},
    )
    folder, profile = given.demo_shop_dir, profile_from(given)
    folder.mkdir(parents=True)
    store = Store(folder / STORE_FILE)
    shop = RunningShop(store, fill(store), given)
    token = given.shop_api_password.get_secret_value()
    app = create_app(store, profile, given.shopify_schema_file, folder / "bulk", token)
    context = server_context(folder, [profile.domain, "*.myshopify.com", "127.0.0.1"])
    config = uvicorn.Config(
        _Faulty(app, shop),
        port=given.demo_shop_port,
        log_level="error",
        ssl_context_factory=lambda *_: context,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    changes = {
        "COMPTOIR_DEMO_SHOP_PORT": str(given.demo_shop_port),
        "COMPTOIR_DEMO_PROXY_PORT": str(given.demo_proxy_port),
    }
    environment = child_environment(changes)
    proxy = [sys.executable, "-m", "demo_shop.shopify.proxy"]
    try:
        with stopped_at_exit(proxy, data_dir / "proxy.log", env=environment):
            wait_until(
                lambda: (server.started and is_listening(given.demo_proxy_port)) or 1 / 0, "the demo shop", seconds=180
            )
            yield shop
    finally:
        server.should_exit = True
        thread.join(10)
        store.close()


class _Faulty:
    """Lets the next fault happen to the first request with its path, and records every path."""

    def __init__(self, app: ASGIApp, shop: RunningShop) -> None:
        self._app, self._shop = app, shop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._shop.paths.append(scope["path"])
            if self._shop.faults and self._shop.faults[0][0] in scope["path"]:
                _, fault = self._shop.faults.pop(0)
                await fault(self._app, scope, receive, send)
                return
        await self._app(scope, receive, send)


def answering(response: Response) -> Fault:
    """This response."""

    async def fault(_app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        await response(scope, receive, send)

    return fault


def throttled() -> Fault:
    """Shopify's answer when the bucket of points is empty: HTTP 200, with an error."""
    cost = {"requestedQueryCost": 10, "throttleStatus": {"currentlyAvailable": 0, "restoreRate": 100.0}}
    error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
    return answering(JSONResponse({"errors": [error], "extensions": {"cost": cost}}))


def too_many() -> Fault:
    """Shopify's answer to too many REST calls: HTTP 429 with Retry-After."""
    return answering(JSONResponse({"errors": "Exceeded 2 calls per second"}, 429, {"Retry-After": "0.1"}))


def broken() -> Fault:
    """HTTP 500."""
    return answering(Response("Internal Server Error", 500))


def silent(seconds: float) -> Fault:
    """The usual answer, after so many seconds."""

    async def fault(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(seconds)
        await app(scope, receive, send)

    return fault


def truncated(keep: float = 0.5) -> Fault:
    """The first part of the answer (`keep` is the share of its bytes), then the connection closes."""

    async def fault(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        async def half(message: Message) -> None:
            if message["type"] == "http.response.body":
                body = message.get("body", b"")
                if len(body) > 1:
                    await send({**message, "body": body[: int(len(body) * keep)], "more_body": True})
                    raise ConnectionResetError("cut by the test")
            await send(message)

        await app(scope, receive, half)

    return fault
