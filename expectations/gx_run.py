"""Runs the rules of tables with Great Expectations and turns its results into ours.

Importing Great Expectations takes seconds, so only `expectations.validate` imports this module, when a gate runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

import great_expectations as gx
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent import PostgresDatasource
from great_expectations.datasource.fluent.interfaces import Batch
from great_expectations.expectations.core import ExpectTableRowCountToBeBetween, UnexpectedRowsExpectation
from great_expectations.expectations.expectation import Expectation
from sqlalchemy.engine import make_url

from expectations.data_docs import write_data_docs
from expectations.results import RuleResult
from expectations.tables import Table

SAMPLE_ROWS = 20


class Gate:
    """One validation of a layer, on a context that lives in memory and reports to nobody. Use it in a `with`."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._context = gx.get_context(mode="ephemeral")
        self._context.enable_analytics(False)
        self._context.variables.progress_bars = ProgressBarsConfig(globally=False)
        self._sources: dict[str, PostgresDatasource] = {}
        self._checked: list[tuple[Table, list[ExpectationValidationResult]]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for source in self._sources.values():
            source.get_execution_engine().close()
            source.get_engine().dispose()

    def check_table(self, table: Table, min_rows: int) -> list[RuleResult]:
        """All rules of one table, first that it has at least `min_rows` rows."""
        asset = self._source(table.schema).add_table_asset(table.relation)
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        volume: dict[str, Expectation] = {"rows_did_not_vanish": ExpectTableRowCountToBeBetween(min_value=min_rows)}
        rules = volume | dict(table.rules)
        queries = {name: rule for name, rule in rules.items() if isinstance(rule, UnexpectedRowsExpectation)}
        columns = {name: rule for name, rule in rules.items() if name not in queries}
        # SUMMARY keeps a few failed rows of a column rule however many there are; SQL rules give rows with COMPLETE
        results = [
            *_validate(batch, columns, {"result_format": "SUMMARY", "unexpected_index_column_names": list(table.key),
                                        "partial_unexpected_count": SAMPLE_ROWS}),
            *_validate(batch, queries, {"result_format": "COMPLETE"}),
        ]  # fmt: skip
        self._checked.append((table, results))
        row_count = next(int(r.result["observed_value"]) for r in results if _rule_name(r) == "rows_did_not_vanish")
        by_name = {_rule_name(result): _to_rule_result(table, result, row_count) for result in results}
        return [by_name[name] for name in rules]

    def write_docs(self, folder: Path) -> Path:
        """Data Docs of what was checked, in place of those of the run before; returns their first page."""
        return write_data_docs(self._context, self._checked, folder)

    def _source(self, schema: str) -> PostgresDatasource:
        if schema not in self._sources:
            # psycopg2 is the driver that Great Expectations knows
            url = make_url(self._database_url).set(drivername="postgresql+psycopg2")
            url = url.update_query_dict({"options": f"-c search_path={schema}"})
            connection = url.render_as_string(hide_password=False)
            self._sources[schema] = self._context.data_sources.add_postgres(schema, connection_string=connection)
        return self._sources[schema]


def _validate(
    batch: Batch, rules: Mapping[str, Expectation], result_format: dict[str, Any]
) -> Iterable[ExpectationValidationResult]:
    if not rules:
        return []
    for name, rule in rules.items():
        rule.meta = {"rule": name}
        rule.description = f"{name}. {rule.notes or ''}".rstrip()  # what Data Docs show
    suite = gx.ExpectationSuite(name="rules", expectations=list(rules.values()))
    return batch.validate(suite, result_format=result_format).results


def _rule_name(result: ExpectationValidationResult) -> str:
    return result.expectation_config.meta["rule"]  # type: ignore[union-attr]


def _to_rule_result(table: Table, result: ExpectationValidationResult, row_count: int) -> RuleResult:
    config, found = result.expectation_config, result.result
    assert config is not None
    column = config.kwargs.get("column") or ", ".join(config.kwargs.get("column_list", []))
    if config.type == "unexpected_rows_expectation":
        failed, sample = int(found.get("observed_value") or 0), found.get("details", {}).get("unexpected_rows", [])
    elif config.type == "expect_table_row_count_to_be_between":
        failed = 0 if result.success else 1
        sample = [] if result.success else [{"rows": row_count, "expected_at_least": config.kwargs["min_value"]}]
    else:
        failed, sample = int(found.get("unexpected_count") or 0), found.get("partial_unexpected_index_list") or []
    return RuleResult(
        rule=_rule_name(result),
        table=table.name,
        column=column,
        success=bool(result.success),
        checked_count=row_count if found.get("element_count") is None else int(found["element_count"]),
        failed_count=failed,
        sample=[table.masked(row) for row in sample[:SAMPLE_ROWS]],
        is_blocking=config.severity == "critical",
        error=_error(result),
    )


def _error(result: ExpectationValidationResult) -> str:
    """First line of what went wrong when a rule could not be evaluated, else empty."""
    details = result.exception_info or {}
    causes = [details] if "raised_exception" in details else list(details.values())
    raised = [str(cause["exception_message"]) for cause in causes if cause.get("raised_exception")]
    return raised[0].splitlines()[0].rstrip(".") if raised else ""
