"""The index after an upgrade."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storefront.search.builder import index_products, renew_search_index
from storefront.search.facts import FILE
from storefront.search.reader import SearchIndex
from storefront.search.versions import IndexMissingError
from tests.support.marts import create_marts, insert
from tests.support.products import SHELF

pytestmark = pytest.mark.services


def test_an_index_that_an_earlier_version_wrote_is_built_again(database: str, tmp_path: Path) -> None:
    create_marts(database, "dim_products")
    card = {"product_id": "1", "title": "Laptop", "price_amount": 7, "abc_class": "C"}
    insert(database, "dim_products", [card | {"is_in_stock": True, "is_published": True}])
    assert renew_search_index(database, tmp_path) is None, "without one there is nothing to renew"
    version = index_products(SHELF, tmp_path)
    assert renew_search_index(database, tmp_path) is None, "this one is readable"

    facts = tmp_path / "versions" / version / FILE
    earlier = json.loads(facts.read_bytes())
    del earlier["names"]
    facts.write_text(json.dumps(earlier))
    with pytest.raises(IndexMissingError):
        SearchIndex(tmp_path).product("1")
    report = renew_search_index(database, tmp_path)
    assert report and report.products == 1
    found = SearchIndex(tmp_path).product("1")
    assert found and found["title"] == "Laptop"
