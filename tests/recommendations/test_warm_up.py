from __future__ import annotations

import pytest
from numba.core.dispatcher import Dispatcher

from benchmarks.support.clicks import event, session
from recommendations import features, near_lists, ranking
from recommendations.scoring import for_visitors
from recommendations.warm_up import warm_up_numba
from tests.support.shops import card, shop_of


@pytest.fixture(autouse=True)
def nothing_compiled() -> None:
    """As in a new process: other tests of this one called the functions, one of them with types of its own."""
    for module in (features, ranking, near_lists):
        for function in vars(module).values():
            if isinstance(function, Dispatcher):
                function._reset_overloads()


def test_what_is_made_ready_is_all_that_a_shop_calls() -> None:
    functions = (features.describe_candidates, ranking.utilities, ranking.best, near_lists._raise)
    warm_up_numba()
    ready = [function.signatures for function in functions]
    shop = shop_of([session("a", "b"), session("a", "c")], [card("a", "Laptops", "Aurora", 10)])
    for_visitors({"v": [event("b", 0, "purchase"), event("a", 1)]}, shop)
    shop.add_pairs({})
    assert [function.signatures for function in functions] == ready
    assert all(len(signatures) == 1 for signatures in ready)
