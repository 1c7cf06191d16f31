"""The shape of a bulk query: what Shopify allows in it, and how its result becomes lines of JSON.

Every node is one line, without its connections. The nodes of those follow as lines of their own, each with the id of
its parent as `__parentId`. Source: Shopify's documentation of bulk operations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from demo_shop.shopify.graphql.selection import Fragments, fragments_of, response_key, selected_fields

MAX_CONNECTIONS = 5
MAX_DEPTH = 2
EDGES = ("edges", "node", "nodes")


class BulkQueryError(ValueError):
    """The query cannot run as a bulk operation; the message says why."""


@dataclass(slots=True)
class Shape:
    """Where the connections are below one node, by response key."""

    connections: dict[str, Shape] = field(default_factory=dict)
    objects: dict[str, Shape] = field(default_factory=dict)  # only those with a connection inside
    has_id: bool = False  # whether the node's id is selected

    def depth(self) -> int:
        """How many levels of connections are nested below the node."""
        return max((1 + inner.depth() for inner in self._connections()), default=0)

    def count(self) -> int:
        """All connections below the node."""
        return sum(1 + inner.count() for inner in self._connections())

    def has_connections(self) -> bool:
        """Whether there is any connection below the node."""
        return any(True for _ in self._connections())

    def is_missing_an_id(self) -> bool:
        """Whether a node with connections below it does not select its id, which `__parentId` needs."""
        inner = list(self._connections())
        return bool(inner) and (not self.has_id or any(shape.is_missing_an_id() for shape in inner))

    def _connections(self) -> Iterator[Shape]:
        yield from self.connections.values()
        for inner in self.objects.values():
            yield from inner._connections()


def bulk_shape(schema: GraphQLSchema, document: DocumentNode) -> tuple[str, Shape]:
    """(response key of the root connection, shape of its nodes).

    Raises BulkQueryError for what Shopify does not allow in a bulk query.
    """
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if len(operations) != 1 or operations[0].operation is not OperationType.QUERY:
        raise BulkQueryError("Bulk queries must contain exactly one query operation")
    root = _shape(schema, operations[0].selection_set, schema.query_type, fragments_of(document))
    if not root.has_connections():
        raise BulkQueryError("Bulk queries must contain at least one connection")
    if len(operations[0].selection_set.selections) != 1 or len(root.connections) != 1:
        raise BulkQueryError("Bulk queries must have exactly one top-level field, a connection")
    if root.count() > MAX_CONNECTIONS:
        raise BulkQueryError(f"Bulk queries cannot contain more than {MAX_CONNECTIONS} connections")
    if root.depth() > MAX_DEPTH + 1:
        raise BulkQueryError(f"Bulk queries cannot contain connections with a nesting depth greater than {MAX_DEPTH}")
    key, shape = next(iter(root.connections.items()))
    if shape.is_missing_an_id():
        raise BulkQueryError("The parent 'node' field for a nested connection must select the 'id' field")
    return key, shape


def lines(
    shape: Shape, connection: dict[str, Any], parent: str | None = None, with_self: bool = True
) -> Iterator[dict[str, Any]]:
    """The nodes of a connection's result as flat objects, each parent before its children.

    `with_self=False` yields only the children, for a later pass over the same parents.
    """
    nodes = connection["nodes"] if "nodes" in connection else [edge["node"] for edge in connection.get("edges", [])]
    for node in nodes:
        own, children = _separate(shape, node)
        if with_self:
            yield own if parent is None else {**own, "__parentId": parent}
        for inner_shape, inner in children:
            yield from lines(inner_shape, inner, node.get("id"))


def _separate(shape: Shape, node: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[Shape, dict[str, Any]]]]:
    """A node without its connections, and the connections."""
    if not shape.connections and not shape.objects:
        return node, []
    own, children = {}, []
    for key, value in node.items():
        if key in shape.connections:
            children.append((shape.connections[key], value or {}))
        elif key in shape.objects and value is not None:
            own[key], below = _separate(shape.objects[key], value)
            children += below
        else:
            own[key] = value
    return own, children


def _shape(
    schema: GraphQLSchema,
    selection: SelectionSetNode,
    parent: Any,
    fragments: Fragments,
) -> Shape:
    shape = Shape()
    for node, owner in selected_fields(schema, selection, parent, fragments):
        key = response_key(node)
        shape.has_id = shape.has_id or key == "id"
        definition = getattr(owner, "fields", {}).get(node.name.value)
        if definition is None or node.selection_set is None:
            continue
        kind = get_named_type(definition.type)
        inner = _shape(schema, node.selection_set, kind, fragments)
        if kind.name.endswith("Connection"):
            shape.connections[key] = _of_nodes(inner)
        elif inner.has_connections() and is_list_type(get_nullable_type(definition.type)) and key not in EDGES:
            raise BulkQueryError("Queries that contain a connection field within a list field are not supported")
        elif inner.has_connections() or key in EDGES:
            shape.objects[key] = inner
    return shape


def _of_nodes(connection: Shape) -> Shape:
    """The shape of a connection's nodes, from `nodes { }` or `edges { node { } }`."""
    if "nodes" in connection.objects:
        return connection.objects["nodes"]
    return connection.objects.get("edges", Shape()).objects.get("node", Shape())
