"""How fast recommendations are and what they cost: from a click to the changed list, and the calls that read it."""

from __future__ import annotations

from benchmarks.figure import Figure
from benchmarks.fresh_stores import fresh_stores
from benchmarks.freshness import bare_delays
from benchmarks.recommend_calls import recommend_calls
from benchmarks.stream_cost import LOADS, cost_figures, delay_figures, stream_cost


def measure() -> list[Figure]:
    """Every figure of the family `recommendations`; about ten minutes, twice as much with another checkout."""
    with fresh_stores() as stores:
        ours, other = stream_cost(stores)
        bare = bare_delays(stores, LOADS)
        return [*delay_figures(ours, bare), *cost_figures(ours, other), *recommend_calls(stores)]
