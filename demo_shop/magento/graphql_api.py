"""Magento's GraphQL `products` query, as far as ratings need it: open to everybody, visible products only.

The types are those of Magento's own schema, with the fields that the demo shop can fill (tests hold them against the
real one). A rating is a mean in percent, 0 without reviews.
"""

from __future__ import annotations

from typing import Any

import msgspec
from graphql import GraphQLError, build_schema, graphql_sync
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo_shop.magento.values import Record
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
    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None  # GraphQL over HTTP names it so


class MagentoGraphqlApi:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._schema = build_schema(SCHEMA)

    def routes(self) -> list[Route]:
        async def answer(request: Request) -> Response:
            return JSONResponse(await run_in_threadpool(self.answer, await request.body()))

        return [Route("/graphql", answer, methods=["POST"])]

    def answer(self, body: bytes) -> Record:
        """What is wrong with a query is in `errors`, with status 200."""
        try:
            asked = msgspec.json.decode(body, type=Query)
        except msgspec.MsgspecError as reason:
            return {"errors": [{"message": f"Unable to unserialize value: {reason}"}]}
        result = graphql_sync(
            self._schema, asked.query, self, variable_values=asked.variables, operation_name=asked.operationName
        )
        content: Record = {"data": result.data}
        if result.errors:
            content["errors"] = [one.formatted for one in result.errors]
        return content

    def products(
        self,
        _info: Any,
        pageSize: int,
        currentPage: int,
        search: str | None = None,
        filter: Record | None = None,
    ) -> Record:
        if search is None and filter is None:
            raise GraphQLError("'search' or 'filter' input argument is required.")
        if pageSize < 1 or currentPage < 1:
            raise GraphQLError("pageSize and currentPage must be greater than 0.")
        found = [p for p in self._store.products(order_by="id") if p.status == "ACTIVE" and _is_asked(p, filter)]
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


def _is_asked(product: Product, filters: Record | None) -> bool:
    sku = (filters or {}).get("sku") or {}
    return sku.get("eq") in (None, product.sku) and (sku.get("in") is None or product.sku in sku["in"])


def _node(product: Product) -> Record:
    return {
        "__typename": "SimpleProduct",
        "id": product.product_id,
        "sku": product.sku,
        "name": product.title,
        "rating_summary": float(product.rating * 20) if product.rating is not None else 0.0,
        "review_count": product.rating_count,
    }
