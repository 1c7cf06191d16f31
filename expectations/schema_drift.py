"""Schema drift: a table that lost a column or changed its type is stopped by the name of the difference.

Columns that were added pass: nothing reads them yet. Runs before the rules, because a rule on a missing column
could only say that its query failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from expectations.results import RuleResult
from expectations.tables import Table

RULE = "columns_are_as_expected"
SAME = {"character varying": "text"}  # an Airbyte server's destination says varchar where ours says text


def check_columns(connection: psycopg.Connection, tables: Sequence[Table]) -> list[RuleResult]:
    """One result per table, with a sample row `{column, expected, found}` for each difference."""
    known = connection.execute(
        """
        select table_schema || '.' || table_name, column_name, data_type
        from information_schema.columns
        where table_schema = any(%s)
        """,
        [sorted({table.schema for table in tables})],
    ).fetchall()
    found: dict[str, dict[str, str]] = {}
    for table_name, column, kind in known:
        found.setdefault(table_name, {})[column] = kind
    return [_compare(table, found.get(table.name)) for table in tables]


def _compare(table: Table, found: dict[str, str] | None) -> RuleResult:
    if found is None:
        missing = "the table does not exist"
        return RuleResult(RULE, table.name, "", False, 0, 1, [{"expected": "table", "found": None}], error=missing)
    differences: list[dict[str, Any]] = [
        {"column": column, "expected": expected, "found": found.get(column, "no such column")}
        for column, expected in table.columns.items()
        if _plain(found.get(column)) != _plain(expected)
    ]
    return RuleResult(RULE, table.name, "", not differences, len(table.columns), len(differences), differences)


def _plain(kind: str | None) -> str | None:
    return SAME.get(kind or "", kind)
