"""The gates: check a layer of the warehouse and report which rows break which rule."""

from __future__ import annotations

import time
import uuid
from importlib import import_module
from pathlib import Path

import psycopg

from expectations import gate_log
from expectations.accepted_rules import with_acceptances
from expectations.day_figures.counting import count_days
from expectations.results import GateResult, RuleResult
from expectations.shop_platform import PLATFORMS
from expectations.tables import Table

LAYERS = ("raw", "staging", "marts")

# a table that lost half its rows since the last good run was truncated or read in part
KEPT_SHARE = 0.5
COUNTABLE = "days_can_be_counted"


def validate(
    layer: str,
    database_url: str,
    platform: str,
    *,
    run_id: str | None = None,
    shop_timezone: str = "Europe/Paris",
    docs_dir: Path | None = None,
) -> GateResult:
    """Check every rule of a layer (raw, staging or marts) and log the run in schema ops, whose tables must exist.

    `platform` is what the shop runs on, shopify or magento; `shop_timezone` says where days end; Data Docs are written
    into `docs_dir`/`layer` when it is given. Bad data raises nothing: a rule that cannot be evaluated has failed.
    Raises ValueError for an unknown layer or platform, psycopg.OperationalError when the database cannot be reached.
    """
    if layer not in LAYERS:
        raise ValueError(f"No gate for layer {layer!r}: there is one for each of {', '.join(LAYERS)}.")
    if platform not in PLATFORMS:
        raise ValueError(f"No rules for a shop on {platform!r}: there are some for {' and '.join(PLATFORMS)}.")
    # Great Expectations takes seconds to import, which whoever imports this module should not pay
    rules_of_layer = import_module(f"expectations.{layer}")
    checkpoint = import_module("expectations.checkpoint")

    started = time.perf_counter()
    tables: list[Table] = rules_of_layer.tables(platform)
    with psycopg.connect(database_url) as connection:
        last_counts = gate_log.last_row_counts(connection, layer)
    min_rows = {table.name: max(table.min_rows, int(last_counts.get(table.name, 0) * KEPT_SHARE)) for table in tables}
    counted = _count_days(database_url, platform, shop_timezone) if layer == "raw" else []
    docs = docs_dir / layer if docs_dir else None
    results: list[RuleResult] = checkpoint.run_checkpoint(layer, database_url, tables, min_rows, docs)
    if not any(result.rule == "columns_are_as_expected" and not result.success for result in results):
        results = counted + results  # a missing column would be the reason why days cannot be counted
    with psycopg.connect(database_url) as connection:
        results = with_acceptances(connection, layer, results)
    result = GateResult(
        layer=layer,
        run_id=run_id or uuid.uuid4().hex,
        rules=results,
        seconds=round(time.perf_counter() - started, 3),
        docs=docs / "index.html" if docs else None,
    )
    with psycopg.connect(database_url) as connection:
        gate_log.write(connection, result)
    return result


def _count_days(database_url: str, platform: str, shop_timezone: str) -> list[RuleResult]:
    """Count the figures that the rules about days compare; a failed rule when raw holds what cannot be read."""
    try:
        with psycopg.connect(database_url) as connection:
            count_days(connection, platform, shop_timezone)
    except (psycopg.DataError, psycopg.ProgrammingError) as error:
        reason = str(error).splitlines()[0]
        return [RuleResult(COUNTABLE, "raw_shop.orders", "", False, 0, 1, [{"error": reason}], error=reason)]
    return []
