"""How fast recommendations are: from a click to the changed list, and the calls that read it."""

from __future__ import annotations

from benchmarks.figure import Figure
from benchmarks.freshness import freshness
from benchmarks.recommend_calls import recommend_calls
from benchmarks.services import measuring_services


def measure() -> list[Figure]:
    """Every figure of the family `recommendations`; about five minutes."""
    with measuring_services() as services:
        return [*freshness(services), *recommend_calls(services)]
