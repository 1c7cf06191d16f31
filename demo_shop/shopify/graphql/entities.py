"""The types that the API lists: how each is read from the store, found by id, searched, and written as a node."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from demo_shop.shopify.graphql.connections import Node
from demo_shop.shopify.graphql.context import RequestContext
from demo_shop.shopify.graphql.customer_nodes import customer_node
from demo_shop.shopify.graphql.discount_nodes import discount_node
from demo_shop.shopify.graphql.inventory_nodes import inventory_item_node, location_node
from demo_shop.shopify.graphql.order_nodes import order_node
from demo_shop.shopify.graphql.product_nodes import product_node, variant_node
from demo_shop.store.model import Product
from demo_shop.store.store import Store

Values = dict[str, Callable[[Any], Any]]
"""Search field -> how its value is read from an entity. Source: the arguments of Shopify's `query` fields."""

PRODUCT_VALUES: Values = {
    "id": lambda p: p.product_id,
    "title": lambda p: p.title,
    "handle": lambda p: p.handle,
    "vendor": lambda p: p.vendor,
    "product_type": lambda p: p.product_type,
    "status": lambda p: p.status,
    "sku": lambda p: p.sku,
    "barcode": lambda p: p.barcode,
    "tag": lambda p: p.tags,
    "inventory_total": lambda p: p.units,
}
VARIANT_VALUES: Values = {**PRODUCT_VALUES, "id": lambda p: p.variant_id, "product_id": lambda p: p.product_id}
ITEM_VALUES: Values = {"id": lambda p: p.inventory_item_id, "sku": lambda p: p.sku}
CUSTOMER_VALUES: Values = {
    "id": lambda c: c.customer_id,
    "email": lambda c: c.email,
    "first_name": lambda c: c.first_name,
    "last_name": lambda c: c.last_name,
    "country": lambda c: c.country_code,
}
ORDER_VALUES: Values = {
    "id": lambda o: o.order_id,
    "name": lambda o: o.name,
    "customer_id": lambda o: o.customer_id,
    "financial_status": lambda o: o.financial_status,
    "status": lambda o: "cancelled" if o.cancelled_at else "open",
    "discount_code": lambda o: o.discount_code or "",
    "tag": lambda o: o.tags,
}
DISCOUNT_VALUES: Values = {
    "id": lambda d: d.discount_id,
    "code": lambda d: d.code,
    "title": lambda d: d.code,
    "status": lambda d: "active",
}
LOCATION_VALUES: Values = {"id": lambda x: x.location_id, "name": lambda x: x.name}


@dataclass(frozen=True, slots=True)
class Entity:
    """One type. Variants and inventory items are read from the products' table."""

    table: str
    read: Callable[..., Iterator[Any]]  # (store, **Selection) -> entities
    by_id: Callable[[Store, int], Any]  # (store, id of this type) -> entity or None
    row_id: Callable[[Any], int]  # the id that its table is sorted by
    node: Callable[[Any, RequestContext], Node]
    values: Values  # the fields it can be searched by


def _product_id(product: Product) -> int:
    return product.product_id


ENTITIES: dict[str, Entity] = {
    "Product": Entity("products", Store.products, Store.product, _product_id, product_node, PRODUCT_VALUES),
    "ProductVariant": Entity(
        "products", Store.products, Store.product_of_variant, _product_id, variant_node, VARIANT_VALUES
    ),
    "InventoryItem": Entity(
        "products", Store.products, Store.product_of_inventory_item, _product_id, inventory_item_node, ITEM_VALUES
    ),
    "Location": Entity(
        "locations", Store.locations, Store.location, lambda x: x.location_id, location_node, LOCATION_VALUES
    ),
    "Customer": Entity(
        "customers", Store.customers, Store.customer, lambda c: c.customer_id, customer_node, CUSTOMER_VALUES
    ),
    "DiscountCodeNode": Entity(
        "discounts", Store.discounts, Store.discount, lambda d: d.discount_id, discount_node, DISCOUNT_VALUES
    ),
    "Order": Entity("orders", Store.orders, Store.order, lambda o: o.order_id, order_node, ORDER_VALUES),
}
