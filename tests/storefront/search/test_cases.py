"""What other shops' searches were reported for, on small shelves of products."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storefront.search.builder import Visitors, index_products
from storefront.search.filters import Filters
from storefront.search.reader import SearchIndex
from tests.support.products import product

Shelf = Callable[..., SearchIndex]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """An index of products: titles, or (title, category, price, more columns)."""

    def build(*products: Any) -> SearchIndex:
        rows = []
        for number, each in enumerate(products):
            title, category, price, more = each if isinstance(each, tuple) else (each, "Things", 100, {})
            rows.append(product(str(number), title, "Wavelo", category, price, **more))
        index_products(rows, tmp_path)
        return SearchIndex(tmp_path)

    return build


def titles(index: SearchIndex, text: str, **more: Any) -> list[str]:
    return [hit["title"] for hit in index.search(text, with_facets=False, **more).hits]


@pytest.mark.parametrize("written", ["Wavelo Wi-Fi 6 router", "Wavelo WiFi 6 router", "Wavelo Wi Fi 6 router"])
@pytest.mark.parametrize("asked", ["wifi", "wi-fi", "wi fi", "wifi router", "WIFI 6"])
def test_a_compound_is_found_however_it_is_written(shelf: Shelf, written: str, asked: str) -> None:
    index = shelf(written, "Wavelo wired mouse")
    assert titles(index, asked) == [written]


GPUS = (
    "Krypta GTX 1660 graphics card 8 GB",
    "Krypta RTX 5080 Ti graphics card 12 GB",
    "WH-1000XM5 headphones",
    "Gamestead 3 slim",
    "Corvo Phone 12 128 GB",
)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("gtx1660", GPUS[0]),
        ("GTX-1660", GPUS[0]),
        ("gtx 1660", GPUS[0]),
        ("rtx5080ti", GPUS[1]),
        ("5080ti", GPUS[1]),
        ("12gb", GPUS[1]),
        ("wh1000xm5", GPUS[2]),
        ("wh 1000 xm5", GPUS[2]),
        ("wh-1000xm5", GPUS[2]),
        ("gamestead3", GPUS[3]),
        ("phone12", GPUS[4]),
        ("0,128 TB phone", GPUS[4]),
    ],
)
def test_letters_and_digits_may_be_glued_or_apart(shelf: Shelf, asked: str, found: str) -> None:
    assert titles(shelf(*GPUS), asked)[0] == found


def test_a_size_is_one_word_and_partial_matches_are_told(shelf: Shelf) -> None:
    index = shelf("Swift SSD 1 TB NVMe", "Swift SSD 2 TB NVMe", "Phone 512 GB", "Case for phone", "Case for Phone XL")
    for asked in ("1tb", "1 TB", "1000 GB", "1 To"):
        assert titles(index, asked) == ["Swift SSD 1 TB NVMe"], asked
    answer = index.search("1tb ssd")
    assert answer.hits[0]["title"] == "Swift SSD 1 TB NVMe"
    assert (answer.match, answer.full_total, answer.reason) == (
        "some",
        1,
        "1 product has every word; the others have some of them.",
    )
    assert titles(index, "512gb phone")[0] == "Phone 512 GB"


VARIANTS = [{"sku": "ZGTX1660-8G", "barcode": "4006381333931"}, {"sku": "ZGTX1660-16", "barcode": None}]
CODED = ("Krypta GTX 1660 graphics card 8 GB", "Things", 500, {"variants": VARIANTS})


@pytest.mark.parametrize("asked", ["ZGTX1660-8G", "zgtx1660", "zgtx1660 8g", "4006381333931", "04006381333931"])
def test_an_article_number_finds_its_product_alone(shelf: Shelf, asked: str) -> None:
    index = shelf(CODED, *GPUS)
    (hit,) = index.search(asked).hits
    assert (hit["sku"], hit["barcode"], hit["variants_count"]) == ("ZGTX1660-8G", "4006381333931", 2)


PHONES = (
    ("Case for Phone 12 Ultra Plus", "Accessories", 12, {}),
    ("Screen protector Phone 12 Ultra Plus", "Accessories", 9, {}),
    *(
        (f"Case for Phone 12 Ultra Plus, {colour}", "Accessories", 12, {})
        for colour in ("red", "blue", "green", "black")
    ),
    ("Corvo Phone 12 Ultra Plus 512 GB, black", "Phones", 1299, {}),
)


def test_the_device_comes_before_its_accessories(shelf: Shelf) -> None:
    assert titles(shelf(*PHONES), "phone 12 ultra plus")[0].startswith("Corvo Phone")
    assert titles(shelf(*PHONES), "phone 12 ultra plus case")[0].startswith("Case for")


def test_what_visitors_clicked_decides_which_category_is_meant(tmp_path: Path) -> None:
    """ "switch" is a console to the visitors of one shop, and a network's part to those of another."""
    rows = [product(str(n), f"Wavelo switch {n}", "Wavelo", ("Networking", "Consoles")[n % 2], 100) for n in range(8)]
    for clicked in ("Networking", "Consoles"):
        index_products(rows, tmp_path, visitors=Visitors({}, {"switch": {clicked: 0.7}}))
        found = SearchIndex(tmp_path).search("switch", limit=4).hits
        assert {hit["category"] for hit in found} == {clicked}


