from __future__ import annotations

from benchmarks.support.clicks import event
from recommendations.reasons import chosen_with, goes_with, popular_in, priced_like, viewed_with

TITLES = {"laptop": "Aurora 14 Laptop"}


def test_reasons_are_sentences_also_without_a_title() -> None:
    assert goes_with(event("laptop", kind="purchase"), TITLES.get) == "Also viewed with Aurora 14 Laptop"
    assert goes_with(event("phone", kind="cart"), TITLES.get) == "Also viewed with what you put in your cart"
    assert priced_like(event("laptop"), TITLES.get) == "Priced like Aurora 14 Laptop"
    assert priced_like(event("phone"), TITLES.get) == "Priced like what you look at now"
    assert (popular_in("Laptops"), popular_in("")) == ("Popular in Laptops", "Popular right now")
    assert (viewed_with(None), chosen_with(None)) == ("Also viewed with it", "Chosen together")


def test_often_bought_takes_two_sessions_that_bought_both() -> None:
    assert [chosen_with("X", bought) for bought in (0, 1, 2)] == [
        "Chosen with X",
        "Chosen with X",
        "Often bought with X",
    ]


def test_long_titles_are_cut() -> None:
    assert chosen_with("x" * 100) == f"Chosen with {'x' * 59}…"
