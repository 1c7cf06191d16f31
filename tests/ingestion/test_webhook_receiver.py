"""Signed webhooks about goods reach the product cards at the next look, older ones never over newer ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from starlette.testclient import TestClient

from comptoir.postgres_url import with_login
from ingestion.webhook_receiver import GOODS
from privacy.webhooks import PATH, make_app
from streaming.followed_products import read_refused
from tests.support.followed_shop import FollowedShop
from tests.support.goods_webhooks import LEVEL, PRODUCT, VARIANT
from tests.support.signed_webhooks import DOMAIN, SECRET, headers

pytestmark = pytest.mark.services


class Sender:
    """Sends the webhooks of a followed shop."""

    def __init__(self, client: TestClient, shop: FollowedShop) -> None:
        self.client, self.shop = client, shop
        self.laptop = shop.products[0]

    def send(self, topic: str, payload: dict[str, Any], **changed: str) -> int:
        body = json.dumps(payload).encode()
        return self.client.post(PATH, content=body, headers=headers(body, topic, "w-1", **changed)).status_code

    def product(self, minutes: float, **changes: Any) -> dict[str, Any]:
        """The laptop as it became so many minutes from now."""
        one = self.laptop
        variant = VARIANT | {"id": one.variant_id, "inventory_item_id": one.inventory_item_id, "price": "5.00"}
        known = PRODUCT | {"id": one.product_id, "title": one.title, "variants": [variant]}
        return known | {"updated_at": at(minutes)} | changes

    def level(self, minutes: float, available: int) -> dict[str, Any]:
        changes = {
            "inventory_item_id": self.laptop.inventory_item_id,
            "available": available,
            "updated_at": at(minutes),
        }
        return LEVEL | changes


def at(minutes: float) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


@pytest.fixture
def sender(database: str) -> Iterator[Sender]:
    intake = with_login(database, "privacy_intake", "privacy_intake")
    publisher = with_login(database, "publisher", "publisher")
    with (
        psycopg.connect(database, autocommit=True) as connection,
        TestClient(make_app(intake, [SECRET], DOMAIN, GOODS)) as client,
    ):
        yield Sender(client, FollowedShop(database, connection, publisher))


def test_price_and_stock_of_a_webhook_are_on_the_card_at_the_next_look(sender: Sender) -> None:
    shop, laptop = sender.shop, sender.laptop
    shop.look()
    assert sender.send("products/update", sender.product(1)) == 200
    assert shop.look() == 1
    assert shop.card(laptop) == (laptop.title, 5, True, True)
    assert sender.send("inventory_levels/update", sender.level(2, available=0)) == 200
    assert sender.send("inventory_levels/update", sender.level(1, available=9)) == 200, "late, and older"
    assert shop.look() == 1
    assert shop.card(laptop) == (laptop.title, 5, False, True)
    shop.change("products", "updated_at = now() + interval '1 hour'", laptop)
    assert shop.look() == 1, "raw is newer"
    assert shop.card(laptop) == (laptop.title, laptop.price, False, True)


def test_new_and_deleted_products_and_refused_changes(sender: Sender) -> None:
    shop, laptop = sender.shop, sender.laptop
    shop.look()
    assert sender.send("products/create", PRODUCT) == 200
    assert shop.look() == 1
    [(title, category, department, currency)] = shop.shop.execute(
        "select title, category, department, currency from serving.products where product_id = '7'"
    ).fetchall()
    assert (title, category, department) == ("Case", "Cases", "Phones")
    assert currency, "the shop's, although a webhook names none"
    bad = sender.product(1)
    bad["variants"][0]["price"] = "-3.00"
    assert sender.send("products/update", bad) == 200
    assert shop.look() == 0
    assert [one["reason"] for one in read_refused(shop.url)] == ["a variant costs -3.00"]
    assert sender.send("products/delete", {"id": laptop.product_id}) == 200
    assert shop.look() == 1
    assert shop.card(laptop) == (laptop.title, laptop.price, True, False)
    assert read_refused(shop.url) == []


def test_what_is_not_signed_or_of_another_shop_changes_nothing(sender: Sender) -> None:
    assert sender.send("products/update", sender.product(1), secret="another") == 401
    assert sender.send("products/update", sender.product(1), domain="other.myshopify.com") == 400
    assert sender.send("products/delete", sender.product(1)) == 400
    assert sender.shop.shop.execute("select count(*) from ops.shop_webhooks").fetchall() == [(0,)]
