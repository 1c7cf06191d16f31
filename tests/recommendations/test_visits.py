from __future__ import annotations

import pytest

from benchmarks.support.clicks import event
from recommendations.visits import visit_of


def test_a_visit_is_read_newest_first_with_what_was_done() -> None:
    events = [
        event("a", 0),
        event("b", 1),
        event("b", 2, "cart"),
        event("a", 3),
        event("c", 4),
        event("d", 5, "purchase"),
    ]
    visit = visit_of(events[::-1])
    assert [e.product_id for e in visit.latest] == ["d", "c", "a", "b"]
    assert visit.times == [1, 1, 2, 1]  # b was viewed and put in the cart: one step
    assert visit.strength == [3, 1, 1, 2]
    assert (visit.depth, visit.bought) == (4, {"d"})
    assert visit.returns == pytest.approx(1 / 5)
    assert visit.weights == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4], rel=0.01)


def test_earlier_visits_count_less_with_age_and_not_for_depth() -> None:
    days = 24 * 60
    visit = visit_of([event("a", 0, session_id="s0"), event("b", 6 * days), event("c", 6 * days + 1)])
    assert visit.depth == 2
    assert visit.weights[2] == pytest.approx(1 / 3 / 4, rel=0.01)
