"""Prices of other currencies and of customer groups, as search filters, sorts, counts and shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from comptoir.settings import Settings
from storefront.api import make_app
from storefront.search.builder import build_search_index, index_products, renew_search_index
from storefront.search.filters import Filters
from storefront.search.price_lists import prices_of
from storefront.search.reader import SearchIndex, SearchResult
from tests.support.marts import create_marts, insert
from tests.support.products import product

IN_DOLLARS = Filters(price_list="USD")


def priced(product_id: str, euros: float, dollars: float | None, **more: Any) -> dict[str, Any]:
    lists = {"USD": {"currency": "USD", "price": dollars, "compare_at_price": None}} if dollars else {}
    return product(product_id, f"Laptop {product_id}", "Norvane", "Laptops", euros, price_lists=lists) | more


# dearer in euros is cheaper in dollars; the third is not sold in dollars; the fourth is reduced there
SHELF = [
    priced("1", 100.0, 400.0),
    priced("2", 200.0, 300.0),
    priced("3", 300.0, None),
    priced("4", 400.0, 350.0, price_lists={"USD": {"currency": "USD", "price": 350, "compare_at_price": 500}}),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    folder = tmp_path_factory.mktemp("index")
    index_products(SHELF, folder, price_lists=("USD", "3"))
    return SearchIndex(folder)


def ids(found: SearchResult) -> list[str]:
    return [hit["product_id"] for hit in found.hits]


def test_hits_have_the_price_and_currency_of_the_list(index: SearchIndex) -> None:
    shown = {hit["product_id"]: hit for hit in index.search("laptop", IN_DOLLARS).hits}
    assert {each: (hit["price"], hit["currency"]) for each, hit in shown.items()} == {
        "1": (400.0, "USD"), "2": (300.0, "USD"), "3": (None, "EUR"), "4": (350.0, "USD"),
    }  # fmt: skip
    assert shown["4"]["compare_at_price"] == 500.0
    own = index.search("laptop").hits
    assert {hit["currency"] for hit in own} == {"EUR"} and not any("price_lists" in hit for hit in own)
    assert index.product("2", "USD")["price"] == 300.0 and index.product("2")["price"] == 200.0  # type: ignore[index]
    assert {card["price"] for card in index.suggest("lap", price_list="USD").products} == {400.0, 300.0, None, 350.0}


def test_filters_sorts_bands_and_price_words_are_of_the_list(index: SearchIndex) -> None:
    assert set(ids(index.search("laptop", Filters(price_max=350, price_list="USD")))) == {"2", "4"}
    assert set(ids(index.search("laptop", Filters(price_max=350)))) == {"1", "2", "3"}
    assert set(ids(index.search("laptop under 350", IN_DOLLARS))) == {"2", "4"}
    assert ids(index.search("laptop", IN_DOLLARS, "price_asc"))[:3] == ["2", "4", "1"]
    assert ids(index.search("laptop", sort="price_asc")) == ["1", "2", "3", "4"]
    facets = index.search("laptop", IN_DOLLARS).facets
    assert facets["price_range"] == [{"min": 300.0, "max": 400.0}]
    assert sum(band["count"] for band in facets["price"]) == 3
    assert index.search("laptop").facets["price_range"] == [{"min": 100.0, "max": 400.0}]


def test_a_list_is_a_currency_or_a_group_and_named_twice_it_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_PRICE_LISTS", "USD,3,USD")
    assert Settings().price_lists == ("USD", "3")
    monkeypatch.setenv("COMPTOIR_PRICE_LISTS", "dollars")
    with pytest.raises(ValueError, match="write a currency of the shop's markets, as USD"):
        Settings()


def test_a_group_without_a_price_of_its_own_pays_the_ordinary_one() -> None:
    special = product("5", "Laptop", "Norvane", "Laptops", 50.0, price_lists={"3": {"price": 45.5}})
    assert prices_of(special, ["3"])["3"] == {"price": 45.5, "compare_at_price": None, "currency": "EUR"}
    ordinary = product("6", "Laptop", "Norvane", "Laptops", 50.0)
    own = {"price": 50.0, "compare_at_price": None, "currency": "EUR"}
    assert prices_of(ordinary, ["3", "USD", "EUR"]) == {"3": own, "EUR": own}


@pytest.mark.services
def test_an_index_without_the_lists_that_are_set_is_built_again(database: str, tmp_path: Path) -> None:
    create_marts(database, "dim_products")
    card = {"product_id": "1", "title": "Laptop", "price_amount": 7, "currency": "EUR", "abc_class": "C"}
    lists = '{"USD": {"currency": "USD", "price": 8.5, "compare_at_price": null}}'
    insert(database, "dim_products", [card | {"is_in_stock": True, "is_published": True, "price_lists": lists}])
    build_search_index(database, tmp_path)
    assert renew_search_index(database, tmp_path) is None
    assert renew_search_index(database, tmp_path, ("USD",))
    assert renew_search_index(database, tmp_path, ("USD",)) is None
    (hit,) = SearchIndex(tmp_path).search("laptop", Filters(price_min=8, price_list="USD")).hits
    assert (hit["price"], hit["currency"]) == (8.5, "USD")


def test_the_api_knows_the_lists_of_its_index(tmp_path: Path) -> None:
    index_products(SHELF, tmp_path / "search_index", price_lists=("USD",))
    settings = Settings(data_dir=tmp_path, postgres_url="postgresql://nobody@127.0.0.1:1/none")
    with TestClient(make_app(settings), raise_server_exceptions=False) as shop:
        found = shop.get("/v1/search?q=laptop&price_list=USD&price_max=350&sort=price_desc").json()
        assert [hit["price"] for hit in found["hits"]] == [350.0, 300.0]
        assert shop.get("/v1/products/1?price_list=USD").json()["currency"] == "USD"
        assert {hit["currency"] for hit in shop.get("/v1/suggest?q=laptop+1&price_list=USD").json()["products"]} == {
            "USD"
        }
        values = shop.get("/v1/facets/brand?q=laptop&price_list=USD&price_max=350").json()["values"]
        assert [(value["value"], value["count"]) for value in values] == [("Norvane", 2)]
        for path in ("search?q=laptop", "suggest?q=lap", "products/1?", "facets/brand?"):
            refused = shop.get(f"/v1/{path}&price_list=GBP")
            assert refused.status_code == 400
            assert refused.json()["error"] == "There is no price list 'GBP': ask for USD, or for none."
