"""Evaluations on small histories whose results are known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from benchmarks.support.clicks import event, session
from recommendations.evaluation import History, Score, evaluate
from recommendations.model import BUILT_IN_MODEL
from recommendations.session_counts import ProductEvent
from tests.support.shops import card

PRODUCTS = ("bag", "laptop", "mouse")
CARDS = [card(product, "Laptops") for product in PRODUCTS]


def visits(number: int, *products: str, days: float = 0) -> list[list[ProductEvent]]:
    """Visits of `number` different visitors to the same products, `days` after MONDAY."""
    made = []
    for place in range(number):
        name = f"v{days}-{place}"
        views = session(*products, visitor_id=name, session_id=name)
        made.append([view._replace(occurred_at=view.occurred_at + timedelta(days=days)) for view in views])
    return made


def test_a_list_counts_by_the_rank_of_what_came_next() -> None:
    score = Score()
    score.add(["a", "b"], "b", {"a": 0.5, "b": 0.25})
    score.add(["a", "b"], "c", {"a": 0.5, "b": 0.25})
    found = score.metrics(products=4)
    assert (found["hit_rate"], found["mrr"], found["coverage"], found["novelty"]) == (0.5, 0.25, 0.5, 1.5)
    assert found["ndcg"] == pytest.approx(0.5 / 1.585, rel=1e-3)


def test_what_others_looked_at_next_is_found_first() -> None:
    history = History(
        visits(20, "laptop", "bag") + visits(3, "mouse", "laptop"), visits(5, "laptop", "bag", days=3), CARDS
    )
    found = evaluate(history, BUILT_IN_MODEL)
    assert (found.train_sessions, found.test_sessions, found.products) == (23, 5, 3)
    assert found.by_model["home"].steps == 5
    assert found.metrics("home")["mrr"] == 1.0
    assert sum(found.by_model["product"].hits) == 5
    assert found.by_model["cart"].steps == 0, "nothing was put into a cart"


def test_the_cart_is_asked_only_for_what_is_wanted_next() -> None:
    wanted = [
        [
            event("laptop", 0, "cart", visitor_id=name, session_id=name),
            event("bag", 1, "cart", visitor_id=name, session_id=name),
        ]
        for name in ("w1", "w2", "w3")
    ]
    later = [
        [
            one._replace(occurred_at=one.occurred_at + timedelta(days=3), visitor_id="w9", session_id="w9")
            for one in wanted[0]
        ]
    ]
    found = evaluate(History(wanted, later, CARDS), BUILT_IN_MODEL)
    assert found.by_model["cart"].ranks == [1]


def test_the_future_is_not_known_to_the_lists() -> None:
    history = History(visits(20, "laptop", "bag"), visits(5, "laptop", "mouse", days=3), CARDS)
    assert evaluate(history, BUILT_IN_MODEL).metrics("home")["mrr"] < 1


def test_a_shop_without_history_is_told_so() -> None:
    with pytest.raises(ValueError, match="no history"):
        evaluate(History([], [], CARDS), BUILT_IN_MODEL)


def test_the_model_beats_the_bestsellers_on_visits_with_a_taste() -> None:
    walks = [("l1", "l2", "l3"), ("p1", "p2", "p3"), ("m1", "m2", "m3")]
    train = [visit for number, walk in enumerate(walks) for visit in visits(10, *walk, days=number / 10)]
    test = [visit for number, walk in enumerate(walks) for visit in visits(3, *walk, days=3 + number / 10)]
    found = evaluate(
        History(train, test, [card(product, "Laptops") for walk in walks for product in walk]), BUILT_IN_MODEL
    )
    assert found.by_model["home"].steps == 18
    assert found.metrics("home")["mrr"] > 2 * found.by_trending["home"].metrics(found.products)["mrr"]
