"""An operator lets a rule pass for a while that is not about a day: with who, why and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import psycopg

from expectations.accepted_days import NothingToAcceptError
from expectations.results import RuleResult


def accept_rule(database_url: str, rule: str, table: str | None, reason: str, until: date, actor: str) -> str:
    """Let the rule pass on the table up to and including `until`, for as many rows as its last gate found, and no more.

    A row of ops.accepted_rules says who accepted it and why. Returns the table. Raises NothingToAcceptError when the
    last gate did not find the rule broken, when several tables break it and none is named, or when `until` is past.
    """
    if until < date.today():
        raise NothingToAcceptError(f"{until} is past: accept {rule} until today or a later day.")
    with psycopg.connect(database_url) as connection:
        broken = connection.execute(
            """
            select table_name, gate, failed_count from (
                select distinct on (table_name, column_name) table_name, gate, failed_count, is_success
                from ops.gate_results
                where rule = %s and (%s::text is null or table_name = %s)
                order by table_name, column_name, validated_at desc
            ) as newest
            where not is_success
            order by table_name
            """,
            [rule, table, table],
        ).fetchall()
        if not broken:
            where = f" on {table}" if table else ""
            raise NothingToAcceptError(
                f"No gate found {rule} broken{where}; ops.gate_results lists the rules that are, and their tables."
            )
        if len(names := {name for name, _, _ in broken}) > 1:
            raise NothingToAcceptError(f"{rule} is broken on {', '.join(sorted(names))}: say which with --table.")
        name, gate, failed = max(broken, key=lambda row: row[2])
        connection.execute(
            """
            insert into ops.accepted_rules (gate, rule, table_name, failed_count, reason, accepted_by, accepted_until)
            values (%s, %s, %s, %s, %s, %s, %s)
            """,
            [gate, rule, name, failed, reason, actor, until],
        )
    return str(name)


def with_acceptances(connection: psycopg.Connection, layer: str, results: Sequence[RuleResult]) -> list[RuleResult]:
    """The results, with the acceptance in force in those that are broken by no more rows than were accepted."""
    rows = connection.execute(
        """
        select rule, table_name, failed_count, accepted_by, accepted_until, reason from ops.accepted_rules
        where gate = %s and accepted_until >= current_date
        order by failed_count
        """,
        [layer],
    ).fetchall()
    accepted = {(rule, table): row for rule, table, *row in rows}  # the one for the most rows
    return [_with_acceptance(result, accepted.get((result.rule, result.table))) for result in results]


def _with_acceptance(result: RuleResult, row: Sequence[object] | None) -> RuleResult:
    if result.success or row is None:
        return result
    failed, actor, until, reason = row
    if not isinstance(failed, int) or result.failed_count > failed:
        return result
    return replace(result, acceptance=f"accepted by {actor} until {until}: {reason}")
