from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.support.clicks import random_events
from recommendations.candidates import candidates_of
from recommendations.catalogue import ProductCard
from recommendations.features import FEATURES
from recommendations.scoring import for_visitors
from recommendations.session_counts import ProductEvent
from recommendations.visits import visit_of
from tests.support.plain_lists import neighbours, plain_features, plain_list
from tests.support.shops import shop_of


def some_shop(rng: random.Random, products: int) -> list[ProductCard]:
    """Cards with and without title, category, brand and price; some are not sold."""
    return [
        ProductCard(
            str(8000 + number),
            rng.choice([None, f"Product {number}"]),
            rng.choice([None, "Laptops", "Phones", "Bags"]),
            rng.choice([None, "Aurora", "Borealis"]),
            rng.choice([None, 0, 100, rng.randint(5, 900)]),
            rng.random() < 0.9,
        )
        for number in range(products)
    ]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 250), st.booleans())
def test_compiled_lists_are_those_of_the_plain_words(seed: int, products: int, again: bool) -> None:
    rng = random.Random(seed)
    visits: dict[str, list[ProductEvent]] = {}
    for event in random_events(rng, sessions=60, products=products):
        visits.setdefault(event.session_id, []).append(event)
    shop = shop_of(list(visits.values())[:40], some_shop(rng, products))
    shop.catalogue.consumables = frozenset({"Bags"} if again else ())
    for visitor, shown in for_visitors(visits, shop).items():
        plain = plain_list(visits[visitor], shop)
        assert shown.product_ids == [product for product, _ in plain]
        assert shown.scores == pytest.approx([score for _, score in plain])
    some = list(visits.values())[:5]
    found = candidates_of([visit_of(events) for events in some], shop)
    near = [neighbours(visit_of(events), shop) for events in some]
    for row, number, values in zip(found.row, found.product, found.values.tolist(), strict=True):
        features = plain_features(shop.catalogue.products[number], visit_of(some[row]), shop, near[row])
        assert dict(zip(FEATURES, values, strict=True)) == pytest.approx(features)
