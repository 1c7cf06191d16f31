"""Shopify's calculated query cost, in points.

An object costs 1, a scalar nothing, a mutation 10, a connection 2 plus its page. In Shopify the cost of a page grows
far more slowly than its size (it reports 25 points for 250 variants with one object each); 2 ln(size) is close to that.
Source: Shopify's documentation of API rate limits.
"""

from __future__ import annotations

import math
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
)

from demo_shop.shopify.graphql.selection import fragments_of, response_key, selected_fields

MUTATION_COST = 10
CONNECTION_COST = 2


class CostCounter:
    """Counts the points of a document's first operation."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any] | None) -> None:
        self._schema = schema
        self._variables = variables or {}
        self._fragments = fragments_of(document)
        self._operation = next(d for d in document.definitions if isinstance(d, OperationDefinitionNode))

    def requested(self) -> int:
        """Points the operation may cost, counted before it runs."""
        return self._of_root(None)

    def actual(self, data: dict[str, Any] | None) -> int:
        """Points the operation has cost, counted from the data it returned."""
        return self._of_root(data or {})

    def _of_root(self, data: dict[str, Any] | None) -> int:
        if self._operation.operation is OperationType.MUTATION:
            selection, parent = self._operation.selection_set, self._schema.mutation_type
            return MUTATION_COST * len([*selected_fields(self._schema, selection, parent, self._fragments)])
        return self._of_selection(self._operation.selection_set, self._schema.query_type, data)

    def _of_selection(self, selection: SelectionSetNode, parent: Any, data: Any) -> int:
        points = 0
        for node, owner in selected_fields(self._schema, selection, parent, self._fragments):
            definition = getattr(owner, "fields", {}).get(node.name.value)
            if definition is None or node.selection_set is None:
                continue
            kind = get_named_type(definition.type)
            if is_leaf_type(kind):
                continue
            for value in [None] if data is None else _objects(data.get(response_key(node))):
                points += self._of_object(node, kind, value)
        return points

    def _of_object(self, node: FieldNode, kind: Any, value: Any) -> int:
        assert node.selection_set is not None
        if kind.name == "PageInfo":
            return 0
        inside = self._of_selection(node.selection_set, kind, value)
        if kind.name.endswith("Edge"):
            return inside
        if not kind.name.endswith("Connection"):
            return 1 + inside
        weight = 1 if value is not None else page_weight(self._page_size(node))
        return CONNECTION_COST + weight * inside

    def _page_size(self, node: FieldNode) -> int:
        for argument in node.arguments:
            if argument.name.value in ("first", "last"):
                if isinstance(argument.value, VariableNode):
                    return int(self._variables.get(argument.value.name.value) or 1)
                if isinstance(argument.value, IntValueNode):
                    return int(argument.value.value)
        return 1


def page_weight(size: int) -> int:
    """How many times the cost of one node counts for a page of `size` nodes."""
    return max(1, math.ceil(2 * math.log(size))) if size > 1 else 1


def _objects(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    return [value] if isinstance(value, dict) else []
