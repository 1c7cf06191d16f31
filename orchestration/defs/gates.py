"""The gates between the steps: load, gate_raw, staging, gate_staging, marts, gate_marts, publish."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from comptoir.settings import Settings
from expectations.results import GateResult
from expectations.validate import validate
from orchestration.dbt_manifest import model_keys
from orchestration.defs.clickstream import CLICKSTREAM_TABLES
from orchestration.defs.shop import COMPLETENESS, SHOP_TABLES
from orchestration.gate_checks import build_gate


@contextmanager
def without_spark() -> Iterator[None]:
    """Hide PySpark from Great Expectations, which imports it when it is installed.

    Dagster starts a run as a spawned process, whose main module has no file. PySpark takes that for its own doctests,
    misses a package for them, and ends the process with exit code 0.
    """
    if "pyspark" in sys.modules:
        yield
        return
    sys.modules["pyspark"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["pyspark"]


def validate_without_spark(layer: str, settings: Settings, run_id: str) -> GateResult:
    """The gate of a layer over the configured warehouse."""
    with without_spark():
        return validate(
            layer,
            settings.database_url_as("gatekeeper"),
            settings.shop_platform,
            run_id=run_id,
            shop_timezone=settings.shop_timezone,
            docs_dir=settings.data_docs_dir,
        )


gate_raw = build_gate("raw", [*SHOP_TABLES, COMPLETENESS, *CLICKSTREAM_TABLES], validate_without_spark)
gate_staging = build_gate("staging", model_keys("staging"), validate_without_spark)
gate_marts = build_gate("marts", model_keys("marts"), validate_without_spark)
