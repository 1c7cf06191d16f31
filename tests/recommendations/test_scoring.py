from __future__ import annotations

import random

import numpy as np
import pytest

from benchmarks.support.clicks import event, random_events, session
from recommendations.catalogue import ProductCard
from recommendations.features import FEATURES
from recommendations.scoring import (
    LIST_LENGTH,
    MAX_OF_A_BRAND,
    ScoredList,
    damped,
    for_visitors,
    nearest,
    pair_decay,
    trend_decay,
    trend_weight,
)
from recommendations.session_counts import ProductEvent
from recommendations.shop_counts import ShopCounts
from recommendations.weights import WEIGHTS
from tests.support.shops import card, shop_of

ELECTRONICS = [
    card("laptop", "Laptops", "Aurora", 1000),
    card("rival", "Laptops", "Borealis", 1050),
    card("sister", "Laptops", "Aurora", 1900),
    card("netbook", "Laptops", "Cumulus", 150),
    card("bag", "Bags", "Aurora", 50),
    card("tv", "Televisions", "Borealis", 1000),
    card("soundbar", "Audio", "Borealis", 300),
]


def views(*products: str) -> list[ProductEvent]:
    """A visit whose events have the categories of ELECTRONICS."""
    category = {described.product_id: described.category or "" for described in ELECTRONICS}
    return [event(p, minute, category=category.get(p, "Laptops")) for minute, p in enumerate(products)]


def recommend(shop: ShopCounts, events: list[ProductEvent]) -> ScoredList:
    return for_visitors({"v1": events}, shop)["v1"]


def products(scored: ScoredList) -> list[str]:
    return scored.product_ids


def test_what_others_looked_at_next_comes_first() -> None:
    shop = shop_of([views("laptop", "bag")] * 5 + [views("tv", "soundbar")] * 5, ELECTRONICS)
    assert products(recommend(shop, views("laptop")))[0] == "bag"
    assert products(recommend(shop, views("tv")))[0] == "soundbar"


def test_a_product_nobody_looked_at_yet_leads_to_its_rivals_of_a_like_price() -> None:
    shop = shop_of([views("tv", "soundbar")] * 5, ELECTRONICS)
    shown = products(recommend(shop, views("laptop")))
    assert shown.index("rival") < shown.index("netbook")
    assert shown.index("rival") < shown.index("soundbar")


def test_what_is_used_up_is_recommended_again_to_who_bought_it() -> None:
    shop = shop_of([views("laptop", "bag")] * 3, ELECTRONICS)
    done = [event("bag", 0, "purchase", category="Bags"), event("laptop", 1)]
    assert "bag" not in products(recommend(shop, done))
    shop.catalogue.consumables = frozenset({"Bags"})
    assert "bag" in products(recommend(shop, done))


def test_never_the_product_on_screen_nor_what_was_bought_nor_what_cannot_be_sold() -> None:
    shop = shop_of([views("laptop", "rival", "bag", "sister", "tv")] * 3, ELECTRONICS)
    shop.catalogue.describe([ELECTRONICS[-2]._replace(is_sold=False)])
    shown = products(recommend(shop, [event("rival", 0, "purchase"), *views("laptop")]))
    assert {"bag", "sister"} <= set(shown)
    assert not {"laptop", "rival", "tv"} & set(shown)


def test_shoppers_find_back_what_they_compared() -> None:
    shop = shop_of([views("laptop", "rival", "bag", "sister", "tv")] * 3, ELECTRONICS)
    shown = recommend(shop, views("laptop", "rival", "laptop", "rival", "laptop", "netbook"))
    assert products(shown)[0] == "laptop"
    assert shown.reasons[0] == "You looked at this recently"


