from __future__ import annotations

import random
from datetime import timedelta

import pytest

from benchmarks.support.clicks import MONDAY, event, random_events, session
from recommendations import shop_counts
from recommendations.scoring import damped, event_clock
from recommendations.session_counts import product_counts, session_pairs
from recommendations.shop_counts import ShopCounts
from tests.support.shops import shop_of


def test_neighbours_follow_what_is_added_and_taken_back() -> None:
    shop = shop_of([session("laptop", "bag")])
    assert [n for n, _ in shop.near("laptop")] == ["bag"]
    more = session_pairs(session("laptop", "mouse", session_id="s2"))
    for _ in range(2):
        shop.add_pairs(more)
    names, weights = zip(*shop.near("laptop"), strict=True)
    assert names == ("mouse", "bag")
    assert [weight / shop.pair_scale() for weight in weights] == pytest.approx([2, 1])
    for _ in range(2):
        shop.add_pairs({key: weight._replace(similar=-weight.similar) for key, weight in more.items()})
    assert [n for n, _ in shop.near("laptop")] == ["bag"]


def test_pairs_fade_with_the_weeks() -> None:
    shop = shop_of([session("laptop", "bag")])
    [(_, weight)] = shop.near("laptop")
    fresh = weight / shop.pair_scale()
    shop.add_counts({}, MONDAY + timedelta(weeks=8))
    assert weight / shop.pair_scale() == pytest.approx(fresh / 2)


@pytest.mark.parametrize("year", [2003, 2014, 2026, 2060])
def test_pairs_count_in_any_year_and_nothing_is_left_of_those_taken_back(year: int) -> None:
    then = MONDAY.replace(year=year)
    visits = [session("a", "b", "c", occurred_at=then + timedelta(weeks=week)) for week in range(9)]
    visits = [[e._replace(occurred_at=e.occurred_at + timedelta(minutes=n)) for n, e in enumerate(v)] for v in visits]
    shop = shop_of(visits)
    assert [n for n, _ in shop.near("a")] == ["b", "c"]
    for visit in visits:
        gone = {key: weight._replace(similar=-weight.similar) for key, weight in session_pairs(visit).items()}
        shop.add_pairs({key: weight for key, weight in gone.items() if "c" in key})
    assert [n for n, _ in shop.near("a")] == ["b"]


@pytest.mark.parametrize("length", [1, 5, 20, 60])
def test_similar_products_are_the_near_ones_damped_by_their_popularity(length: int) -> None:
    events = random_events(random.Random(3), sessions=80, products=60)
    shop = shop_of([[e for e in events if e.session_id == f"s{number}"] for number in range(80)])
    products = [*shop.similar, "unheard of"]
    # equal weights and equal popularity: the id decides
    for twin in ("twin 1", "twin 2"):
        shop.add_pairs(session_pairs(session("8000", twin, session_id=twin)))
    for product, similar in zip(products, shop.similar_to(products, length), strict=True):
        near = shop.near(product)
        expected = damped(near, [shop.popularity(neighbour) for neighbour, _ in near])[:length]
        assert [name for name, _ in similar] == [name for name, _ in expected]
        assert [score for _, score in similar] == pytest.approx([score for _, score in expected], rel=1e-12)
    assert max(len(shop.near(product)) for product in products) > 20


def test_trends_are_of_a_category_and_of_the_shop_and_fade() -> None:
    shop = shop_of([[event("laptop"), event("phone", 1, "cart", category="Phones")]])
    assert shop.trending("Laptops") == ["laptop"]
    assert shop.trending("") == ["phone", "laptop"]
    before = dict(shop.trend(""))
    later = MONDAY + timedelta(days=60)
    shop.add_counts(product_counts([event("laptop", occurred_at=later)]), later)
    assert shop.trending("") == ["laptop", "phone"]
    assert dict(shop.trend(""))["phone"] == pytest.approx(before["phone"] / 2**30)
    assert [shop.catalogue.products[n] for n in shop.popular_numbers("")] == ["laptop", "phone"]


def test_a_forgotten_product_takes_no_pairs() -> None:
    shop = shop_of([session("laptop", "bag")])
    shop.forget("laptop")
    shop.add_pairs(session_pairs(session("laptop", "bag")))
    assert shop.near("laptop") == []
    assert [n for n, _ in shop.near("bag")] == ["laptop"]


def test_trends_kept_up_to_date_are_those_of_all_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop_counts, "TREND_LENGTH", 10)  # of about 30 products in each category
    rng = random.Random(6)
    events = random_events(rng, sessions=300, products=200)
    at_once, step_by_step = ShopCounts(MONDAY), ShopCounts(MONDAY)
    at_once.add_counts(product_counts(events), event_clock(events))
    rng.shuffle(events)
    for start in range(0, len(events), 7):
        some = events[start : start + 7]
        step_by_step.add_counts(product_counts(some), event_clock(some))
        step_by_step.trend(rng.choice(["", "Laptops", "Phones"]))
    for category in ("", "Laptops", "Phones"):
        assert len(at_once.trend(category)) == 10
        assert dict(step_by_step.trend(category)) == pytest.approx(dict(at_once.trend(category)))
        assert [step_by_step.catalogue.products[n] for n in step_by_step.popular_numbers(category)] == at_once.trending(
            category
        )
