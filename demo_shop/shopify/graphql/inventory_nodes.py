"""Inventory items, locations, and the stock of an item at a location (its inventory level) as GraphQL nodes."""

from __future__ import annotations

from collections.abc import Iterator

from demo_shop.shopify.graphql.connections import EMPTY, Fetch, Key, Node, connection
from demo_shop.shopify.graphql.context import RequestContext, money_v2, utc_time
from demo_shop.shopify.graphql.search_syntax import Search, parse_search
from demo_shop.shopify.identifiers import gid, inventory_level_gid
from demo_shop.store.model import Location, Product

STOCKED = ("available", "on_hand")
"""The quantity names that equal the stock. All others are 0: nothing is incoming, reserved or damaged."""


def inventory_item_node(product: Product, context: RequestContext) -> Node:
    """The InventoryItem of a product's variant."""
    return {
        "__typename": "InventoryItem",
        "id": gid("InventoryItem", product.inventory_item_id),
        "legacyResourceId": str(product.inventory_item_id),
        "sku": product.sku,
        "tracked": True,
        "trackedEditable": {"locked": False, "reason": None},
        "requiresShipping": True,
        "duplicateSkuCount": 0,
        "unitCost": money_v2(product.unit_cost, context.shop.currency),
        "measurement": {"id": gid("InventoryItemMeasurement", product.inventory_item_id), "weight": None},
        "harmonizedSystemCode": None,
        "countryCodeOfOrigin": None,
        "provinceCodeOfOrigin": None,
        "countryHarmonizedSystemCodes": lambda _info, **_: EMPTY,
        "locationsCount": {"count": len(product.stock), "precision": "EXACT"},
        "inventoryHistoryUrl": f"https://{context.shop.domain}/admin/products/{product.product_id}/inventory_history",
        "createdAt": utc_time(product.created_at),
        "updatedAt": utc_time(product.updated_at),
        "inventoryLevels": lambda info, query=None, **page: connection(
            info, _levels_of_item(product, parse_search(query), context), **page
        ),
        "inventoryLevel": lambda _info, locationId, **_: _level_at(product, locationId, context),
        "variant": lambda _info: _variant(product, context),
    }


def inventory_level_node(product: Product, location_id: int, context: RequestContext) -> Node:
    """The InventoryLevel of a product at a location where it is stocked."""
    return {
        "__typename": "InventoryLevel",
        "id": inventory_level_gid(location_id, product.inventory_item_id),
        "isActive": True,
        "canDeactivate": True,
        "deactivationAlert": None,
        "createdAt": utc_time(product.created_at),
        "updatedAt": utc_time(product.updated_at),
        "item": lambda _info: inventory_item_node(product, context),
        "location": lambda _info: _location(location_id, context),
        "quantities": lambda _info, names: _quantities(product, location_id, names),
    }


def location_node(location: Location, context: RequestContext) -> Node:
    """A Location with the inventory levels of all products stocked there."""
    return {
        "__typename": "Location",
        "id": gid("Location", location.location_id),
        "legacyResourceId": str(location.location_id),
        "name": location.name,
        "isActive": True,
        "isPrimary": False,
        "activatable": True,
        "deactivatable": False,
        "deletable": False,
        "addressVerified": True,
        "fulfillsOnlineOrders": True,
        "hasActiveInventory": True,
        "hasUnfulfilledOrders": False,
        "isFulfillmentService": False,
        "shipsInventory": True,
        "address": {
            "city": location.city,
            "countryCode": location.country_code,
            "formatted": [location.city, location.country_code],
        },
        "createdAt": utc_time(location.created_at),
        "updatedAt": utc_time(location.created_at),
        "metafield": lambda _info, **_: None,
        "inventoryLevels": lambda info, query=None, **page: connection(
            info, _levels_at_location(location, parse_search(query), context), **page
        ),
    }


def _levels_at_location(location: Location, search: Search, context: RequestContext) -> Fetch:
    """A level counts as changed whenever its product has changed, because the stock is part of the product."""

    def fetch(after: Key | None, descending: bool) -> Iterator[tuple[Key, Node]]:
        start = (after[0], after[0]) if after else None
        products = context.store.products(
            order_by="id",
            after=start,
            descending=descending,
            **search.bounds,  # type: ignore[arg-type]
        )
        for product in products:
            if location.location_id in product.stock:
                yield (product.product_id,), inventory_level_node(product, location.location_id, context)

    return fetch


def _levels_of_item(product: Product, search: Search, context: RequestContext) -> Fetch:
    def fetch(after: Key | None, descending: bool) -> Iterator[tuple[Key, Node]]:
        if not search.covers(product.updated_at):
            return
        for location_id in sorted(product.stock, reverse=descending):
            if after is None or (location_id < after[0] if descending else location_id > after[0]):
                yield (location_id,), inventory_level_node(product, location_id, context)

    return fetch


def _quantities(product: Product, location_id: int, names: list[str]) -> list[Node]:
    quantity_id = f"{gid('InventoryQuantity', product.inventory_item_id)}?location_id={location_id}"
    units, changed = product.stock[location_id], utc_time(product.updated_at)
    return [
        {
            "id": f"{quantity_id}&name={name}",
            "name": name,
            "quantity": units if name in STOCKED else 0,
            "updatedAt": changed,
        }
        for name in names
    ]


def _location(location_id: int, context: RequestContext) -> Node | None:
    location = context.store.location(location_id)
    return location_node(location, context) if location else None


def _level_at(product: Product, location: str, context: RequestContext) -> Node | None:
    location_id = int(location.rpartition("/")[2])
    return inventory_level_node(product, location_id, context) if location_id in product.stock else None


def _variant(product: Product, context: RequestContext) -> Node:
    from demo_shop.shopify.graphql.product_nodes import variant_node  # the two modules need each other

    return variant_node(product, context)
