"""The webhooks about goods are registered once for an address."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.support.running_shop import RunningShop, running_shop
from ingestion.connectors.shopify.api import ShopifyError
from ingestion.connectors.shopify.webhooks import TOPICS, register

ADDRESS = "https://data.example.com/webhooks/shopify"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    with running_shop("postgresql://nowhere/none", tmp_path_factory.mktemp("shop")) as shop:
        yield shop


def test_every_topic_is_registered_once_for_an_address(shop: RunningShop) -> None:
    with shop.api() as api:
        assert register(api, ADDRESS) == list(TOPICS)
        assert register(api, ADDRESS) == []
        assert register(api, "https://other.example.com/webhooks/shopify") == list(TOPICS)


def test_an_address_that_the_shop_does_not_take_is_told_without_its_own_words(shop: RunningShop) -> None:
    with shop.api() as api, pytest.raises(ShopifyError, match=r"does not register PRODUCTS_CREATE.*: .*uri$"):
        register(api, "http://data.example.com")
