"""The storefront's product cards, from the warehouse's product dimension."""

from __future__ import annotations

import psycopg


def publish_products(database_url: str) -> int:
    """Make serving.products equal to marts.dim_products in one transaction; returns the number of products.

    Rows that did not change are not written. Raises psycopg.errors.UndefinedTable before the marts were built.
    """
    with psycopg.connect(database_url) as connection:
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
                updated_at = product.updated_at
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
        row = connection.execute("select count(*) from serving.products").fetchone()
        return int(row[0]) if row else 0
