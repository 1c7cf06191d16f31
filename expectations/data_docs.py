"""Data Docs: Great Expectations' pages for people, one a table: each rule, its reason, the rows that broke it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from great_expectations.core import ExpectationSuite, RunIdentifier
from great_expectations.core.expectation_validation_result import (
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
)
from great_expectations.data_context.types.resource_identifiers import (
    ExpectationSuiteIdentifier,
    ValidationResultIdentifier,
)

from expectations.results import SHOWN_ROWS
from expectations.tables import Table

if TYPE_CHECKING:
    from great_expectations.data_context import EphemeralDataContext

SITE = "gate"


def write_data_docs(
    context: EphemeralDataContext, checked: Sequence[tuple[Table, Sequence[ExpectationValidationResult]]], folder: Path
) -> Path:
    """Write the pages into `folder`, in place of what is there, and return the path of `index.html`."""
    run = RunIdentifier(run_time=datetime.now(UTC))
    for table, results in checked:
        _store(context, table, results, run)
    shutil.rmtree(folder, ignore_errors=True)
    context.add_data_docs_site(SITE, {
        "class_name": "SiteBuilder",
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    })  # fmt: skip
    context.build_data_docs([SITE])
    return folder / "index.html"


def _store(
    context: EphemeralDataContext, table: Table, results: Sequence[ExpectationValidationResult], run: RunIdentifier
) -> None:
    shown = [_with_rows(_without_persons(table, result)) for result in results]
    configurations = [result.expectation_config for result in shown if result.expectation_config]
    context.suites.add(ExpectationSuite(name=table.name, expectations=configurations))
    succeeded = sum(bool(result.success) for result in shown)
    whole = ExpectationSuiteValidationResult(
        success=succeeded == len(shown),
        results=shown,
        suite_name=table.name,
        statistics={
            "evaluated_expectations": len(shown),
            "successful_expectations": succeeded,
            "unsuccessful_expectations": len(shown) - succeeded,
            "success_percent": 100 * succeeded / len(shown),
        },
        meta={"run_id": run, "validation_time": str(run.run_time)},
    )
    identifier = ValidationResultIdentifier(ExpectationSuiteIdentifier(table.name), run, table.schema)
    context.validation_results_store.set(identifier, whole)


def _with_rows(result: ExpectationValidationResult) -> ExpectationValidationResult:
    """The page shows how many rows break an SQL rule, but not which: the first are told with its description."""
    found, config = result.result, result.expectation_config
    rows = found.get("partial_unexpected_index_list") or found.get("details", {}).get("unexpected_rows") or []
    if config and rows and not result.success:
        told = "; ".join(", ".join(f"{name}: {value}" for name, value in row.items()) for row in rows[:SHOWN_ROWS])
        config.description = f"{config.description} Broken by: {told}."
    return result


def _without_persons(table: Table, result: ExpectationValidationResult) -> ExpectationValidationResult:
    """Lists of bare values go where a column names a person; rows keep their keys and hide those columns."""
    if not table.personal:
        return result
    found = result.result
    if result.expectation_config and result.expectation_config.kwargs.get("column") in table.personal:
        for bare in ("partial_unexpected_list", "partial_unexpected_counts"):
            found.pop(bare, None)
    for rows in (found.get("partial_unexpected_index_list"), found.get("details", {}).get("unexpected_rows")):
        if rows:
            rows[:] = [table.masked(row) for row in rows]
    return result