def test_other_sorts_keep_what_has_every_word(shelf: Shelf) -> None:
    assert titles(shelf(*PHONES), "phone 12 ultra plus 512", sort="price_asc") == [
        "Corvo Phone 12 Ultra Plus 512 GB, black"
    ]


def test_a_rare_word_is_not_taken_for_a_slip(shelf: Shelf) -> None:
    telelumonans = [f"Lumona TV {size} inch OLED" for size in (42, 48, 55, 65, 77)]
    index = shelf(*telelumonans, ("TV 55 inch", "Things", 100, {"attributes": {"panel": "QLED"}}))
    for asked in ("qled", "qled tv"):
        answer = index.search(asked)
        assert (answer.hits[0]["title"], answer.corrected) == ("TV 55 inch", None)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("affordable headphones below 50", {"Bluetooth headphones"}),
        ("could you show me a cable", {"Wavelo USB-C to HDMI cable"}),
        ("good tv for our bedroom", {"Lumona TV 55 inch OLED"}),
        ("a gift for my sister, headphones up to 45 euros", {"Bluetooth headphones"}),
    ],
)
def test_a_sentence_is_answered_by_what_matters_in_it(shelf: Shelf, asked: str, expected: set[str]) -> None:
    index = shelf(
        ("Bluetooth headphones", "Headphones", 39, {}),
        ("Wired headphones", "Headphones", 89, {}),
        ("Wavelo USB-C to HDMI cable", "Cables", 19, {}),
        ("Lumona TV 55 inch OLED", "Telelumonans", 999, {}),
    )
    assert set(titles(index, asked)) == expected


def test_price_words_are_told_and_can_be_taken_back(shelf: Shelf) -> None:
    index = shelf(("Bluetooth headphones", "Headphones", 39, {}), ("Wired headphones", "Headphones", 89, {}))
    answer = index.search("headphones under 50")
    assert answer.understood is not None
    assert (answer.understood.price_max, answer.total) == (50, 1)
    assert index.search("headphones under 50", as_typed=True).total == 2
    answer = index.search("headphones under 20")
    assert (answer.total, answer.reason) == (0, "No product passes all the filters; without them 2 products match.")


@pytest.mark.parametrize("asked", ["📱", "!!!", "¿?"])
def test_signs_find_nothing_and_say_so(shelf: Shelf, asked: str) -> None:
    answer = shelf(*GPUS).search(asked)
    assert (answer.total, answer.match, answer.reason) == (
        0,
        "none",
        "These signs are no words: type what you look for.",
    )
    assert shelf(*GPUS).search("   ").total == len(GPUS)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("l'écran", "Écran 24 pouces"),
        ("l’écran", "Écran 24 pouces"),
        ("ecrans", "Écran 24 pouces"),
        ("d'ordinateur", 'Ordinateur portable 15,6"'),
        ('15.6"', 'Ordinateur portable 15,6"'),
        ("15,6", 'Ordinateur portable 15,6"'),
        ("t shirt", "T-shirt wavelo"),
        ("usb c", "USB-C cable"),
        ("c++", "C++ keyboard"),
    ],
)
def test_french_decimals_and_signs_in_names(shelf: Shelf, asked: str, found: str) -> None:
    index = shelf(
        "Écran 24 pouces", "Ordinateur portable 15,6\"", "T-shirt wavelo", "USB-C cable", "USB-A cable", "C++ keyboard",
        "Wavelo 15 case", "Wavelo 6 ports",
    )  # fmt: skip
    assert titles(index, asked)[0] == found
    if asked in ('15.6"', "15,6", "c++"):
        assert len(titles(index, asked)) == 1


