"""A shop in raw whose product cards are followed, without its processes."""

from __future__ import annotations

import psycopg
from psycopg.rows import dict_row

from demo_shop.store.model import Product
from streaming.followed_products import CardFollower
from tests.support.landed_shop import land_few

CARD = "select title, price, is_in_stock, is_published from serving.products where product_id = %s"


class FollowedShop:
    """A shop of three products whose cards are followed."""

    def __init__(self, url: str, shop: psycopg.Connection, publisher: str | None = None) -> None:
        """`shop` is a connection to `url`; `publisher` the URL that the follower uses, the same by default."""
        self.products = land_few(url)
        self.url, self.shop, self._publisher = url, shop, publisher or url
        self._follower = CardFollower(self._publisher, "shopify")

    def look(self) -> int:
        """The number of cards that changed."""
        with psycopg.connect(self._publisher, autocommit=True, row_factory=dict_row) as connection:
            return self._follower.step(connection)

    def change(self, table: str, change: str, product: Product) -> None:
        """Change a row of raw, and land it."""
        key = "id" if table == "products" else "product_id"
        statement = f"update raw_shop.{table} set {change}, _airbyte_extracted_at = clock_timestamp() where {key} = %s"
        self.shop.execute(statement.encode(), [product.product_id])

    def card(self, product: Product) -> tuple[object, ...]:
        """title, price, is_in_stock, is_published."""
        [found] = self.shop.execute(CARD, [str(product.product_id)]).fetchall()
        return tuple(found)
