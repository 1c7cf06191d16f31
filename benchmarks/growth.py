"""The lander's time for a million more events, with none and with ten million in raw (about five minutes)."""

from __future__ import annotations

from benchmarks.clickstream import produced_event
from benchmarks.figure import Figure
from benchmarks.landing import MORE_EVENTS_IN_FULL, growth
from benchmarks.services import measuring_services


def measure() -> list[Figure]:
    """The one figure of the family `growth`."""
    with measuring_services() as services:
        return [growth(services, produced_event, MORE_EVENTS_IN_FULL)]
