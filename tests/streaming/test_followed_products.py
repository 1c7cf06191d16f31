"""Cards follow what lands from the shop, refuse what a gate would stop, and lose nothing to the daily publication."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pytest

from streaming.followed_products import read_refused
from streaming.products import publish_products
from tests.support.followed_shop import FollowedShop
from tests.support.landed_shop import land_stock
from tests.support.marts import insert

pytestmark = pytest.mark.services


@pytest.fixture
def shop(database: str) -> Iterator[FollowedShop]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield FollowedShop(database, connection)


def test_a_price_stock_and_what_is_no_longer_sold_reach_the_cards_at_the_next_look(shop: FollowedShop) -> None:
    laptop, other, hidden = shop.products
    assert shop.look() == 3
    assert shop.card(laptop) == (laptop.title, laptop.price, True, True)
    land_stock(shop.shop, laptop, 0)
    shop.change("product_variants", "price = 1.5", other)
    shop.change("products", "status = 'DRAFT', title = null", hidden)
    assert shop.look() == 3
    assert shop.card(laptop) == (laptop.title, laptop.price, False, True)
    assert shop.card(other) == (other.title, Decimal("1.5"), True, True)
    assert shop.card(hidden) == (hidden.title, hidden.price, True, False)
    assert shop.look() == 0, "what did not change is not written again"
    best = shop.shop.execute("select product_id from serving.recommend('nobody', 'home', null, 5)").fetchall()
    assert best == [(str(other.product_id),)], "lists show no product that is sold out or hidden"


@pytest.mark.parametrize(
    ("table", "change", "reason"),
    [
        ("product_variants", "price = -3", "a variant costs -3"),
        ("product_variants", "price = null", "a variant has no price"),
        ("products", "title = null", "it has no title"),
    ],
)
def test_a_change_that_a_gate_would_stop_is_listed_until_it_is_mended(
    shop: FollowedShop, table: str, change: str, reason: str
) -> None:
    laptop, *_ = shop.products
    shop.look()
    before = shop.card(laptop)
    shop.change(table, change, laptop)
    assert shop.look() == 0
    assert shop.card(laptop) == before
    [refused] = read_refused(shop.url)
    assert (refused["product_id"], refused["reason"]) == (str(laptop.product_id), reason)
    shop.change("product_variants", "price = 9", laptop)
    shop.change("products", "title = 'Mended'", laptop)
    assert shop.look() == 1
    assert shop.card(laptop)[:2] == ("Mended", Decimal(9))
    assert read_refused(shop.url) == []


def test_the_daily_publication_keeps_what_landed_after_the_marts_were_built(shop: FollowedShop) -> None:
    laptop, other, _ = shop.products
    old = {"title": "Old", "price_amount": 7, "is_in_stock": True, "is_published": True, "abc_class": "C"}
    insert(shop.url, "dim_products", [old | {"product_id": str(laptop.product_id)}, old | {"product_id": "9"}])
    land_stock(shop.shop, laptop, 0)
    assert publish_products(shop.url, "shopify") == 4, "with those that the marts do not have yet"
    assert shop.card(laptop) == (laptop.title, laptop.price, False, True)
    assert shop.card(other) == (other.title, other.price, True, True)
