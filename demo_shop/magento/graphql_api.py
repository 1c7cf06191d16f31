"""Magento's GraphQL query `products`, as far as ratings need it. It needs no token and returns only active products.

The types are those of Magento's own schema, with the fields that the demo shop can fill (a test compares the two).
A rating is a mean in percent, 0 without reviews. Source: Adobe Commerce GraphQL reference, products query.
"""

from __future__ import annotations

from typing import Any

import msgspec
from graphql import GraphQLError, build_schema, graphql_sync
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo_shop.magento.values import JsonRecord
from demo_shop.store.model import Product
from demo_shop.store.store import Store

SCHEMA = """
type Query {
  products(
    search: String, filter: ProductAttributeFilterInput, pageSize: Int = 20, currentPage: Int = 1
  ): Products
}
input ProductAttributeFilterInput { sku: FilterEqualTypeInput }
input FilterEqualTypeInput { eq: String, in: [String] }
type Products { items: [ProductInterface], page_info: SearchResultPageInfo, total_count: Int }
type SearchResultPageInfo { current_page: Int, page_size: Int, total_pages: Int }
interface ProductInterface { id: Int, sku: String, name: String, rating_summary: Float!, review_count: Int! }
type SimpleProduct implements ProductInterface {
  id: Int, sku: String, name: String, rating_summary: Float!, review_count: Int!
}
"""


class Query(msgspec.Struct):
    """The body of a request."""

    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None  # the name in GraphQL over HTTP


class MagentoGraphqlApi:
    """The endpoint /graphql over one store; also the root value, whose method `products` resolves the query."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._schema = build_schema(SCHEMA)

    def routes(self) -> list[Route]:
        """The endpoint."""

        async def answer(request: Request) -> Response:
            return JSONResponse(await run_in_threadpool(self.answer, await request.body()))

        return [Route("/graphql", answer, methods=["POST"])]

    def answer(self, body: bytes) -> JsonRecord:
        """The answer to a POST body, `{"data", "errors"}`; a wrong query is reported in `errors`."""
        try:
            request = msgspec.json.decode(body, type=Query)
        except msgspec.MsgspecError as error:
            return {"errors": [{"message": f"Unable to unserialize value: {error}"}]}
        result = graphql_sync(
            self._schema, request.query, self, variable_values=request.variables, operation_name=request.operationName
        )
        content: JsonRecord = {"data": result.data}
        if result.errors:
            content["errors"] = [error.formatted for error in result.errors]
        return content

    def products(
        self,
        _info: Any,
        pageSize: int,
        currentPage: int,
        search: str | None = None,
        filter: JsonRecord | None = None,
    ) -> JsonRecord:
        """A page of products. Raises GraphQLError with Magento's messages for arguments that Magento refuses."""
        if search is None and filter is None:
            raise GraphQLError("'search' or 'filter' input argument is required.")
        if pageSize < 1 or currentPage < 1:
            raise GraphQLError("pageSize and currentPage must be greater than 0.")
        found = [p for p in self._store.products(order_by="id") if p.status == "ACTIVE" and _passes(p, filter)]
        pages = -(-len(found) // pageSize)
        if currentPage > max(1, pages):
            raise GraphQLError(
                f"currentPage value {currentPage} specified is greater than the {pages} page(s) available."
            )
        first = (currentPage - 1) * pageSize
        return {
            "items": [_node(product) for product in found[first : first + pageSize]],
            "page_info": {"current_page": currentPage, "page_size": pageSize, "total_pages": pages},
            "total_count": len(found),
        }


def _passes(product: Product, filters: JsonRecord | None) -> bool:
    sku = (filters or {}).get("sku") or {}
    return sku.get("eq") in (None, product.sku) and (sku.get("in") is None or product.sku in sku["in"])


def _node(product: Product) -> JsonRecord:
    return {
        "__typename": "SimpleProduct",
        "id": product.product_id,
        "sku": product.sku,
        "name": product.title,
        "rating_summary": float(product.rating * 20) if product.rating is not None else 0.0,
        "review_count": product.rating_count,
    }
