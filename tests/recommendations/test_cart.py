from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.support.clicks import event
from recommendations.accessories import Accessory
from recommendations.cart import cart_of, for_cart
from recommendations.scoring import ScoredList
from recommendations.session_counts import ProductEvent

WANTED = {"laptop": [("bag", 4.0), ("mouse", 3.0), ("dock", 1.0)], "phone": [("case", 9.0), ("mouse", 8.0)]}
Goes = Mapping[str, list[tuple[str, float]]]


def offer(events: Sequence[ProductEvent], sold_out: Sequence[str] = (), wanted: Goes = WANTED) -> ScoredList:
    def goes_with(product: str) -> list[Accessory]:
        found = wanted.get(product, [])
        return [Accessory(other, weight / found[0][1], f"Often bought with {product}") for other, weight in found]

    return for_cart(events, goes_with, lambda product: product not in sold_out, lambda product: product == "ink")


def test_what_goes_with_the_cart_comes_with_a_reason() -> None:
    assert list(zip(*offer([event("laptop", 0, "cart")]), strict=True)) == [
        ("bag", 1.0, "Often bought with laptop"),
        ("mouse", 0.75, "Often bought with laptop"),
        ("dock", 0.25, "Often bought with laptop"),
    ]


def test_what_fits_several_products_of_the_cart_comes_first() -> None:
    shown = offer([event("laptop", 0, "cart"), event("phone", 1, "cart")])
    assert shown.product_ids == ["mouse", "case", "bag", "dock"]


def test_what_is_used_up_is_offered_again() -> None:
    goes: Goes = {"printer": [("ink", 2.0), ("cable", 1.0)]}
    done = [event("ink", 0, "purchase"), event("cable", 1, "purchase"), event("printer", 2, "cart")]
    assert offer(done, wanted=goes).product_ids == ["ink"]


def test_no_cart_no_list() -> None:
    assert offer([event("laptop")]).product_ids == []
    assert offer([event("laptop", 0, "cart"), event("laptop", 1, "purchase")]).product_ids == []


def test_a_product_wanted_again_after_it_was_bought_is_in_the_cart() -> None:
    again = [event("laptop", 0, "cart"), event("laptop", 1, "purchase"), event("laptop", 2, "cart")]
    assert cart_of(reversed(again)) == ["laptop"]


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["view", "cart", "purchase"])), max_size=12))
def test_never_what_lies_in_the_cart_was_bought_or_is_sold_out(done: list[tuple[str, str]]) -> None:
    events = [event(product, minute, kind) for minute, (product, kind) in enumerate(done)]
    wanted = {product: [(other, 1.0) for other in "abcdefgh" if other != product] for product in "abcdef"}
    shown = set(offer(events, ["g"], wanted).product_ids)
    touched = {product for product, kind in done if kind != "view"}
    assert not shown & (touched | {"g"})
    assert ("h" in shown) == bool(cart_of(events))
