"""Shop ingestion: the raw writer against a bare COPY and dlt, and syncs of a shop (about fifteen minutes)."""

from __future__ import annotations

from benchmarks.figure import Figure
from benchmarks.fresh_stores import fresh_stores
from benchmarks.raw_writer import measure_writer
from benchmarks.shop_sync import measure_sync


def measure() -> list[Figure]:
    """Every figure of the family `ingestion`."""
    with fresh_stores() as stores:
        return [*measure_writer(stores.database_url), *measure_sync(stores)]
