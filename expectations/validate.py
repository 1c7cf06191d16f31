"""The gates: check a layer of the warehouse and say which rows break which rule.

`python -m expectations.validate raw` (or staging, marts) prints the result and exits 1 when the gate is shut.
"""

from __future__ import annotations

import time
import uuid
from importlib import import_module

import psycopg
import typer

from expectations import gate_log
from expectations.results import GateResult, RuleResult
from expectations.schema_drift import check_columns
from expectations.tables import Table

LAYERS = ("raw", "staging", "marts")

# a table that lost half its rows since the last good run was truncated or read in part
KEPT_SHARE = 0.5


def validate(layer: str, database_url: str, run_id: str | None = None) -> GateResult:
    """Check every rule of a layer, log the run in schema ops, and return what was found.

    Never raises for bad data: a rule that cannot be evaluated is a failed rule. Needs the tables of schema ops.
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
    for schema in dict.fromkeys(table.schema for table in sound):
        with gx_run.connected(database_url, schema) as source:
            for table in sound:
                if table.schema == schema:
                    min_rows = max(table.min_rows, int(last_counts.get(table.name, 0) * KEPT_SHARE))
                    results += gx_run.check_table(source, table, min_rows)
    result = GateResult(layer, run_id or uuid.uuid4().hex, results, round(time.perf_counter() - started, 3))
    with psycopg.connect(database_url) as connection:
        gate_log.write(connection, result)
    return result


def main(layer: str) -> None:
    """Check a layer (raw, staging or marts) of the configured warehouse; the exit code is 1 when its gate is shut."""
    from comptoir.settings import get_settings

    result = validate(layer, get_settings().database_url)
    typer.echo(result.message)
    for warning in result.warnings:
        typer.echo(f"Warning: {warning.message}")
    raise typer.Exit(0 if result.success else 1)


if __name__ == "__main__":
    typer.run(main)
