"""Sixty queries as shoppers type them, on the generated catalogue; written down before the search was changed."""

from __future__ import annotations

import pytest

from benchmarks.search_catalogue import shop_catalogue
from benchmarks.search_queries import Query, fault, read_queries, with_numbers
from storefront.search.builder import index_products
from storefront.search.reader import SearchIndex

QUERIES = read_queries("generated")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    folder = tmp_path_factory.mktemp("index")
    index_products(shop_catalogue(), folder)
    return SearchIndex(folder)


@pytest.mark.parametrize("query", QUERIES, ids=[query["q"] for query in QUERIES])
def test_a_query_finds_what_the_shopper_means(index: SearchIndex, query: Query) -> None:
    assert fault(index, query) is None


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"q": "laptop", "top": 3, "category": "TVs"}, "has at place 1 of 3"),
        ({"q": "laptop", "top": 3, "price_max": 1}, "has at place 1 of 3"),
        ({"q": "xyzzyq", "top": 1}, "finds nothing"),
        ({"q": "headphnoes", "top": 1, "corrected": None}, "was answered as 'headphones'"),
    ],
)
def test_a_wrong_answer_is_told(index: SearchIndex, query: Query, said: str) -> None:
    assert said in str(fault(index, query))


@pytest.mark.parametrize("number", ["barcode", "padded_barcode", "sku_in_words"])
def test_a_number_taken_from_the_catalogue_finds_its_product(index: SearchIndex, number: str) -> None:
    (query,) = with_numbers([{"of": number, "top": 1}], shop_catalogue())
    assert fault(index, query) is None
