"""The fields of Shopify's QueryRoot and Mutation that the demo shop answers, each with its resolver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

from graphql import GraphQLError, GraphQLResolveInfo

from demo_shop.shopify.access import SCOPES
from demo_shop.shopify.graphql.connections import Fetch, Key, Node, connection
from demo_shop.shopify.graphql.context import RequestContext
from demo_shop.shopify.graphql.customer_nodes import shop_node
from demo_shop.shopify.graphql.deletions import deletion_events, events
from demo_shop.shopify.graphql.entities import ENTITIES, Entity
from demo_shop.shopify.graphql.inventory_nodes import inventory_level_node
from demo_shop.shopify.graphql.search_syntax import Search, parse_search
from demo_shop.shopify.graphql.webhook_subscriptions import subscribe, subscriptions
from demo_shop.shopify.identifiers import gid, parse_gid
from demo_shop.store.tables import seconds

Resolver = Callable[..., Any]
"""(root, info, **arguments of the field) -> value"""

Ordering = Literal["updated_at", "created_at", "id"]

ORDERINGS: dict[str | None, Ordering] = {
    None: "id",
    "ID": "id",
    "RELEVANCE": "id",
    "NAME": "id",
    "POSITION": "id",
    "UPDATED_AT": "updated_at",
    "CREATED_AT": "created_at",
    "PROCESSED_AT": "created_at",
}


def listing(kind: str) -> Resolver:
    """The resolver of a connection over all entities of a type, with search, sort key and cursor.

    The resolver raises GraphQLError for a sort key that the demo shop does not know.
    """

    def resolve(
        _root: Any, info: GraphQLResolveInfo, query: str | None = None, sortKey: str | None = None, **page: Any
    ) -> Node:
        if sortKey not in ORDERINGS:
            raise GraphQLError(f"the demo shop cannot sort by {sortKey}, only by ID, CREATED_AT or UPDATED_AT")
        return connection(info, _fetch(ENTITIES[kind], parse_search(query), ORDERINGS[sortKey], info.context), **page)

    return resolve


def count(kind: str) -> Resolver:
    """The resolver of a field that counts the entities of a type, with search."""
    entity = ENTITIES[kind]

    def resolve(_root: Any, info: GraphQLResolveInfo, query: str | None = None, **_: Any) -> Node:
        search = parse_search(query)
        store = info.context.store
        if search.terms:
            found = entity.read(store, **search.bounds)
            number = sum(1 for row in found if search.matches(entity.values, row))
        else:
            number = store.count(entity.table, **search.bounds)
        return {"count": number, "precision": "EXACT"}

    return resolve


def one(kind: str) -> Resolver:
    """The resolver of a field `type(id:)`: null for an unknown id and for one of another type."""

    def resolve(_root: Any, info: GraphQLResolveInfo, id: str, **_: Any) -> Node | None:
        parsed = parse_gid(id)
        return find(info.context, id) if parsed and parsed[0] == kind else None

    return resolve


def find(context: RequestContext, identifier: str) -> Node | None:
    """The node with this global id, or None."""
    parsed = parse_gid(identifier)
    if parsed is None:
        return None
    kind, number, item = parsed
    if kind == "BulkOperation":
        return context.bulk_operations.find(identifier) if context.bulk_operations else None
    if kind == "Shop":
        return shop_node(context)
    if kind == "InventoryLevel" and item is not None:
        stocked = context.store.product_of_inventory_item(item)
        return inventory_level_node(stocked, number, context) if stocked and number in stocked.stock else None
    entity = ENTITIES.get(kind)
    row = entity.by_id(context.store, number) if entity else None
    return entity.node(row, context) if entity and row is not None else None


def installation_node() -> Node:
    """The AppInstallation of our app: what it may read."""
    return {
        "__typename": "AppInstallation",
        "id": gid("AppInstallation", 1),
        "accessScopes": [{"handle": scope, "description": scope.replace("_", " ")} for scope in SCOPES],
    }


def _fetch(entity: Entity, search: Search, ordering: Ordering, context: RequestContext) -> Fetch:
    def fetch(after: Key | None, descending: bool) -> Iterator[tuple[Key, Node]]:
        found = entity.read(context.store, order_by=ordering, after=after, descending=descending, **search.bounds)
        for row in found:
            if search.matches(entity.values, row):
                row_id = entity.row_id(row)
                first = row_id if ordering == "id" else seconds(getattr(row, ordering, row.created_at))
                yield (first, row_id), entity.node(row, context)

    return fetch


QUERIES: dict[str, Resolver] = {
    "shop": lambda _root, info: shop_node(info.context),
    "products": listing("Product"),
    "productVariants": listing("ProductVariant"),
    "inventoryItems": listing("InventoryItem"),
    "locations": listing("Location"),
    "customers": listing("Customer"),
    "orders": listing("Order"),
    "codeDiscountNodes": listing("DiscountCodeNode"),
    "productsCount": count("Product"),
    "customersCount": count("Customer"),
    "ordersCount": count("Order"),
    "productVariantsCount": count("ProductVariant"),
    "discountCodesCount": count("DiscountCodeNode"),
    "product": one("Product"),
    "productVariant": one("ProductVariant"),
    "inventoryItem": one("InventoryItem"),
    "inventoryLevel": one("InventoryLevel"),
    "location": one("Location"),
    "customer": one("Customer"),
    "order": one("Order"),
    "codeDiscountNode": one("DiscountCodeNode"),
    "bulkOperation": one("BulkOperation"),
    "node": lambda _root, info, id: find(info.context, id),
    "nodes": lambda _root, info, ids: [find(info.context, id) for id in ids],
    "events": events,
    "deletionEvents": deletion_events,
    "currentAppInstallation": lambda _root, _info: installation_node(),
    "webhookSubscriptions": subscriptions,
    "currentBulkOperation": lambda _root, info, **_: info.context.bulk_operations.current(),
}

MUTATIONS: dict[str, Resolver] = {
    "webhookSubscriptionCreate": subscribe,
    "bulkOperationRunQuery": lambda _root, info, query, groupObjects: info.context.bulk_operations.run(
        query, info.context
    ),
    "bulkOperationCancel": lambda _root, info, id: info.context.bulk_operations.cancel(id),
}
