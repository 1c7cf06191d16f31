"""The gates: check a layer of the warehouse and say which rows break which rule.

`python -m expectations.validate raw` (or staging, marts) prints the result and exits 1 when the gate is shut.
"""

from __future__ import annotations

import time
import uuid
from importlib import import_module
from pathlib import Path

import psycopg
import typer

from expectations import gate_log
from expectations.day_figures.counting import count_days
from expectations.results import GateResult, RuleResult
from expectations.schema_drift import check_columns
from expectations.tables import Table

LAYERS = ("raw", "staging", "marts")

# a table that lost half its rows since the last good run was truncated or read in part
KEPT_SHARE = 0.5
COUNTABLE = "days_can_be_counted"


def validate(
    layer: str,
    database_url: str,
    run_id: str | None = None,
    *,
    shop_timezone: str = "Europe/Paris",
    docs_dir: Path | None = None,
) -> GateResult:
    """Check every rule of a layer, log the run in schema ops, and return what was found.

    `shop_timezone` says where days end; Data Docs are written below `docs_dir` when it is given. Never raises for bad
    data: a rule that cannot be evaluated is a failed rule. Needs the tables of schema ops.
    ValueError for a layer that has no gate.
    """
    if layer not in LAYERS:
        raise ValueError(f"No gate for layer {layer!r}: there is one for each of {', '.join(LAYERS)}.")
    # Great Expectations takes seconds to import, which whoever imports this module should not pay
    rules_of_layer = import_module(f"expectations.{layer}")
    gx_run = import_module("expectations.gx_run")

    started = time.perf_counter()
    tables: list[Table] = rules_of_layer.tables()
    with psycopg.connect(database_url) as connection:
        drift = check_columns(connection, tables)
        last_counts = gate_log.last_row_counts(connection, layer)
    as_expected = {result.table for result in drift if result.success}
    results: list[RuleResult] = list(drift)
    sound = [table for table in tables if table.name in as_expected]
    if layer == "raw" and len(sound) == len(tables):
        results += _count_days(database_url, shop_timezone)
    with gx_run.Gate(database_url) as gate:
        for table in sound:
            min_rows = max(table.min_rows, int(last_counts.get(table.name, 0) * KEPT_SHARE))
            results += gate.check_table(table, min_rows)
        docs = gate.write_docs(docs_dir / layer) if docs_dir else None
    result = GateResult(layer, run_id or uuid.uuid4().hex, results, round(time.perf_counter() - started, 3), docs)
    with psycopg.connect(database_url) as connection:
        gate_log.write(connection, result)
    return result


def _count_days(database_url: str, shop_timezone: str) -> list[RuleResult]:
    """What the rules about days compare; a rule of its own that raw can be read for it."""
    try:
        with psycopg.connect(database_url) as connection:
            count_days(connection, shop_timezone)
    except psycopg.DataError as error:
        reason = str(error).splitlines()[0]
        return [RuleResult(COUNTABLE, "raw_shop.orders", "", False, 0, 1, [{"error": reason}], error=reason)]
    return []


def main(layer: str) -> None:
    """Check a layer (raw, staging or marts) of the configured warehouse; the exit code is 1 when its gate is shut."""
    from comptoir.settings import get_settings

    settings = get_settings()
    docs_dir = settings.data_docs_dir
    result = validate(layer, settings.database_url, shop_timezone=settings.shop_timezone, docs_dir=docs_dir)
    typer.echo(result.message)
    for warning in result.warnings:
        typer.echo(f"Warning: {warning.message}")
    raise typer.Exit(0 if result.success else 1)


if __name__ == "__main__":
    typer.run(main)
