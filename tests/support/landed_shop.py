"""What the demo shop's store holds, put into raw as a sync would, for tests of what comes after."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg

from benchmarks.support.raw_shop import create_raw_shop
from demo_shop.content.catalogue import generate_products
from demo_shop.profile import ShopProfile
from demo_shop.shopify.rest.orders import OrderWriter
from demo_shop.shopify.rest.people import customer_record
from demo_shop.store.model import Product
from demo_shop.store.store import Store
from tests.support.demo_warehouse import _upsert, write_product
from tests.support.marts import create_marts

SHOP = ShopProfile()


def create_tables(database_url: str) -> None:
    create_raw_shop(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "create table raw_shop.deleted_products (_airbyte_raw_id varchar, id bigint, deleted_at timestamptz)"
        )


def land_few(database_url: str, count: int = 3) -> list[Product]:
    """A few published products in raw, and marts without any."""
    create_tables(database_url)
    create_marts(database_url, "dim_products")
    products = [each for each in generate_products(7, datetime.now(UTC)) if each.status == "ACTIVE"][:count]
    with psycopg.connect(database_url) as connection:
        for each in products:
            write_product(connection, each, datetime.now(UTC))
    return products


def land_stock(connection: psycopg.Connection, product: Product, units: int) -> None:
    """The stock of a product, as a sync lands it now."""
    level = {
        "id": f"1|{product.inventory_item_id}",
        "inventory_item_id": product.inventory_item_id,
        "location_id": 1,
        "available": units,
        "updated_at": datetime.now(UTC),
    }
    _upsert(connection, "inventory_levels", [level], datetime.now(UTC))


def land(database_url: str, store: Store) -> None:
    """Raw as it is after a complete sync of the store, apart from what was deleted."""
    now = datetime.now(UTC)
    with psycopg.connect(database_url) as connection:
        for product in store.products():
            write_product(connection, product, now)
            times = [product.created_at, product.updated_at, product.product_id]
            connection.execute(
                "update raw_shop.product_variants set created_at = %s, updated_at = %s where product_id = %s", times
            )
            connection.execute(
                "update raw_shop.inventory_items set created_at = %s, updated_at = %s where id = %s",
                [*times[:2], product.inventory_item_id],
            )
            levels = [
                {
                    "id": f"{location}|{product.inventory_item_id}",
                    "inventory_item_id": product.inventory_item_id,
                    "location_id": location,
                    "available": units,
                    "updated_at": product.updated_at,
                }
                for location, units in product.stock.items()
            ]
            _upsert(connection, "inventory_levels", levels, now)
        customers = {customer.customer_id: customer for customer in store.customers()}
        _upsert(connection, "customers", [customer_record(customer, SHOP) for customer in customers.values()], now)
        orders = [OrderWriter(order, customers.get(order.customer_id or 0), SHOP).order() for order in store.orders()]
        _upsert(connection, "orders", orders, now)
