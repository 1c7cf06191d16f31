"""Which words of a title name the thing."""

from __future__ import annotations

from pathlib import Path

import pytest

from storefront.search.builder import index_products
from storefront.search.qualifiers import learn, phrases, qualifiers
from storefront.search.reader import SearchIndex
from tests.support.products import product

TITLES = (
    *(f"Ekdal LCD monitor, {size} inch" for size in (22, 24, 27)),
    *(f"Ekdal monitor stand {number}" for number in range(3)),
    "Ekdal monitor stand, black",
)


def shelf(*titles: str) -> list[dict[str, object]]:
    """Everything filed among the monitors, as catalogues do."""
    return [
        product(str(number), title, "Ekdal", "Monitors", 100, attributes={"colour": "black"})
        for number, title in enumerate(titles)
    ]


def test_a_phrase_ends_at_a_sign_a_number_and_the_value_of_an_attribute() -> None:
    (each,) = shelf("Ekdal monitor stand black, 24 inch with USB-C hub")
    assert list(phrases(each)) == [["monitor", "stand"], ["with", "usbc", "hub"]]


def test_a_word_before_the_name_of_a_thing_only_qualifies_it() -> None:
    products = shelf(*TITLES)
    names = learn(products)
    assert {"monitor", "stand"} <= names
    assert "lcd" not in names
    assert qualifiers(products[0], names) == ["lcd"]
    assert qualifiers(products[-1], names) == ["monitor"]
    assert qualifiers(shelf("Stand for a monitor")[0], names) == ["a", "for", "stand"]
    assert qualifiers(shelf("LCD monitor stand, black monitor")[0], names) == ["lcd"]  # it is a monitor too


@pytest.mark.parametrize(("asked", "count"), [("monitor", 3), ("monitor stand", 4), ("stand", 4)])
def test_the_thing_comes_before_what_is_for_it(tmp_path: Path, asked: str, count: int) -> None:
    index_products(shelf(*reversed(TITLES)), tmp_path)
    found = SearchIndex(tmp_path).search(asked, limit=count).hits
    assert all(("stand" in hit["title"]) == ("stand" in asked) for hit in found)
