"""Endpoints below /demo/ that a real Shopify does not have: price, place, refund and cancel orders, the shop's ledger.

Amounts are texts, times are ISO 8601. An impossible or unreadable request is answered 400 with the reason.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import parse_qsl

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from demo_shop.content.hard_money import PAST_CURRENCY, PAST_RATE
from demo_shop.profile import ShopProfile
from demo_shop.shopify.graphql.bulk_operations import BulkOperations
from demo_shop.store.checkout import CheckoutError
from demo_shop.store.ledger import ledger
from demo_shop.store.store import Store

Id = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]  # what SQLite holds
Units = Annotated[int, msgspec.Meta(le=1_000_000)]
Code = Annotated[str, msgspec.Meta(max_length=100, pattern=r"^[^\x00-\x1f]*$")]


class OrderedLine(msgspec.Struct):
    """One product of a new order."""

    product_id: Id
    quantity: Units = 1


class NewOrder(msgspec.Struct):
    """Body of /demo/orders. Without `currency` the shop's."""

    lines: Annotated[list[OrderedLine], msgspec.Meta(max_length=500)]  # Shopify's limit
    customer_id: Id | None = None
    currency: Code | None = None
    country_code: Code = "FR"
    discount_code: Code | None = None
    source_name: Code = "web"


class NewRefund(msgspec.Struct):
    """Body of /demo/orders/{id}/refund."""

    lines: dict[Id, Units] | None = None  # line id -> units; None: all that is left
    note: str = ""


class NewCancellation(msgspec.Struct):
    """Body of /demo/orders/{id}/cancel."""

    reason: str = "customer"


class DemoApi:
    """The endpoints over one store."""

    def __init__(self, store: Store, shop: ShopProfile, bulk_operations: BulkOperations) -> None:
        self._store, self._shop, self._bulk_operations = store, shop, bulk_operations

    def routes(self) -> list[Route]:
        """The endpoints by path."""

        def posting(path: str, endpoint: Callable[[Request, bytes], Response]) -> Route:
            async def read_body(request: Request) -> Response:
                body = await request.body()
                return await run_in_threadpool(endpoint, request, body)

            return Route(path, read_body, methods=["POST"])

        return [
            Route("/demo/health", self.health),
            Route("/demo/ledger", self.ledger),
            Route("/demo/bulk/{number:int}", self.bulk_result),
            posting("/demo/orders", self.place),
            posting("/demo/quote", self.quote),
            Route("/demo/orders/{order_id:int}", self.order),
            posting("/demo/orders/{order_id:int}/refund", self.refund),
            posting("/demo/orders/{order_id:int}/cancel", self.cancel),
        ]

    def health(self, _request: Request) -> Response:
        """The number of rows of each kind, when all is well."""
        return JSONResponse({"status": "ok", "shop": self._shop.domain, **self._store.counts()})

    def ledger(self, _request: Request) -> Response:
        """The shop's ledger per day and currency, see store/ledger.py."""
        rows = ledger(self._store.orders(), self._shop.timezone, self._shop.currency, {PAST_CURRENCY: PAST_RATE})
        return _json({"timezone": self._shop.timezone, "days": [dataclasses.asdict(row) for row in rows]})

    def bulk_result(self, request: Request) -> Response:
        """The file of a bulk operation. As with Shopify's result URLs, only the URL's signature gives access."""
        secret = dict(parse_qsl(request.url.query)).get("Signature", "")
        path = self._bulk_operations.result_file(request.path_params["number"], secret)
        if path is None:
            return JSONResponse({"errors": "there is no such bulk operation result"}, 404)
        return FileResponse(path, media_type="application/jsonl", filename=path.name)

    def place(self, _request: Request, body: bytes) -> Response:
        """Places a NewOrder; answers the order with status 201."""
        wanted = msgspec.json.decode(body, type=NewOrder)
        order = self._store.place_order(
            [(line.product_id, line.quantity) for line in wanted.lines],
            customer_id=wanted.customer_id,
            currency=wanted.currency,
            country_code=wanted.country_code,
            discount_code=wanted.discount_code,
            source_name=wanted.source_name,
        )
        return _json(order, 201)

    def quote(self, _request: Request, body: bytes) -> Response:
        """What a NewOrder would be, and the countries whose tax the shop knows; nothing is placed."""
        wanted = msgspec.json.decode(body, type=NewOrder)
        order = self._store.quote_order(
            [(line.product_id, line.quantity) for line in wanted.lines],
            currency=wanted.currency,
            country_code=wanted.country_code,
            discount_code=wanted.discount_code,
        )
        return _json({"order": order, "countries": sorted(self._store.pricing().tax_rates)})

    def order(self, request: Request) -> Response:
        """The order of this id, for who knows its number too."""
        order = self._store.order(request.path_params["order_id"])
        if order is None or str(order.number) != request.query_params.get("number"):
            return JSONResponse({"errors": "there is no such order"}, 404)
        return _json(order)

    def refund(self, request: Request, body: bytes) -> Response:
        """Makes a NewRefund; answers the changed order."""
        wanted = msgspec.json.decode(body or b"{}", type=NewRefund)
        return _json(self._store.refund_order(request.path_params["order_id"], wanted.lines, note=wanted.note))

    def cancel(self, request: Request, body: bytes) -> Response:
        """Makes a NewCancellation; answers the changed order."""
        wanted = msgspec.json.decode(body or b"{}", type=NewCancellation)
        return _json(self._store.cancel_order(request.path_params["order_id"], reason=wanted.reason))


def refused(_request: Request, error: Exception) -> Response:
    """The answer to a request that is impossible or cannot be read."""
    return JSONResponse({"errors": str(error)}, 400)


REFUSED: dict[Any, Any] = dict.fromkeys(
    (CheckoutError, msgspec.DecodeError, UnicodeDecodeError, RecursionError), refused
)
"""Starlette's exception handlers for these endpoints."""


def _json(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
