"""Schema drift: a table keeps the columns and types that its readers rely on.

A removed or retyped column blocks, by one sentence that names each difference. An added column passes: nothing reads it
yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import great_expectations.expectations as gxe
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.expectations.expectation import Expectation

from expectations.results import RuleResult
from expectations.tables import Table

RULE = "columns_are_as_expected"
# an Airbyte server's destination writes varchar where ours writes text, and its version 2 gives numbers a scale
ACCEPTED_TYPES = {"text": ["TEXT", "VARCHAR"], "numeric": ["NUMERIC", "NUMERIC(38, 9)"]}


def column_rules(columns: Mapping[str, str]) -> list[Expectation]:
    """Expectations that a table has at least these columns (name -> type as information_schema spells it)."""
    if not columns:
        return []
    return [
        gxe.ExpectTableColumnsToMatchSet(column_set=list(columns), exact_match=False),
        *(
            gxe.ExpectColumnValuesToBeInTypeList(column=column, type_list=ACCEPTED_TYPES.get(kind, [kind.upper()]))
            for column, kind in columns.items()
        ),
    ]


def columns_result(table: Table, results: Sequence[ExpectationValidationResult]) -> RuleResult:
    """What `column_rules` found, as one result with a row `{column, expected, found}` for each difference."""
    found: dict[str, str] = {}
    for result in results:
        config = result.expectation_config
        if config is None or result.success:
            continue
        if config.type == "expect_table_columns_to_match_set":
            found |= dict.fromkeys(result.result["details"]["mismatched"]["missing"], "no such column")
        else:  # the type of a missing column cannot be observed
            found.setdefault(
                config.kwargs["column"], str(result.result.get("observed_value", "no such column")).lower()
            )
    differences: list[dict[str, Any]] = [
        {"column": column, "expected": table.columns[column], "found": kind} for column, kind in found.items()
    ]
    return RuleResult(RULE, table.name, "", not differences, len(table.columns), len(differences), differences)


def missing_table(table: Table, reason: str) -> RuleResult:
    """The result for a table that cannot be read at all."""
    return RuleResult(RULE, table.name, "", False, 0, 1, [{"expected": "table", "found": None}], error=reason)
