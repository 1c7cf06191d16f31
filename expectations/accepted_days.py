"""An operator acknowledges that an unusual day is right: a campaign, a holiday, an outage nobody can repair."""

from __future__ import annotations

from datetime import date

import psycopg


class NothingToAcceptError(RuntimeError):
    """No gate has found the day unusual by that rule."""


def accept_day(database_url: str, rule: str, day: date, reason: str, actor: str) -> None:
    """Let the rule skip the day from the next gate on; a row of ops.accepted_days says who accepted it and why.

    Raises NothingToAcceptError when no gate has found the day by this rule: a day cannot be accepted beforehand, nor
    for a rule that is not about days.
    """
    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            # the shop's own figures have days, too, but no rule that compares them with other days
            "select 1 from ops.failed_rows where rule = %s and row_data ->> 'day' = %s"
            " and table_name <> 'ops.completeness' limit 1",
            [rule, day.isoformat()],
        ).fetchone()
        if not found:
            raise NothingToAcceptError(
                f"No gate found {day} odd by {rule}; ops.failed_rows lists the days and rules that can be accepted."
            )
        connection.execute(
            """
            insert into ops.accepted_days (rule, day, reason, accepted_by) values (%s, %s, %s, %s)
            on conflict (rule, day) do update
            set reason = excluded.reason, accepted_by = excluded.accepted_by, accepted_at = now()
            """,
            [rule, day, reason, actor],
        )
