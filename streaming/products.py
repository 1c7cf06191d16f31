"""serving.products, the product cards: written from the warehouse's product dimension, read by the scores.

Between two daily runs followed_products.py writes single ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import psycopg
from psycopg.rows import dict_row

from comptoir.setting_types import ShopPlatform
from ingestion.landed_products import landed_since
from recommendations.catalogue import ProductCard
from streaming.followed_products import ONE_WRITER, apply_landed

CARDS = "select product_id, title, category, brand, price::float8, is_in_stock and is_published from serving.products"
SOME_CARDS = f"{CARDS} where product_id = any(%s)"
CHANGED_CARDS = f"{CARDS} where changed_at > now() - make_interval(secs => %s)"


def read_cards(connection: psycopg.Connection, products: Sequence[str] | None = None) -> Iterator[ProductCard]:
    """The cards of these products, or of all; products without a card are left out."""
    rows = connection.execute(CARDS) if products is None else connection.execute(SOME_CARDS.encode(), [products])
    yield from map(ProductCard._make, rows)


def read_changed_cards(connection: psycopg.Connection, seconds: float) -> Iterator[ProductCard]:
    """The cards that were written in the last `seconds`."""
    yield from map(ProductCard._make, connection.execute(CHANGED_CARDS.encode(), [seconds]))


def publish_products(database_url: str, platform: ShopPlatform) -> int:
    """Make serving.products equal to marts.dim_products and what landed since; returns the number of products.

    In one transaction; unchanged rows are not written. Raises psycopg.errors.UndefinedTable when the marts were not
    built yet.
    """
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        connection.execute(ONE_WRITER)
        connection.execute(
            """
            merge into serving.products as card
            using marts.dim_products as product
            on card.product_id = product.product_id
            when matched and row(
                card.title, card.brand, card.category, card.department, card.price, card.currency, card.image_url,
                card.rating, card.rating_count, card.is_in_stock, card.is_published, card.updated_at
            ) is distinct from row(
                product.title, product.brand, product.category, product.department, product.price_amount::numeric,
                product.currency, product.image_url, product.rating::numeric, product.rating_count::int,
                product.is_in_stock, product.is_published, product.updated_at
            ) then update set
                title = product.title, brand = product.brand, category = product.category,
                department = product.department, price = product.price_amount, currency = product.currency,
                image_url = product.image_url, rating = product.rating, rating_count = product.rating_count,
                is_in_stock = product.is_in_stock, is_published = product.is_published,
                updated_at = product.updated_at, changed_at = now()
            when not matched by target then insert (
                product_id, title, brand, category, department, price, currency, image_url, rating, rating_count,
                is_in_stock, is_published, updated_at
            ) values (
                product.product_id, product.title, product.brand, product.category, product.department,
                product.price_amount, product.currency, product.image_url, product.rating, product.rating_count,
                product.is_in_stock, product.is_published, product.updated_at
            )
            when not matched by source then delete
            """
        )
        apply_landed(connection, landed_since(connection, None, platform))
        row = connection.execute("select count(*)::int as products from serving.products").fetchone()
        return row["products"] if row else 0
