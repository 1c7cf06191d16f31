"""Event names as shops write them."""

from __future__ import annotations

import pytest

from events.ecommerce import TRACK_PROPERTIES
from events.names import OLDER_NAMES, contract_name


@pytest.mark.parametrize(
    ("name", "known_as"),
    [
        ("Product Viewed", "Product Viewed"),
        ("product viewed", "Product Viewed"),
        (" Order  Completed ", "Order Completed"),
        ("Viewed Product", "Product Viewed"),
        ("COMPLETED ORDER", "Order Completed"),
        ("Added Product", "Product Added"),
        ("Newsletter Signed Up", "Newsletter Signed Up"),
    ],
)
def test_names_of_any_case_and_age(name: str, known_as: str) -> None:
    assert contract_name(name) == known_as


def test_older_names_mean_events_of_the_contract() -> None:
    assert set(OLDER_NAMES.values()) <= set(TRACK_PROPERTIES)
