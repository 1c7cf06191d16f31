"""Rules written in SQL, for what no rule about a column can say: a query for the rows that should not be."""

from __future__ import annotations

from typing import Any, Literal

import great_expectations.expectations as gxe
from great_expectations.execution_engine import ExecutionEngine
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.results import MASK, SAMPLE_ROWS

Severity = Literal["critical", "warning"]


class ExpectNoRows(gxe.UnexpectedRowsExpectation):
    """The rule that a query finds no row; its result holds the first rows found, whatever the result format is.

    Values of `masked_columns` are replaced before anything is stored, so neither Data Docs nor schema ops shows them.
    """

    masked_columns: tuple[str, ...] = ()

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: ExecutionEngine | None = None,
    ) -> dict[str, Any]:
        count = metrics["unexpected_rows_query.row_count"]
        rows = [self._masked(row) for row in metrics["unexpected_rows_query.table"][:SAMPLE_ROWS]]
        return {"success": count == 0, "result": {"observed_value": count, "details": {"unexpected_rows": rows}}}

    def _masked(self, row: dict[str, Any]) -> dict[str, Any]:
        hidden = {column for column in row if column in self.masked_columns and row[column] is not None}
        return {column: MASK if column in hidden else value for column, value in row.items()}


def no_rows(query: str, severity: Severity = "critical", why: str | None = None) -> ExpectNoRows:
    """The rule that `query` finds nothing; `{batch}` in it is the table under the rule, with an alias of its own.

    Select the keys and the values at fault: they become the sample. Literal braces are doubled. `why` says why the
    rule blocks or only warns; Data Docs and docs/gates.md show it.
    """
    return ExpectNoRows(unexpected_rows_query=query, severity=FailureSeverity(severity), notes=why)
