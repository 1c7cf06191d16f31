"""Schema drift: a table keeps the columns and types that its readers rely on.

A removed or retyped column blocks, by one sentence that names each difference. An added column passes: nothing reads it
yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from great_expectations.execution_engine import ExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation

RULE = "columns_are_as_expected"
SAME = {"varchar": "text"}  # an Airbyte server's destination writes varchar where ours writes text


class ExpectColumns(BatchExpectation):
    """A table has at least these columns, of these types (name -> type in full).

    Great Expectations' own rules take one column each: over a hundred of them make a gate seconds slower. The result
    has a row `{column, expected, found}` for each difference.
    """

    columns: Mapping[str, str]

    metric_dependencies = ("table.column_types",)
    success_keys: ClassVar[tuple[str, ...]] = ("columns",)
    args_keys: ClassVar[tuple[str, ...]] = ("columns",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: ExecutionEngine | None = None,
    ) -> dict[str, Any]:
        found = {column["name"]: _plain(str(column["type"]).lower()) for column in metrics["table.column_types"]}
        differences = [
            {"column": column, "expected": expected, "found": found.get(column, "no such column")}
            for column, expected in self.columns.items()
            if found.get(column) != _plain(expected)
        ]
        return {
            "success": not differences,
            "result": {
                "element_count": len(self.columns),
                "observed_value": len(differences),
                "details": {"unexpected_rows": differences},
            },
        }


def _plain(kind: str) -> str:
    """The type without length or scale."""
    name = kind.partition("(")[0]
    return SAME.get(name, name)
