from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from benchmarks.support.clicks import MONDAY
from recommendations.catalogue import FITTED_EVENTS, FITTED_LATELY, UNKNOWN, Catalogue, ProductCard


def laptop(number: int, price: float | None) -> ProductCard:
    return ProductCard(f"laptop-{number}", f"Laptop {number}", "Laptops", "Aurora", price)


def test_what_the_shop_says_counts_more_than_what_events_say() -> None:
    catalogue = Catalogue(MONDAY)
    catalogue.describe([laptop(1, 900)])
    catalogue.count("laptop-1", "Zebras", MONDAY, 1)
    assert catalogue.categories[catalogue.category[catalogue.number("laptop-1")]] == "Laptops"
    assert catalogue.titles["laptop-1"] == "Laptop 1"


@pytest.mark.parametrize("heard", [("Bags", "Cases", ""), ("", "Cases", "Bags")])
def test_of_two_categories_in_events_the_order_of_arrival_does_not_choose(heard: tuple[str, ...]) -> None:
    catalogue = Catalogue(MONDAY)
    for category in heard:
        catalogue.count("bag", category, MONDAY, 1)
    assert catalogue.categories[catalogue.category[catalogue.number("bag")]] == "Cases"


def test_arrays_grow_with_the_products() -> None:
    catalogue = Catalogue(MONDAY)
    catalogue.describe(laptop(number, 100 + number) for number in range(3_000))
    assert [catalogue.number(f"laptop-{n}") for n in (0, 2_999)] == [0, 2_999]
    assert np.exp(catalogue.log_price[2_999]) == pytest.approx(3_099)
    newcomer = catalogue.number("newcomer")
    assert (catalogue.brand[newcomer], bool(catalogue.is_sold[newcomer])) == (UNKNOWN, True)


def shelf(catalogue: Catalogue, category: str) -> list[str]:
    products, start = catalogue.shelves()
    number = catalogue.category_number(category)
    return [catalogue.products[product] for product in products[start[number] : start[number + 1]]]


def test_a_shelf_holds_a_category_by_price_then_by_id_and_ends_with_what_has_no_price() -> None:
    catalogue = Catalogue(MONDAY)
    catalogue.describe([laptop(4, None), laptop(3, 900), laptop(2, 0), laptop(1, 900), laptop(5, 300)])
    catalogue.describe([ProductCard("phone", "Phone", "Phones", None, 1_000)])
    assert shelf(catalogue, "Laptops") == [f"laptop-{number}" for number in (5, 1, 3, 2, 4)]
    assert shelf(catalogue, "Phones") == ["phone"]


def test_a_new_price_or_category_moves_a_product_on_its_shelf() -> None:
    catalogue = Catalogue(MONDAY)
    catalogue.describe(laptop(number, 100 * number) for number in range(1, 4))
    assert shelf(catalogue, "Laptops") == ["laptop-1", "laptop-2", "laptop-3"]
    catalogue.describe([laptop(3, 110)])
    assert shelf(catalogue, "Laptops") == ["laptop-1", "laptop-3", "laptop-2"]
    catalogue.describe([laptop(3, 110)._replace(category="Netbooks")])
    assert shelf(catalogue, "Laptops") == ["laptop-1", "laptop-2"]
    catalogue.describe([laptop(3, None)._replace(category="Netbooks")])
    assert shelf(catalogue, "Netbooks") == ["laptop-3"]


def test_the_alphabet_takes_newcomers() -> None:
    catalogue = Catalogue(MONDAY)
    catalogue.describe([laptop(2, 1), laptop(1, 1)])
    assert catalogue.id_rank().tolist() == [1, 0]
    catalogue.number("bag")
    assert catalogue.id_rank().tolist() == [2, 1, 0]


def test_recent_popularity_halves_every_week_also_past_the_landmark() -> None:
    catalogue = Catalogue(MONDAY)
    catalogue.count("bag", "Bags", MONDAY, 8)
    bag = np.array([catalogue.number("bag")])
    assert catalogue.lately(bag) == pytest.approx([8])
    for weeks in (1, 30):
        catalogue.move_clock(MONDAY + timedelta(weeks=weeks))
        assert catalogue.lately(bag) == pytest.approx([8 / 2**weeks])
    catalogue.count("bag", "Bags", MONDAY + timedelta(weeks=30), 1)
    assert catalogue.lately(bag) == pytest.approx([1], rel=1e-6)
    assert catalogue.events[bag] == [9]


def test_popularity_counts_events_and_in_a_large_shop_is_told_beside_an_average_product() -> None:
    for size, expected in ((1, [1, 3, 0]), (1_000, [FITTED_EVENTS / 2, FITTED_EVENTS * 3 / 2, 0])):
        catalogue = Catalogue(MONDAY)
        catalogue.describe([laptop(number, 100) for number in range(50)])  # nobody looked at these
        for product, events in (("a", 1), ("b", 3)):
            catalogue.count(product, "", MONDAY, events * size)
        catalogue.move_clock(MONDAY + timedelta(weeks=1))
        wanted = np.array([catalogue.number(product) for product in ("a", "b", "laptop-1")])
        assert catalogue.popular(wanted) == pytest.approx(expected)
        lately = np.array([1, 3, 0]) * (0.5 if size == 1 else FITTED_LATELY / 2)
        assert catalogue.popular_lately(wanted) == pytest.approx(lately)


def test_a_product_that_left_the_catalogue_cannot_be_sold_one_never_in_it_can() -> None:
    catalogue = Catalogue(MONDAY)
    catalogue.replace([laptop(1, 100), laptop(2, 100)])
    heard_of = catalogue.number("heard of in a click")
    catalogue.replace([laptop(2, 100)])
    assert not catalogue.is_sold[catalogue.number("laptop-1")]
    assert catalogue.is_sold[catalogue.number("laptop-2")] and catalogue.is_sold[heard_of]
    catalogue.replace([laptop(1, 100)])
    assert catalogue.is_sold[catalogue.number("laptop-1")]
