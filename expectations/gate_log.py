"""What a gate writes to schema ops: the result of every rule, and a sample of the rows that broke one."""

from __future__ import annotations

import json

import psycopg
from psycopg.types.json import Jsonb

from expectations.results import GateResult


def write(connection: psycopg.Connection, result: GateResult) -> None:
    """Write the run to ops.gate_results and its samples to ops.failed_rows, in place of an earlier try of this run."""
    with connection.cursor() as cursor:
        for table in ("ops.gate_results", "ops.failed_rows"):
            cursor.execute(f"delete from {table} where run_id = %s and gate = %s", [result.run_id, result.layer])
        cursor.executemany(
            """
            insert into ops.gate_results
                (run_id, gate, rule, table_name, column_name, is_success, checked_count, failed_count, message,
                is_accepted, is_blocking)
            values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                (result.run_id, result.layer, rule.rule, rule.table, rule.column, rule.success, rule.checked_count,
                 rule.failed_count, rule.message, bool(rule.acceptance), rule.is_blocking)
                for rule in result.rules
            ],
        )  # fmt: skip
        cursor.executemany(
            """
            insert into ops.failed_rows (gate, rule, table_name, column_name, row_data, run_id)
            values (%s, %s, %s, %s, %s, %s)
            """,
            [
                (result.layer, rule.rule, rule.table, rule.column, Jsonb(row, dumps=_dumps), result.run_id)
                for rule in result.rules
                for row in rule.sample
            ],
        )  # fmt: skip


def last_row_counts(connection: psycopg.Connection, layer: str) -> dict[str, int]:
    """Table name -> rows at the last run in which it had not lost most of them, or an operator accepted that it had."""
    rows = connection.execute(
        """
        select distinct on (table_name) table_name, checked_count
        from ops.gate_results
        where gate = %s and rule = 'rows_did_not_vanish' and (is_success or is_accepted)
        order by table_name, validated_at desc
        """,
        [layer],
    ).fetchall()
    return {table: count for table, count in rows if count is not None}


def _dumps(row: object) -> str:
    return json.dumps(row, default=str, ensure_ascii=False)
