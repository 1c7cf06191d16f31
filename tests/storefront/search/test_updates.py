"""Changes of single products in an index that is being read, and those that land from the shop."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from ingestion.landed_products import landed_since
from storefront.search.builder import index_products
from storefront.search.filters import Filters
from storefront.search.reader import SearchIndex
from storefront.search.updates import Follower, apply_changes
from storefront.search.versions import IndexMissingError
from tests.support.landed_shop import land_few, land_stock
from tests.support.products import SHELF, product


def test_a_reader_sees_changed_new_and_removed_products_without_a_build(tmp_path: Path) -> None:
    version = index_products(SHELF, tmp_path)
    index = SearchIndex(tmp_path)
    assert index.search("laptop").total == 4
    state = index.state
    changed = [
        dict(SHELF[0]) | {"price_amount": 849.0, "is_in_stock": False},
        product("9", "Veldra Work 14 laptop", "Veldra", "Laptops", 700),
    ]
    assert apply_changes(tmp_path, changed, removed=["2", "none"]) == 3
    found = index.search("laptop")
    assert {hit["product_id"] for hit in found.hits} == {"1", "3", "4", "9"}
    assert {value["value"]: value["count"] for value in found.facets["brand"]}["Veldra"] == 1
    assert index.product("1") == index.product("1") | {"price": 849.0, "is_in_stock": False}  # type: ignore[operator]
    assert index.search("laptop", Filters(in_stock=True)).total == 3
    assert (index.version, index.state == state) == (version, False)


def test_a_product_that_is_as_it_was_is_left_alone(tmp_path: Path) -> None:
    index_products(SHELF, tmp_path)
    index = SearchIndex(tmp_path)
    state = index.state
    assert apply_changes(tmp_path, SHELF) == 0
    assert index.state == state


def test_changes_before_the_first_build_are_told(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match="not built yet"):
        apply_changes(tmp_path, SHELF)


def test_a_price_that_changes_in_a_list_alone_is_a_change(tmp_path: Path) -> None:
    shelf = [one | {"price_lists": {"USD": {"currency": "USD", "price": 10}}} for one in SHELF]
    index_products(shelf, tmp_path, price_lists=("USD",))
    assert apply_changes(tmp_path, shelf) == 0
    cheaper = shelf[0] | {"price_lists": {"USD": {"currency": "USD", "price": 9.5}}}
    assert apply_changes(tmp_path, [cheaper]) == 1
    found = SearchIndex(tmp_path).search("", Filters(price_max=9.9, price_list="USD"))
    assert [(hit["product_id"], hit["price"], hit["currency"]) for hit in found.hits] == [("1", 9.5, "USD")]


@pytest.mark.services
def test_what_lands_from_the_shop_is_in_search_at_the_next_look(database: str, tmp_path: Path) -> None:
    """A price, stock and what is published: landed, then found, in less than the ten seconds that are promised."""
    folder = tmp_path / "index"
    follower = Follower(database, folder, partial(landed_since, platform="shopify"))
    laptop, other, hidden = land_few(database)
    with (
        psycopg.connect(database, autocommit=True, row_factory=dict_row) as connection,
        psycopg.connect(database, autocommit=True) as shop,
    ):
        with pytest.raises(IndexMissingError):  # as before the first run of a new shop; `follow` looks again
            follower.step(connection)
        index_products(SHELF[:1], folder)
        index = SearchIndex(folder)
        assert follower.step(connection) == 3
        before = index.product(str(laptop.product_id))
        assert before is not None
        assert (before["sku"], before["price"]) == (laptop.sku, float(laptop.price))
        started = time.monotonic()
        land_stock(shop, laptop, 0)
        shop.execute(
            "update raw_shop.product_variants set price = 1.5, _airbyte_extracted_at = now() where product_id = %s",
            [other.product_id],
        )
        shop.execute(
            "update raw_shop.products set status = 'DRAFT', _airbyte_extracted_at = now() where id = %s",
            [hidden.product_id],
        )
        assert follower.step(connection) == 3
        assert time.monotonic() - started < 10
        assert index.product(str(laptop.product_id)) == before | {"is_in_stock": False}
        assert index.product(str(other.product_id))["price"] == 1.5  # type: ignore[index]
        assert index.product(str(hidden.product_id)) is None
        assert follower.step(connection) == 0, "what did not change is not written again"
        shop.execute("update raw_shop.product_variants set price = -3 where product_id = %s", [other.product_id])
        shop.execute("update raw_shop.products set _airbyte_extracted_at = now() where id = %s", [other.product_id])
        assert follower.step(connection) == 0, "what a gate would stop is not followed"
        index_products(SHELF[:1], folder)
        assert follower.step(connection) == 1, "a build from older marts is brought up to date"
        assert index.product(str(laptop.product_id)) == before | {"is_in_stock": False}
