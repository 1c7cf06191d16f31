"""Shop ingestion: the raw writer against a bare COPY and dlt, and syncs of a shop (about fifteen minutes)."""

from __future__ import annotations

from benchmarks.figure import Figure
from benchmarks.raw_writer import measure_writer
from benchmarks.services import measuring_services
from benchmarks.shop_sync import measure_sync


def measure() -> list[Figure]:
    """Every figure of the family `ingestion`."""
    with measuring_services() as services:
        return [*measure_writer(services.database_url), *measure_sync(services)]
