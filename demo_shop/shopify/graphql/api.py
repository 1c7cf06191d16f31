"""The GraphQL endpoint: from a request's body to Shopify's answer, with cost and throttling.

As in Shopify, errors are sent with status 200 in a list `errors`.
Source: Shopify's GraphQL Admin API reference, status and error codes.
"""

from __future__ import annotations

import json
from typing import Any

from graphql import GraphQLError, GraphQLSchema

from demo_shop.profile import ShopProfile
from demo_shop.shopify.graphql.bulk_operations import BulkOperations
from demo_shop.shopify.graphql.context import RequestContext
from demo_shop.shopify.graphql.cost import CostCounter
from demo_shop.shopify.graphql.schema import execute_document, parse_document
from demo_shop.shopify.graphql.variables import refusals
from demo_shop.shopify.throttle import Bucket
from demo_shop.store.store import Store

Answer = dict[str, Any]
"""`{"data", "errors", "extensions"}`"""


class GraphqlApi:
    """Answers the requests to one shop, which share one bucket of points, as those of one app do."""

    def __init__(
        self,
        schema: GraphQLSchema,
        store: Store,
        shop: ShopProfile,
        bulk_operations: BulkOperations,
        bucket: Bucket | None = None,
    ) -> None:
        self._schema, self._store, self._shop = schema, store, shop
        self._bulk_operations = bulk_operations
        self._subscriptions: list[dict[str, Any]] = []
        self._bucket = bucket or Bucket(maximum=20_000, restore_rate=1_000)

    def answer(self, body: bytes) -> Answer:
        """The answer to a POST body `{"query", "variables", "operationName"}`; errors are in its `errors`."""
        try:
            text, variables, operation_name = _request(body)
        except (ValueError, TypeError, KeyError) as error:
            return {"errors": [{"message": f"the body is not a GraphQL request: {error}"}]}
        document, errors = parse_document(self._schema, text)
        if document is None:
            return {"errors": [error.formatted for error in errors]}
        if refused := refusals(self._schema, document, variables, operation_name):
            return {"errors": refused}
        counter = CostCounter(self._schema, document, variables)
        requested = counter.requested()
        if requested > self._bucket.maximum:
            limit = f"the single query max cost limit ({self._bucket.maximum:.0f})"
            message = f"Query cost is {requested}, which exceeds {limit}"
            return {"errors": [_error(message, "MAX_COST_EXCEEDED")], "extensions": self._cost(requested, None)}
        if not self._bucket.take(requested):
            return {"errors": [_error("Throttled", "THROTTLED")], "extensions": self._cost(requested, None)}
        context = RequestContext(self._store, self._shop, self._store.pricing(), self._bulk_operations)
        context.subscriptions = self._subscriptions
        result = execute_document(self._schema, document, context, variables, operation_name)
        actual = min(requested, counter.actual(result.data))  # Shopify never charges more than it asked for
        self._bucket.give_back(requested - actual)
        answer: Answer = {"data": result.data, "extensions": self._cost(requested, actual)}
        if result.errors:
            answer["errors"] = [_formatted(error) for error in result.errors]
        return answer

    def _cost(self, requested: int, actual: int | None) -> dict[str, Any]:
        status = {
            "maximumAvailable": float(self._bucket.maximum),
            "currentlyAvailable": int(self._bucket.available),
            "restoreRate": float(self._bucket.restore_rate),
        }
        return {
            "cost": {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status},
        }


def _request(body: bytes) -> tuple[str, dict[str, Any], str | None]:
    """Query, variables and the name of the operation; raises ValueError, TypeError or KeyError when they are not."""
    request = json.loads(body)
    text, variables = request["query"], request.get("variables") or {}
    if not isinstance(text, str) or not isinstance(variables, dict):
        raise TypeError("query must be a string and variables an object")
    return text, variables, request.get("operationName")


def _error(message: str, code: str) -> dict[str, Any]:
    documentation = "https://shopify.dev/api/usage/rate-limits"
    return {"message": message, "extensions": {"code": code, "documentation": documentation}}


def _formatted(error: GraphQLError) -> dict[str, Any]:
    code = "INTERNAL_SERVER_ERROR" if error.original_error else "BAD_REQUEST"
    return {**error.formatted, "extensions": {"code": code}}
