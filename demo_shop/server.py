"""The demo shop's server: Shopify's Admin API, Magento's API and the endpoints below /demo/, over TLS.

`python -m demo_shop.server` serves until it is stopped.
"""

from __future__ import annotations

import gc
import logging
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from comptoir.settings import get_settings
from demo_shop.certificates import server_context
from demo_shop.demo_api import REFUSED, DemoApi, refused
from demo_shop.magento.graphql_api import MagentoGraphqlApi
from demo_shop.magento.rest_api import MagentoRestApi
from demo_shop.profile import ShopProfile, profile_from
from demo_shop.shopify.access import API_VERSION, SCOPES
from demo_shop.shopify.graphql.api import GraphqlApi
from demo_shop.shopify.graphql.bulk_operations import BulkOperations
from demo_shop.shopify.graphql.schema import load_schema
from demo_shop.shopify.rest.api import BadParameter, RestApi
from demo_shop.shopify.throttle import Bucket
from demo_shop.store.store import STORE_FILE, Store

BULK_DIRECTORY = "bulk"
GRANT_PATH = "/admin/oauth/access_token"
UNKNOWN_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"


def create_app(
    store: Store,
    shop: ShopProfile,
    schema_file: Path,
    bulk_directory: Path,
    access_token: str,
    graphql_bucket: Bucket | None = None,
    rest_bucket: Bucket | None = None,
    client_secret: str = "demo-secret",
) -> Starlette:
    """The ASGI application. Without buckets it has the limits of the plan Shopify Plus.

    Raises FileNotFoundError when `schema_file` (see shopify/graphql/schema.py) is missing.
    """
    schema = load_schema(schema_file)
    bulk_operations = BulkOperations(schema, bulk_directory, f"https://{shop.domain}")
    graphql_api = GraphqlApi(schema, store, shop, bulk_operations, graphql_bucket)

    async def graphql(request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(graphql_api.answer, await request.body()))

    async def grant(request: Request) -> Response:
        """The client credentials grant: our app gets the access token, always the same, for its secret."""
        async with request.form() as form:
            if (form.get("grant_type"), form.get("client_secret")) != ("client_credentials", client_secret):
                return JSONResponse({"error": "invalid_client", "error_description": "the client secret is wrong"}, 400)
        return JSONResponse({"access_token": access_token, "scope": ",".join(SCOPES), "expires_in": 86399})

    return Starlette(
        routes=[
            Route(GRANT_PATH, grant, methods=["POST"]),
            Route("/admin/api/{version}/graphql.json", graphql, methods=["POST"]),
            *RestApi(store, shop).routes(),
            *MagentoRestApi(store, shop, access_token).routes(),
            *MagentoGraphqlApi(store).routes(),
            *DemoApi(store, shop, bulk_operations).routes(),
        ],
        middleware=[Middleware(AdminGate, access_token, rest_bucket or Bucket(maximum=400, restore_rate=20))],
        exception_handlers={**REFUSED, BadParameter: refused},
    )


class AdminGate:
    """Lets requests below /admin/ pass that have the access token; those to REST take a call from the bucket."""

    def __init__(self, app: ASGIApp, access_token: str, bucket: Bucket) -> None:
        self._app, self._token, self._bucket = app, access_token.encode(), bucket

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/admin/") or scope["path"] == GRANT_PATH:
            await self._app(scope, receive, send)
            return
        if dict(scope["headers"]).get(b"x-shopify-access-token") != self._token:
            await JSONResponse({"errors": UNKNOWN_TOKEN}, 401)(scope, receive, send)
            return
        if scope["path"].endswith("/graphql.json"):
            await self._app(scope, receive, self._with_headers({}, send))
            return
        if not self._bucket.take(1):
            error = {"errors": "Exceeded 2 calls per second for api client. Reduce request rates to resume."}
            await JSONResponse(error, 429, {"Retry-After": "2.0"})(scope, receive, send)
            return
        used = max(1, round(self._bucket.maximum - self._bucket.available))
        limit = {"X-Shopify-Shop-Api-Call-Limit": f"{used}/{self._bucket.maximum:.0f}"}
        await self._app(scope, receive, self._with_headers(limit, send))

    def _with_headers(self, headers: dict[str, str], send: Send) -> Send:
        """`send`, with headers added to the answer, their names in the case that Shopify writes."""
        added = [(name.encode(), value.encode()) for name, value in headers.items()]
        added.append((b"X-Shopify-API-Version", API_VERSION.encode()))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *added]
            await send(message)

        return send_with_headers


def serve(app: Starlette, directory: Path, host: str, port: int, shop: ShopProfile) -> None:
    """Serve over TLS until the process is stopped. Clients trust `directory/ca.pem`."""
    names = [shop.domain, "*.myshopify.com", "localhost", host]
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        ssl_context_factory=lambda _config, _default: server_context(directory, names),
    )


def main() -> None:
    """Serve at the settings' address until the process is stopped."""
    settings = get_settings()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    shop = profile_from(settings)
    directory = settings.demo_shop_dir
    app = create_app(
        Store(directory / STORE_FILE),
        shop,
        settings.shopify_schema_file,
        directory / BULK_DIRECTORY,
        settings.shop_api_password.get_secret_value(),
    )
    gc.freeze()  # the schema is half a million objects that never change: exclude them from garbage collection
    logging.getLogger(__name__).info("%s at %s", shop.domain, settings.demo_shop_url)
    serve(app, directory, settings.host, settings.demo_shop_port, shop)


if __name__ == "__main__":
    main()
