"""How fast recommendations are: from a click to the changed list, and the calls that read it."""

from __future__ import annotations

from benchmarks.figure import Figure
from benchmarks.fresh_stores import fresh_stores
from benchmarks.freshness import freshness
from benchmarks.recommend_calls import recommend_calls


def measure() -> list[Figure]:
    """Every figure of the family `recommendations`; about five minutes."""
    with fresh_stores() as stores:
        return [*freshness(stores), *recommend_calls(stores)]
