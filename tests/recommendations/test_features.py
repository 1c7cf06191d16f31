from __future__ import annotations

from math import log
from typing import Any

import pytest

from benchmarks.support.clicks import event, session
from recommendations.candidates import candidates_of
from recommendations.features import FEATURES, PAIR_FLOOR
from recommendations.session_counts import ProductEvent
from recommendations.shop_counts import ShopCounts
from recommendations.visits import visit_of
from tests.support.shops import card, shop_of

SHELF = [
    card("laptop", "Laptops", "Aurora", 1_000),
    card("rival", "Laptops", "Borealis", 2_000),
    card("sister", "Laptops", "Aurora", 1_000),
    card("bag", "Bags", "Aurora", 50),
    card("sticker", "Bags", None, None),
]


def features_of(shop: ShopCounts, events: list[ProductEvent]) -> dict[str, dict[str, float]]:
    """Product -> feature -> value, for the only visitor."""
    found = candidates_of([visit_of(events)], shop)
    return {
        shop.catalogue.products[number]: dict(zip(FEATURES, values, strict=True))
        for number, values in zip(found.product, found.values.tolist(), strict=True)
    }


def test_pairs_are_told_by_place_in_the_visit() -> None:
    shop = shop_of([session("laptop", "bag")] * 2 + [session("rival", "bag")] + [session("sister", "bag")], SHELF)
    bag = features_of(shop, session("sister", "rival", "laptop"))["bag"]
    assert bag["pair_last"] == pytest.approx(log(PAIR_FLOOR + 2))
    assert bag["pair_before"] == pytest.approx(log(PAIR_FLOOR + 1))
    assert bag["pair_earlier"] == pytest.approx(log(PAIR_FLOOR + 1 / 3), rel=0.01)
    assert (bag["pair_count"], bag["pair_seen"], bag["pair_twice"]) == (2, 1, 1)


def test_likeness_is_of_category_brand_and_price() -> None:
    features = features_of(shop_of([session("laptop", "bag", "sticker")], SHELF), session("bag", "laptop"))
    assert features["sister"]["category_same"] == features["sister"]["brand_same"] == 1
    assert features["sister"]["price_gap"] == 0
    assert features["rival"]["brand_same"] == features["rival"]["brand_share"] == 0
    assert features["rival"]["price_gap"] == features["rival"]["price_up"] == pytest.approx(log(2))
    assert features["rival"]["category_share"] == pytest.approx(2 / 3, rel=0.01)
    assert features["bag"]["brand_share"] == pytest.approx(1)
    assert (
        features["sticker"]["category_same"]
        == features["sticker"]["price_gap"]
        == features["sticker"]["brand_share"]
        == 0
    )


def test_what_was_seen_is_told_by_place_and_times() -> None:
    visit = [*session("bag", "rival", "bag", "sister", "laptop"), event("rival", 1.5, "cart")]
    features = features_of(shop_of([session("laptop", "bag")], SHELF), visit)
    seen: dict[str, Any] = {
        product: {n: f[n] for n in FEATURES if n.startswith("seen")} for product, f in features.items()
    }
    assert "laptop" not in seen
    assert seen["sister"]["seen_before_last"] == 1
    assert seen["bag"]["seen_place"] == pytest.approx(log(3))
    assert (seen["bag"]["seen_twice"], seen["rival"]["seen_twice"]) == (1, 0)
    assert (seen["bag"]["seen_in_cart"], seen["rival"]["seen_in_cart"]) == (0, 1)
    assert seen["bag"]["seen_by_returner"] == pytest.approx(1 / 5)
    assert not any(
        features_of(shop_of([session("laptop", "bag")], SHELF), session("laptop"))["bag"][n] for n in seen["bag"]
    )


def test_context_is_of_the_visit_and_of_the_product_looked_at_now() -> None:
    shop = shop_of([session("laptop", "bag")] * 3, SHELF)
    found = candidates_of([visit_of(session("laptop")), visit_of(session("bag", "rival", "laptop"))], shop)
    assert found.depth == pytest.approx([-1, log(3) - 1])
    assert found.known == pytest.approx([log(1 + 3) - 1.5] * 2)
