"""Where the demo shop's ids begin, and how new ones are given out."""

from __future__ import annotations

import itertools
from collections.abc import Callable

FIRST_IDS = {
    "product": 8_000_000_000_000,
    "variant": 44_000_000_000_000,
    "inventory_item": 46_000_000_000_000,
    "location": 70_000_000_000,
    "customer": 6_000_000_000_000,
    "order": 5_000_000_000_000,
    "order_number": 1001,
    "line": 13_000_000_000_000,
    "refund": 900_000_000_000,
    "refund_line": 400_000_000_000,
    "discount": 1_200_000_000_000,
    "discount_code": 15_000_000_000_000,
    "checkout": 30_000_000_000_000,
    "event": 160_000_000_000_000,
}
"""The first id of each kind. As large as Shopify's, so that no program comes to rely on small ids."""

NewId = Callable[[str], int]
"""Returns the next unused id of a kind (a key of FIRST_IDS)."""


class IdCounter:
    """New ids counted in memory, while there is no store yet. The store goes on above the highest id saved."""

    def __init__(self) -> None:
        self._counters = {kind: itertools.count(first) for kind, first in FIRST_IDS.items()}

    def __call__(self, kind: str) -> int:
        return next(self._counters[kind])
