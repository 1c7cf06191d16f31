"""Runs the rules of a layer as one checkpoint of Great Expectations and turns its results into ours.

Importing Great Expectations takes seconds, so only `expectations.validate` imports this module, when a gate runs.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import great_expectations as gx
from great_expectations.compatibility.pydantic import PrivateAttr
from great_expectations.core.expectation_validation_result import (
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
)
from great_expectations.data_context import EphemeralDataContext
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent import PostgresDatasource
from great_expectations.datasource.fluent.interfaces import TestConnectionError
from great_expectations.expectations.core import ExpectTableRowCountToBeBetween
from great_expectations.expectations.expectation import Expectation
from sqlalchemy.engine import make_url

from expectations import data_docs
from expectations.columns import RULE as COLUMNS
from expectations.columns import ExpectColumns
from expectations.results import SAMPLE_ROWS, RuleResult
from expectations.sql_rules import ExpectNoRows
from expectations.tables import Table

VOLUME = "rows_did_not_vanish"


class TableValidation(gx.ValidationDefinition):
    """A validation whose failed rows carry the table's key: a checkpoint has one result format for all its tables."""

    _key: list[str] = PrivateAttr(default_factory=list)

    def run(self, *, result_format: object = None, **arguments: Any) -> ExpectationSuiteValidationResult:
        """Validate the table, with a few of the failed rows of each rule, however many there are."""
        return super().run(
            result_format={
                "result_format": "SUMMARY",
                "unexpected_index_column_names": self._key,
                "partial_unexpected_count": SAMPLE_ROWS,
            },
            **arguments,
        )


def run_checkpoint(
    layer: str, database_url: str, tables: Sequence[Table], min_rows: Mapping[str, int], docs: Path | None = None
) -> list[RuleResult]:
    """Results of all rules, table by table; Data Docs go into the folder `docs`, in place of what is there.

    `min_rows` is how many rows each table must have, by its name. A table that lacks a column has one result, which
    names the difference: its other rules could only say that their query failed.
    """
    context = _context()
    results: dict[str, list[RuleResult]] = {table.name: [] for table in tables}
    validations: list[gx.ValidationDefinition] = []
    with ExitStack() as stack:
        sources = {schema: _source(context, schema, database_url, stack) for schema in {t.schema for t in tables}}
        for table in tables:
            try:
                asset = sources[table.schema].add_table_asset(table.relation)
            except TestConnectionError as error:
                results[table.name] = [_missing(table, error)]
                continue
            suite = context.suites.add(gx.ExpectationSuite(table.name, _rules(table, min_rows[table.name])))
            validation = TableValidation(
                name=table.name, data=asset.add_batch_definition_whole_table("all"), suite=suite
            )
            validation._key = list(table.key)
            validations.append(context.validation_definitions.add(validation))
        if validations:
            for found in _run(context, layer, validations, docs):
                table = next(table for table in tables if table.name == found.suite_name)
                results[table.name] = _table_results(table, found.results)
    return [result for table in tables for result in results[table.name]]


def _context() -> EphemeralDataContext:
    """A context that lives in memory and reports to nobody."""
    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def _source(context: EphemeralDataContext, schema: str, database_url: str, stack: ExitStack) -> PostgresDatasource:
    # psycopg2 is the driver that Great Expectations knows
    url = make_url(database_url).set(drivername="postgresql+psycopg2")
    url = url.update_query_dict({"options": f"-c search_path={schema}"})
    source = context.data_sources.add_postgres(schema, connection_string=url.render_as_string(hide_password=False))
    stack.callback(source.get_engine().dispose)
    stack.callback(lambda: source.get_execution_engine().close())
    return source


def _rules(table: Table, min_rows: int) -> list[Expectation]:
    """The table's suite: its columns, its size, then its rules. `meta` holds the name that messages and `ops` use."""
    rules: dict[str, Expectation] = {VOLUME: ExpectTableRowCountToBeBetween(min_value=min_rows), **table.rules}
    if table.columns:
        rules = {COLUMNS: ExpectColumns(columns=table.columns)} | rules
    for name, rule in rules.items():
        rule.meta = {"rule": name}
        rule.description = f"{name}. {rule.notes or ''}".rstrip()  # what Data Docs show
        if isinstance(rule, ExpectNoRows):
            rule.masked_columns = tuple(sorted(table.personal))
    return list(rules.values())


def _run(
    context: EphemeralDataContext, layer: str, validations: list[gx.ValidationDefinition], docs: Path | None
) -> list[ExpectationSuiteValidationResult]:
    # run() adds the checkpoint to the context; one that the context returns has lost the keys of its validations
    results = list(gx.Checkpoint(name=layer, validation_definitions=validations).run().run_results.values())
    if docs:
        shutil.rmtree(docs, ignore_errors=True)
        data_docs.add_site(context, docs)
        # once for all tables: the checkpoint's UpdateDataDocsAction would build the site again for each
        context.build_data_docs([data_docs.SITE])
    return results


def _table_results(table: Table, results: Sequence[ExpectationValidationResult]) -> list[RuleResult]:
    row_count = next(int(result.result.get("observed_value") or 0) for result in results if _name(result) == VOLUME)
    by_name = {_name(result): _to_rule_result(table, result, row_count) for result in results}
    if COLUMNS in by_name and not by_name[COLUMNS].success:
        return [by_name[COLUMNS]]
    return [by_name[name] for name in (COLUMNS, VOLUME, *table.rules) if name in by_name]


def _name(result: ExpectationValidationResult) -> str:
    return result.expectation_config.meta["rule"]  # type: ignore[union-attr]


def _to_rule_result(table: Table, result: ExpectationValidationResult, row_count: int) -> RuleResult:
    config, found = result.expectation_config, result.result
    assert config is not None
    sample = data_docs.failed_rows(result)
    if config.type in (ExpectNoRows.expectation_type, ExpectColumns.expectation_type):
        failed = int(found.get("observed_value") or 0)
    elif config.type == ExpectTableRowCountToBeBetween.expectation_type:
        failed = 0 if result.success else 1
        sample = [] if result.success else [{"rows": row_count, "expected_at_least": config.kwargs["min_value"]}]
    else:
        failed = int(found.get("unexpected_count") or 0)
    return RuleResult(
        rule=_name(result),
        table=table.name,
        column=config.kwargs.get("column") or ", ".join(config.kwargs.get("column_list", [])),
        success=bool(result.success),
        checked_count=row_count if found.get("element_count") is None else int(found["element_count"]),
        failed_count=failed,
        sample=sample[:SAMPLE_ROWS],
        is_blocking=config.severity == "critical",
        error=_error(result),
        is_by_day="ops.accepted_days" in str(config.kwargs.get("unexpected_rows_query", "")),
    )


def _error(result: ExpectationValidationResult) -> str:
    """First line of what went wrong when a rule could not be evaluated, else empty."""
    details = result.exception_info or {}
    causes = [details] if "raised_exception" in details else list(details.values())
    raised = [str(cause["exception_message"]) for cause in causes if cause.get("raised_exception")]
    return raised[0].splitlines()[0].rstrip(".") if raised else ""


def _missing(table: Table, error: TestConnectionError) -> RuleResult:
    """The result for a table that cannot be read at all."""
    reason = "the table does not exist" if "does not exist" in str(error) else str(error).splitlines()[0].rstrip(".")
    return RuleResult(COLUMNS, table.name, "", False, 0, 1, [{"expected": "table", "found": None}], error=reason)
