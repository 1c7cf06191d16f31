from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from streaming.scoring import Scored, for_visitor, interests, nearest, pair_decay, seen_with, trend_decay, trend_weight
from streaming.session_counts import ProductEvent
from tests.clicks import event, session

TITLES = {"laptop": "Aurora 14 Laptop", "bag": "Laptop bag"}


def recommend(
    events: Sequence[ProductEvent],
    near: Mapping[str, list[tuple[str, float]]],
    trending: Mapping[str, list[str]] | None = None,
) -> list[Scored]:
    return for_visitor(events, lambda p: near.get(p, []), lambda c: (trending or {}).get(c, []), TITLES.get)


def products(scored: list[Scored]) -> list[str]:
    return [item.product_id for item in scored]


def test_neighbours_of_the_last_product_come_first() -> None:
    near = {"laptop": [("bag", 2.0), ("mouse", 1.0)], "tv": [("soundbar", 2.0)]}
    shown = products(recommend(session("tv", "laptop"), near))
    assert shown[0] == "bag"
    assert set(shown) == {"bag", "mouse", "soundbar", "tv"}


def test_never_the_product_on_screen_nor_what_was_bought() -> None:
    events = [event("case", 0, "purchase"), event("phone", 1), event("laptop", 2)]
    near = {"laptop": [("phone", 1.0), ("case", 5.0), ("laptop", 9.0), ("bag", 0.5)]}
    shown = products(recommend(events, near, {"Laptops": ["laptop", "case", "dock"]}))
    assert set(shown) == {"phone", "bag", "dock"}


def test_a_product_without_neighbours_falls_back_on_its_category_then_on_the_shop() -> None:
    shown = recommend(session("new-laptop"), {}, {"Laptops": ["best", "second"], "": ["tv"]})
    assert [(item.product_id, item.reason) for item in shown] == [
        ("best", "Popular in Laptops"),
        ("second", "Popular in Laptops"),
        ("tv", "Popular right now"),
    ]


def test_reasons_name_what_the_shopper_did() -> None:
    near = {"laptop": [("bag", 1.0)], "phone": [("charger", 1.0)]}
    reasons = {
        item.product_id: item.reason for item in recommend([event("phone", 0, "cart"), event("laptop", 1)], near)
    }
    assert reasons["bag"] == "Often viewed with Aurora 14 Laptop"
    assert reasons["charger"] == "Goes with what you put in your cart"
    assert reasons["phone"] == "You looked at this recently"
    assert seen_with("x" * 100, "together") == f"Often bought with {'x' * 59}…"


def test_what_was_wanted_weighs_more_and_what_is_old_less() -> None:
    weights = {e.product_id: w for e, w in interests([event("a", 0), event("b", 1), event("b", 2, "cart")])}
    assert weights["b"] > 2 * weights["a"]
    days = 24 * 60
    old, new = (dict_of(interests([event("a", 0), event("b", gap)])) for gap in (6 * days, 1))
    assert old["a"] == pytest.approx(new["a"] / 4, rel=0.01)


def dict_of(weighted: list[tuple[ProductEvent, float]]) -> dict[str, float]:
    return {e.product_id: weight for e, weight in weighted}


def test_the_order_of_the_events_does_not_matter() -> None:
    events = [*session("a", "b", "c", "b"), event("a", 9, "cart")]
    near = {"a": [("x", 1.0), ("y", 0.5)], "b": [("y", 1.0)], "c": [("z", 1.0)]}
    assert recommend(events, near) == recommend(events[::-1], near)


def test_popular_neighbours_are_damped_and_taken_back_pairs_are_gone() -> None:
    weights = {"bestseller": 10.0, "bag": 4.0, "taken back": 1e-12}
    assert [n for n, _ in nearest(weights, {"bestseller": 10_000, "bag": 10}, 5)] == ["bag", "bestseller"]


def test_forward_decay_halves_with_age_and_survives_years() -> None:
    assert pair_decay(8) == 2 * pair_decay(0)
    assert trend_decay(-48) == trend_decay(0) / 2
    assert 0 <= trend_decay(-24 * 365 * 20) < 1e-300
    assert pair_decay(52 * 60) < float("inf")
    assert trend_weight([1, 0, 0]) < trend_weight([0, 1, 0]) < trend_weight([0, 0, 1])