def test_reasons_name_what_the_shopper_did() -> None:
    others = [views("laptop", "bag"), views("phone", "charger")]
    shop = shop_of([*others, views("gadget")], [*ELECTRONICS, card("toy", "Laptops", None, 1020)])
    done = [event("phone", 0, "cart", category="Phones"), event("laptop", 1)]
    shown = recommend(shop, done)
    reasons = dict(zip(shown.product_ids, shown.reasons, strict=True))
    assert reasons["bag"] == "Also viewed with The laptop"
    assert reasons["charger"] == "Also viewed with what you put in your cart"
    assert reasons["phone"] == "You looked at this recently"
    assert reasons["sister"] == "Also from Aurora"
    assert reasons["toy"] == "Priced like The laptop"
    assert reasons["netbook"] == "Popular in Laptops"


def test_scores_are_chances() -> None:
    shop = shop_of([views("laptop", "rival", "bag", "sister", "tv")] * 3, ELECTRONICS)
    scores = recommend(shop, views("laptop", "bag")).scores
    assert scores == sorted(scores, reverse=True)
    assert 0 < scores[-1] < scores[0] < sum(scores) <= 1 + 1e-9


def test_one_brand_does_not_fill_the_list_unless_there_is_nothing_else() -> None:
    of_brand = [card(f"a{n:02}", "Laptops", "Aurora", 1000 + n) for n in range(30)]
    others = [card(f"b{n:02}", "Laptops", f"Brand {n}", 3000 + n) for n in range(30)]
    shown = products(recommend(shop_of([views("laptop")], [*of_brand, *others, ELECTRONICS[0]]), views("laptop")))
    assert sum(product.startswith("a") for product in shown) == MAX_OF_A_BRAND < LIST_LENGTH == len(shown)
    shown = products(recommend(shop_of([views("laptop")], [*of_brand, ELECTRONICS[0]]), views("laptop")))
    assert sum(product.startswith("a") for product in shown) == LIST_LENGTH


def test_the_order_of_events_and_the_company_of_other_visitors_do_not_matter() -> None:
    rng = random.Random(4)
    events = random_events(rng, sessions=80)
    visits = [[e for e in events if e.session_id == f"s{number}"] for number in range(80)]
    shop, other_way = shop_of(visits), shop_of(visits[::-1])
    recent = {f"v{number}": visit for number, visit in enumerate(visits)}
    together = for_visitors(recent, shop)
    assert min(len(shown.product_ids) for shown in together.values()) == LIST_LENGTH
    for visitor, visit in recent.items():
        shuffled = rng.sample(visit, len(visit))
        for shown in (recommend(shop, shuffled), recommend(other_way, visit)):
            assert products(shown) == products(together[visitor])
            assert shown.reasons == together[visitor].reasons
            assert shown.scores == pytest.approx(together[visitor].scores)


def test_a_shop_without_anything_else_gives_an_empty_list() -> None:
    assert products(recommend(shop_of([views("laptop")]), views("laptop"))) == []


def test_a_catalogue_without_categories_brands_and_prices_will_do() -> None:
    visits = [session("a", "b", "c", category=""), session("a", "d", category="")]
    bare = [ProductCard(product, None, None, None, None) for product in "abcd"]
    assert set(products(recommend(shop_of(visits, bare), session("a", category="")))) == {"b", "c", "d"}


def test_every_feature_has_its_weights() -> None:
    assert tuple(WEIGHTS) == FEATURES
    assert np.isfinite(list(WEIGHTS.values())).all()
    assert {len(row) for row in WEIGHTS.values()} == {4}


def test_popular_neighbours_are_damped_and_taken_back_pairs_are_gone() -> None:
    near = nearest({"bestseller": 10.0, "bag": 4.0, "taken back": 1e-12}, 5, least=1e-9)
    assert [n for n, _ in near] == ["bestseller", "bag"]
    assert [n for n, _ in damped(near, [10_000, 10])] == ["bag", "bestseller"]


def test_forward_decay_halves_with_age_and_survives_years() -> None:
    assert pair_decay(8) == 2 * pair_decay(0)
    assert trend_decay(-48) == trend_decay(0) / 2
    assert 0 <= trend_decay(-24 * 365 * 20) < 1e-300
    assert pair_decay(52 * 60) < float("inf")
    assert trend_weight([1, 0, 0]) < trend_weight([0, 1, 0]) < trend_weight([0, 0, 1])
