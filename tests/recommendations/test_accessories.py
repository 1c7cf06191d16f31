"""Accessories of a product, and of its category."""

from __future__ import annotations

from benchmarks.support.clicks import event
from recommendations.accessories import BACK_OFF, accessories_of
from recommendations.session_counts import PairWeight, ProductEvent, session_pairs
from tests.support.shops import card, shop_of

CARDS = [
    card("old laptop", "Laptops"), card("new laptop", "Laptops"), card("bag", "Bags"), card("mouse", "Mice"),
    card("phone", "Phones"),
]  # fmt: skip


def wanted(*products: str, visit: str) -> list[ProductEvent]:
    """A visit that put these products into the cart."""
    return [event(product, minute, "cart", session_id=visit) for minute, product in enumerate(products)]


def bought(*products: str, visit: str) -> list[ProductEvent]:
    """A visit that bought these products."""
    return [event(product, minute, "purchase", session_id=visit) for minute, product in enumerate(products)]


def test_what_others_wanted_with_the_product_comes_first_and_says_so() -> None:
    visits = [bought("old laptop", "bag", visit=f"b{n}") for n in range(3)] + [wanted("old laptop", "mouse", visit="m")]
    found = accessories_of("old laptop", shop_of(visits, CARDS))
    assert [(one.product_id, one.reason) for one in found] == [
        ("bag", "Often bought with The old laptop"),
        ("mouse", "Chosen with The old laptop"),
    ]
    assert found[0].share == 1 > found[1].share > 0


def test_a_product_of_which_nothing_is_known_goes_with_what_its_category_goes_with() -> None:
    visits = [wanted("old laptop", "bag", visit=f"b{n}") for n in range(3)] + [wanted("old laptop", "mouse", visit="m")]
    found = accessories_of("new laptop", shop_of(visits, CARDS))
    assert [(one.product_id, one.reason) for one in found] == [
        ("bag", "Chosen with Laptops"),
        ("mouse", "Chosen with Laptops"),
    ]
    assert found[0].share == BACK_OFF


def test_the_category_fills_up_behind_the_products_own_without_repeating_them() -> None:
    visits = [wanted("old laptop", "bag", visit="b"), wanted("new laptop", "mouse", visit="m")]
    found = accessories_of("new laptop", shop_of(visits, CARDS))
    assert [(one.product_id, one.reason) for one in found] == [
        ("mouse", "Chosen with The new laptop"),
        ("bag", "Chosen with Laptops"),
    ]


def test_rivals_wanted_in_one_visit_are_no_accessories_of_their_category() -> None:
    shop = shop_of([wanted("old laptop", "new laptop", visit="both"), wanted("old laptop", "bag", visit="b")], CARDS)
    assert [product for product, _ in shop.accessories("Laptops")] == ["bag"]
    assert accessories_of("phone", shop) == []


def test_a_pair_taken_back_is_no_accessory_any_more() -> None:
    visit = wanted("old laptop", "bag", visit="b")
    shop = shop_of([visit], CARDS)
    assert shop.accessories("Laptops")
    shop.add_pairs({key: PairWeight(-weight.similar, -weight.together) for key, weight in session_pairs(visit).items()})
    assert shop.accessories("Laptops") == []
    assert accessories_of("old laptop", shop) == []
