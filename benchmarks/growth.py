"""The lander's time for a million more events, with none and with ten million in raw (about five minutes)."""

from __future__ import annotations

from benchmarks.clickstream import produced_event
from benchmarks.figure import Figure
from benchmarks.fresh_stores import fresh_stores
from benchmarks.landing import MORE_EVENTS_IN_FULL, growth


def measure() -> list[Figure]:
    """The one figure of the family `growth`."""
    with fresh_stores() as stores:
        return [growth(stores, produced_event, MORE_EVENTS_IN_FULL)]