def test_a_correction_is_told_and_can_be_taken_back(shelf: Shelf) -> None:
    index = shelf(*(f"Wavelo keyboard {number}" for number in range(6)))
    assert index.search("keybaord").corrected == "keyboard"
    answer = index.search("keybaord", as_typed=True)
    assert (answer.total, answer.corrected, answer.suggestion) == (0, None, "keyboard")


CHARGERS = (
    *(f"Wavelo phone, fast charger number {number}" for number in range(5)),
    *(f"Wavelo mouse wireless {number}" for number in range(5)),
    "Wavelo wireless mouse",
    "In-ear headphones",
)


@pytest.mark.parametrize(
    ("asked", "total", "corrected"),
    [
        ("phonecharger", 5, "phone charger"),  # stand beside each other in no title
        ("wirelessmouse", 6, None),  # do so in one
        ("erbuds", 1, "earbuds"),  # a word that only the synonyms have
    ],
)
def test_two_words_written_as_one_and_slips_of_other_names(
    shelf: Shelf, asked: str, total: int, corrected: str | None
) -> None:
    answer = shelf(*CHARGERS).search(asked)
    assert (answer.total, answer.corrected) == (total, corrected)


def test_attribute_facets_do_not_count_each_others_filter_away(shelf: Shelf) -> None:
    """Each count is what a click on the value gives."""
    laptops = [
        (f"Laptop {number}", "Laptops", 500 + number,
         {"attributes": {"ram": f"{8 * (1 + number % 2)} GB", "panel": ("IPS", "OLED", "Mini LED")[number % 3]}})
        for number in range(48)
    ]  # fmt: skip
    index = shelf(*laptops)
    chosen = Filters({"attribute": ("ram=16 GB",)})
    for facet in index.search("laptop", chosen).facets["attributes"]:
        for value in facet["values"]:
            others = [] if facet["name"] == "ram" else ["ram=16 GB"]
            ticked = Filters({"attribute": (*others, f"{facet['name']}={value['value']}")})
            assert index.search("laptop", ticked).total == value["count"]
        assert facet["values"], facet["name"]


def test_a_page_after_the_last_is_told(shelf: Shelf) -> None:
    answer = shelf(*GPUS).search("graphics card", offset=99)
    assert (answer.total, answer.hits, answer.reason) == (
        2,
        [],
        "The list ends before this page: there are 2 products.",
    )


def test_highlights_mark_the_words_and_escape_the_rest(shelf: Shelf) -> None:
    index = shelf("Wavelo <b>Wi-Fi</b> routers & more")
    (hit,) = index.search("wifi router", with_highlights=True).hits
    assert hit["highlights"]["title"] == "Wavelo &lt;b&gt;<mark>Wi-Fi</mark>&lt;/b&gt; <mark>routers</mark> &amp; more"


def test_the_category_tree_and_facet_values(shelf: Shelf) -> None:
    index = shelf(*PHONES)
    tree = index.search("phone", Filters({"category": ("Phones",)})).facets["categories"]
    assert {child["value"]: child["count"] for each in tree for child in each["children"]} == {
        "Accessories": 6,
        "Phones": 1,
    }
    values = index.facet_values("category", "pho", "phone")
    assert values == [{"value": "Phones", "count": 1, "highlighted": "<mark>Pho</mark>nes"}]


@pytest.mark.parametrize("asked", ["which tv is best for the kitchen", "tv pour kitchen"])
def test_what_a_thing_is_for_is_not_what_is_wanted(shelf: Shelf, asked: str) -> None:
    televisions = [("TV 24 inch", "TVs", 100, {}), *((f"Lumona TV {size} inch", "TVs", 300, {}) for size in (32, 42))]
    scales = [(f"Kitchen scale {number}", "Home & kitchen", 20, {}) for number in range(5)]
    index = shelf(*televisions, ("Toy kitchen with a TV", "Home & kitchen", 40, {}), *scales)
    assert set(titles(index, asked)[:3]) == {title for title, *_ in televisions}
    assert set(titles(index, asked, sort="price_asc")) >= {"Toy kitchen with a TV", "TV 24 inch"}


def test_a_translation_is_found_by_its_synonyms(shelf: Shelf) -> None:
    assert titles(shelf("Norvane notebook 15", "Wavelo mouse"), "ordinateur portable") == ["Norvane notebook 15"]
