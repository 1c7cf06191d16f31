"""What a query costs: Shopify's calculated query cost.

Objects cost 1, scalars nothing, a mutation 10, a connection 2 and its page. Shopify grows a page's cost far
slower than its size (it reports 25 points for 250 variants with one object each); 2 ln(n) follows that.
Source: Shopify's API rate limits documentation.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
)

MUTATION_COST = 10
CONNECTION_COST = 2


class CostCounter:
    """Counts one operation's points, before it runs (`requested`) and after (`actual`)."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any] | None) -> None:
        self._schema = schema
        self._variables = variables or {}
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._operation = next(d for d in document.definitions if isinstance(d, OperationDefinitionNode))

    def requested(self) -> int:
        return self._of_root(None)

    def actual(self, data: dict[str, Any] | None) -> int:
        return self._of_root(data or {})

    def _of_root(self, data: dict[str, Any] | None) -> int:
        if self._operation.operation is OperationType.MUTATION:
            return MUTATION_COST * sum(
                1 for _ in self._fields(self._operation.selection_set, self._schema.mutation_type)
            )
        return self._of_selection(self._operation.selection_set, self._schema.query_type, data)

    def _of_selection(self, selection: SelectionSetNode, parent: Any, data: Any) -> int:
        points = 0
        for node, owner in self._fields(selection, parent):
            definition = getattr(owner, "fields", {}).get(node.name.value)
            if definition is None or node.selection_set is None:
                continue
            kind = get_named_type(definition.type)
            if is_leaf_type(kind):
                continue
            key = node.alias.value if node.alias else node.name.value
            for value in [None] if data is None else _objects(data.get(key)):
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

    def _fields(self, selection: SelectionSetNode, parent: Any) -> Iterator[tuple[FieldNode, Any]]:
        for node in selection.selections:
            if isinstance(node, FieldNode):
                yield node, parent
                continue
            fragment = self._fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            condition = getattr(fragment, "type_condition", None)
            owner = self._schema.type_map[condition.name.value] if condition else parent
            yield from self._fields(fragment.selection_set, owner)  # type: ignore[union-attr]


def page_weight(size: int) -> int:
    """How often a page's content counts."""
    return max(1, math.ceil(2 * math.log(size))) if size > 1 else 1


def _objects(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    return [value] if isinstance(value, dict) else []
