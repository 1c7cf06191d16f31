from __future__ import annotations

from benchmarks.support.clicks import event
from recommendations.reasons import goes_with, popular_in, priced_like, seen_with

TITLES = {"laptop": "Aurora 14 Laptop"}


def test_reasons_are_sentences_also_without_a_title() -> None:
    assert goes_with(event("laptop", kind="purchase"), TITLES.get) == "Often bought with Aurora 14 Laptop"
    assert goes_with(event("phone", kind="cart"), TITLES.get) == "Goes with what you put in your cart"
    assert priced_like(event("laptop"), TITLES.get) == "Priced like Aurora 14 Laptop"
    assert priced_like(event("phone"), TITLES.get) == "Priced like what you look at now"
    assert (popular_in("Laptops"), popular_in("")) == ("Popular in Laptops", "Popular right now")
    assert seen_with(None, "similar") == "Often viewed together"


def test_long_titles_are_cut() -> None:
    assert seen_with("x" * 100, "together") == f"Often bought with {'x' * 59}…"
