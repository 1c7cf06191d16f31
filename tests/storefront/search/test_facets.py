"""The ways around work that a search need not do give what the work would have given."""

from __future__ import annotations

from pathlib import Path

import pytest
import tantivy

from storefront.search.builder import index_products
from storefront.search.facets import FacetCounter
from storefront.search.filters import MOST_LOOKED_UP, Filters, any_of
from storefront.search.reader import SearchIndex
from storefront.search.versions import Version, open_version
from tests.support.products import product

BRANDS = [f"Brand {number}" for number in range(MOST_LOOKED_UP + 3)]


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Version:
    folder = tmp_path_factory.mktemp("index")
    rows = [
        product(
            str(n), f"Laptop {n}", BRANDS[n % len(BRANDS)], "Laptops", 100 + n, attributes={"ram": f"{8 << n % 3} GB"}
        )
        for n in range(120)
    ]
    index_products(rows, folder)
    return open_version((folder / "current").resolve())


@pytest.mark.parametrize("count", [1, 2, MOST_LOOKED_UP, MOST_LOOKED_UP + 1])
def test_values_looked_up_one_by_one_find_what_their_set_finds(version: Version, count: int) -> None:
    values = [*BRANDS[: count - 1], "no brand"] if count > 1 else BRANDS[:1]
    by_set = tantivy.Query.term_set_query(version.schema, "brand", values)
    found = _places(version, any_of(version.schema, "brand", values))
    assert found
    assert found == _places(version, by_set)


@pytest.mark.parametrize(
    "filters",
    [
        Filters({"brand": ("Brand 1",)}, price_max=1),
        Filters({"brand": ("none",), "attribute": ("ram=8 GB",)}),
        Filters(price_min=10_000, in_stock=True),
    ],
)
def test_facets_of_nothing_are_not_counted_and_are_the_same(version: Version, filters: Filters) -> None:
    query = version.interpreter.read("laptop").query
    counted = FacetCounter(version.searcher, version.schema, query, filters).count()
    assert FacetCounter(version.searcher, version.schema, query, filters, is_empty=True).count() == counted
    assert counted["price"] or counted["brand"]  # what other values would find


def test_a_filter_that_is_not_set_is_left_out_for_nothing() -> None:
    filters = Filters({"brand": ("Brand 1",), "attribute": ("ram=8 GB",)}, price_max=10)
    for facet in ("category", "department", "rating", "in_stock"):
        assert filters.without(facet) is filters
    assert filters.without("price") == Filters(filters.terms)
    assert filters.without("brand") == Filters({"attribute": ("ram=8 GB",)}, price_max=10)
    assert filters.without("attr.ram") == Filters({"brand": ("Brand 1",)}, price_max=10)


@pytest.mark.parametrize("asked", ["laptop", "laptop for gaming", "lpatop", "", "laptop under 150"])
def test_what_would_be_found_without_filters_is_told(tmp_path: Path, asked: str) -> None:
    index_products([product(str(n), f"Laptop {n}", "Wavelo", "Laptops", 100) for n in range(12)], tmp_path)
    answer = SearchIndex(tmp_path).search(asked, Filters(price_max=1))
    assert (answer.total, answer.reason) == (0, "No product passes all the filters; without them 12 products match.")


def _places(version: Version, query: tantivy.Query) -> set[tuple[int, int]]:
    return {(address.segment_ord, address.doc) for _, address in version.searcher.search(query, 200).hits}
