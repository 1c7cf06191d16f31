from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.support.clicks import MONDAY, event, session
from recommendations.session_counts import (
    MAX_SESSION_PRODUCTS,
    PairWeight,
    pair_changes,
    product_counts,
    session_pairs,
    week_of,
)

WEEK = date(2026, 11, 16)

events = st.lists(
    st.builds(
        event,
        st.sampled_from(["a", "b", "c", "d"]),
        st.integers(0, 20_000),
        st.sampled_from(["view", "cart", "purchase"]),
    ),
    max_size=12,
)


def test_a_direct_view_weighs_twice_its_way_back() -> None:
    assert session_pairs(session("a", "b")) == {
        ("a", "b", WEEK): PairWeight(similar=1000, together=0),
        ("b", "a", WEEK): PairWeight(similar=500, together=0),
    }


def test_weight_falls_with_distance_and_grows_with_intent() -> None:
    pairs = session_pairs([event("a", 0, "cart"), event("b", 1), event("c", 2, "purchase")])
    assert pairs["a", "c", WEEK] == PairWeight(similar=1000 // 2 * 3, together=2000)
    assert pairs["a", "b", WEEK] == PairWeight(similar=1000, together=0)


def test_a_pair_is_bought_where_both_were() -> None:
    assert session_pairs([event("a", 0, "purchase"), event("b", 1, "purchase")])["a", "b", WEEK].bought == 1
    assert session_pairs([event("a", 0, "purchase"), event("b", 1, "cart")])["a", "b", WEEK].bought == 0


def test_looking_again_changes_no_weight() -> None:
    views = session("a", "b")
    assert pair_changes(views, [*views, event("a", 5), event("b", 6)]) == {}


def test_pairs_belong_to_the_week_in_which_the_session_began() -> None:
    sunday_night = MONDAY - timedelta(hours=10)
    pairs = session_pairs([event("a", occurred_at=sunday_night), event("b")])
    assert {week for _, _, week in pairs} == {date(2026, 11, 9)} == {week_of(sunday_night)}


def test_an_endless_session_counts_up_to_its_limit() -> None:
    pairs = session_pairs(session(*(str(number) for number in range(500))))
    assert len({product for product, _, _ in pairs}) == MAX_SESSION_PRODUCTS


@settings(deadline=None)
@given(events, st.randoms(use_true_random=False))
def test_changes_add_up_to_the_whole_in_any_order_and_batching(made: list, rng) -> None:
    rng.shuffle(made)
    total: dict = {}
    seen: list = []
    while len(seen) < len(made):
        batch = made[len(seen) : len(seen) + rng.randint(1, 3)]
        for key, change in pair_changes(seen, seen + batch).items():
            total[key] = total.get(key, PairWeight(0, 0)).plus(change)
        seen += batch
    assert {key: weight for key, weight in total.items() if any(weight)} == session_pairs(made)


def test_product_counts_are_per_hour_category_and_kind() -> None:
    counts = product_counts([event("a", 1), event("a", 59), event("a", 60), event("a", 2, "cart")])
    assert counts == {
        (MONDAY, "Laptops", "a"): [2, 1, 0],
        (MONDAY + timedelta(hours=1), "Laptops", "a"): [1, 0, 0],
    }
