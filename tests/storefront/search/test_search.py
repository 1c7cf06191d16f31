"""The search index and its reader, on real indexes in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from storefront.search.builder import EmptyCatalogueError, index_products
from storefront.search.filters import Filters
from storefront.search.reader import SearchIndex, SearchResult
from storefront.search.taste import NO_TASTE, Taste
from storefront.search.versions import IndexMissingError
from tests.support.products import SHELF, product


@pytest.fixture(scope="module")
def index_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    index_products(SHELF, folder)
    return folder


@pytest.fixture
def index(index_dir: Path) -> SearchIndex:
    return SearchIndex(index_dir)


def ids(result: SearchResult) -> list[str]:
    return [hit["product_id"] for hit in result.hits]


def counts(result: SearchResult, facet: str) -> dict[str, int]:
    return {entry["value"]: entry["count"] for entry in result.facets[facet]}


def test_finds_products_with_every_word_in_any_field(index: SearchIndex) -> None:
    assert set(ids(index.search("laptops"))) == {"1", "2", "3", "4"}, "plural and singular are one word"
    assert ids(index.search("quillon oled laptop"))[0] == "3"
    assert ids(index.search("cafe ete")) == ["8"], "accents are not needed"


def test_words_without_a_common_product_find_those_with_some_of_them(index: SearchIndex) -> None:
    found = index.search("oled microphone")
    assert set(ids(found)) == {"1", "3", "6"}
    assert found.corrected is None


@pytest.mark.parametrize(
    ("typed", "meant"), [("lapotp", "laptop"), ("headphnes", "headphones"), ("opterix monitr", "opteryx monitor")]
)
def test_a_misspelled_word_is_answered_as_the_nearest_known_one(index: SearchIndex, typed: str, meant: str) -> None:
    found = index.search(typed)
    assert found.corrected == meant
    assert ids(found) == ids(index.search(meant)) != []


def test_two_words_find_what_is_written_as_one(index: SearchIndex) -> None:
    assert ids(index.search("head set"))[0] == "6"


def test_words_nobody_knows_find_nothing(index: SearchIndex) -> None:
    found = index.search("xylophone qqqqqqqq")
    assert (found.total, found.hits, found.facets["brand"]) == (0, [], [])


@pytest.mark.parametrize("text", ['"', "title:", "((", "a AND", "-", "*", "\\", "laptop\x00", "é" * 5000, "x " * 5000])
def test_any_text_is_answered(index: SearchIndex, text: str) -> None:
    assert index.search(text).total >= 0


def test_no_text_lists_everything_most_rated_first(index: SearchIndex) -> None:
    found = index.search("")
    assert found.total == len(SHELF)
    assert ids(found)[:2] == ["4", "2"]


def test_filters_narrow_and_values_of_one_facet_are_alternatives(index: SearchIndex) -> None:
    def search(**filters: object) -> set[str]:
        return set(ids(index.search("laptop", Filters(**filters))))  # type: ignore[arg-type]

    assert search(terms={"brand": ("Norvane",)}) == {"1", "2"}
    assert search(terms={"brand": ("Norvane", "Quillon")}) == {"1", "2", "3"}
    assert search(terms={"brand": ("Norvane",)}, price_max=500) == {"2"}
    assert search(price_min=399, price_max=899) == {"1", "2"}, "bounds are included"
    assert search(rating_min=4.5) == {"1", "3"}
    assert ids(index.search("sonarra", Filters(in_stock=True))) == []


def test_a_filter_only_narrows_what_the_text_found(index: SearchIndex) -> None:
    """It must not turn the strict reading of the text into the looser one."""
    assert index.search("laptop sleeve", Filters({"brand": ("Opteryx",)})).total == 0


def test_facets_count_what_each_choice_would_leave(index: SearchIndex) -> None:
    found = index.search("laptop")
    assert counts(found, "brand") == {"Norvane": 2, "Quillon": 1, "Ekdal": 1}
    assert counts(found, "category") == {"Laptops": 3, "Bags & cases": 1}
    assert {(step["from"], step["to"]): step["count"] for step in found.facets["price"]} == {
        (10, 25): 1,
        (250, 500): 1,
        (500, 1000): 1,
        (1000, 2500): 1,
    }
    assert {step["from"]: step["count"] for step in found.facets["rating"]} == {4.5: 2, 4.0: 3, 3.0: 4}


def test_a_chosen_facet_still_offers_its_other_values(index: SearchIndex) -> None:
    found = index.search("laptop", Filters({"brand": ("Norvane",)}))
    assert counts(found, "brand") == {"Norvane": 2, "Quillon": 1, "Ekdal": 1}
    assert counts(found, "category") == {"Laptops": 2}, "the other facets follow the choice"


def test_sorts_by_price_and_rating(index: SearchIndex) -> None:
    assert ids(index.search("laptop", sort="price_asc")) == ["4", "2", "1", "3"]
    assert ids(index.search("laptop", sort="price_desc")) == ["3", "1", "2", "4"]
    assert ids(index.search("laptop", sort="rating")) == ["3", "1", "4", "2"]


def test_pages_do_not_overlap_and_cover_the_list(index: SearchIndex) -> None:
    pages = [ids(index.search("laptop", limit=2, offset=offset)) for offset in (0, 2, 4)]
    assert [len(page) for page in pages] == [2, 2, 0]
    assert set(pages[0] + pages[1]) == {"1", "2", "3", "4"}
    assert index.search("laptop", limit=0).hits == []


def test_attributes_shared_by_many_products_become_filters(tmp_path: Path) -> None:
    shelf = [
        product(
            str(i),
            f"Laptop {i}",
            "Norvane",
            "Laptops",
            500,
            attributes={"ram": f"{8 * (1 + i % 2)} GB", "serial": f"s{i}"},
        )
        for i in range(30)
    ]
    index_products(shelf, tmp_path)
    index = SearchIndex(tmp_path)
    (ram,) = index.search("laptop").facets["attributes"]
    assert ram == {
        "name": "ram",
        "values": [{"value": "16 GB", "count": 15}, {"value": "8 GB", "count": 15}],
        "range": {"min": 8, "max": 16, "unit": "gb"},
    }
    assert index.search("laptop", Filters(ranges={"ram": (10, None)})).total == 15
    assert index.search("laptop", Filters(ranges={"ram": (17, None)})).total == 0
    assert index.search("laptop", Filters({"attribute": ("ram=8 GB",)})).total == 15
    assert index.product("7")["attributes"] == {"ram": "16 GB", "serial": "s7"}  # type: ignore[index]
    assert index.product("no such product") is None


def test_a_reader_follows_a_new_build_and_the_last_two_versions_are_kept(tmp_path: Path) -> None:
    first = index_products(SHELF[:1], tmp_path)
    index = SearchIndex(tmp_path)
    assert (index.version, index.search("laptop").total) == (first, 1)
    second, third = index_products(SHELF[:2], tmp_path), index_products(SHELF[:3], tmp_path)
    assert (index.version, index.search("laptop").total) == (third, 3)
    assert sorted(path.name for path in (tmp_path / "versions").iterdir()) == [second, third]


def test_a_failed_build_leaves_the_index_in_place(tmp_path: Path) -> None:
    index_products(SHELF, tmp_path)
    with pytest.raises(EmptyCatalogueError, match="build the marts"):
        index_products([], tmp_path)
    with pytest.raises(KeyError):
        index_products([*SHELF, {"product_id": "a row without its other columns"}], tmp_path)
    assert SearchIndex(tmp_path).search("laptop").total == 4


def test_a_missing_index_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match="not built yet"):
        SearchIndex(tmp_path).search("laptop")


def test_of_what_fits_alike_the_visitors_own_comes_first(index: SearchIndex) -> None:
    def liked(brand: str) -> Taste:
        return Taste.of([{"source": "visitor", "brand": brand, "category": "Laptops"}])

    plain, quillon = index.search("oled laptop"), index.search("oled laptop", taste=liked("Quillon"))
    norvane = index.search("oled laptop", taste=liked("Norvane"))
    assert (plain.is_personal, quillon.is_personal) == (False, True)
    assert ids(quillon)[:2] == ["3", "1"] and ids(norvane)[:2] == ["1", "3"]
    assert quillon.total == plain.total, "nothing is left out"
    assert ids(index.search("headphones", taste=liked("Quillon"))) == ids(index.search("headphones"))
    cheapest = index.search("laptop", sort="price_asc", taste=liked("Quillon"))
    assert ids(cheapest) == ids(index.search("laptop", sort="price_asc")) and not cheapest.is_personal


def test_what_everybody_is_shown_is_nobodys_taste() -> None:
    trending = {"source": "trending", "brand": "Norvane", "category": "Laptops"}
    assert Taste.of([trending]) == Taste.of([]) == NO_TASTE and NO_TASTE.key == ""
    own = [{"source": "visitor", "brand": brand, "category": "Laptops"} for brand in ("A", "A", "B", None)]
    assert Taste.of([*own, trending]).shares == {"brand": {"A": 0.5, "B": 0.25}, "category": {"Laptops": 1.0}}


def test_without_any_the_nearest_are_those_with_a_filter_less(index: SearchIndex) -> None:
    found = index.search("laptop", Filters({"brand": ("Norvane",)}, price_max=100.0, in_stock=True))
    assert found.total == 0 and found.nearest
    assert [hit["product_id"] for hit in found.nearest.hits] == ["2", "1"], "the cheapest first: nearest to the limit"
    assert (found.nearest.total, found.nearest.without, found.nearest.query) == (2, ["price"], None)
    assert found.nearest.reason == "With these words there are 2 products without the filter of price."
    found = index.search("monitor", Filters(rating_min=4.5))
    assert found.nearest and [hit["product_id"] for hit in found.nearest.hits] == ["7"]
    assert found.nearest.without == ["rating"]


def test_the_nearest_leave_out_all_filters_when_no_single_one_is_to_blame(index: SearchIndex) -> None:
    found = index.search("headset", Filters({"brand": ("Norvane",)}, price_max=20.0))
    assert found.nearest and found.nearest.without == ["price", "brand"]
    assert found.nearest.hits[0]["product_id"] == "6"


def test_a_price_in_the_words_is_given_up_too(index: SearchIndex) -> None:
    found = index.search("laptop under 10")
    assert found.total == 0 and found.nearest and found.nearest.without == ["price"]
    assert found.nearest.hits[0]["product_id"] == "4", "the cheapest"


def test_nothing_is_near_a_word_that_nobody_knows_nor_beside_products(index: SearchIndex) -> None:
    assert index.search("xqzwvk").nearest is None
    assert index.search("laptop").nearest is None
    assert index.search("laptop", offset=100).nearest is None
