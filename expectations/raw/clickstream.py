"""Rules of gate_raw for the visitors' events, which the lander wrote; those about complete days are in days.py."""

from __future__ import annotations

from datetime import datetime, timedelta

import great_expectations.expectations as gxe
from great_expectations.expectations.metadata_types import FailureSeverity
from great_expectations.expectations.row_conditions import Column

from expectations.raw import days
from expectations.sql_rules import no_rows
from expectations.tables import Table, parse_columns


def table(now: datetime) -> Table:
    """raw_clickstream.events with its rules; `now` is the time of the check."""
    # older events were checked when they landed, and the key of raw_clickstream.event_ids lets no id land twice
    recent = Column("landed_at") > (now - timedelta(days=7)).isoformat()
    return Table(
        "raw_clickstream.events",
        key=("event_id",),
        columns=parse_columns("""
            event_id text, event_type text, event_name text, occurred_at timestamptz, received_at timestamptz,
            landed_at timestamptz, anonymous_id text, user_id text, session_id text, product_id text, properties
            jsonb, context jsonb, is_late boolean, is_bot boolean, time_flag text
        """),
        rules={
            "event_ids_are_unique": gxe.ExpectColumnValuesToBeUnique(column="event_id", row_condition=recent),
            "event_types_are_known": gxe.ExpectColumnValuesToBeInSet(
                column="event_type",
                value_set=["track", "page", "identify", "alias", "group", "withdrawal"],
                row_condition=recent,
            ),
            # a few devices have a wrong clock; many mean a fault of ours, or somebody who sends what he likes
            "events_are_not_in_the_future": gxe.ExpectColumnValuesToBeBetween(
                column="occurred_at",
                max_value=now + timedelta(hours=1),
                mostly=0.99,
                row_condition=recent,
                severity=FailureSeverity.WARNING,
                notes=f"{days.ANYBODY} Staging dates them by their receipt.",
            ),
            # blocking would only make the marts older, so these two warn
            "newest_event_is_of_today": no_rows(
                "select max(least(occurred_at, received_at)) as newest_event_at from {batch}"
                " having max(least(occurred_at, received_at)) < now() - interval '1 day'",
                severity="warning",
            ),
            "bad_events_are_few": no_rows(
                """
                with landed as (select count(*) as good from {batch} where landed_at > now() - interval '1 day'),
                refused as (
                    select count(*) as bad from raw_clickstream.bad_events where landed_at > now() - interval '1 day'
                )
                select good, bad from landed cross join refused where bad > 100 and bad > 0.05 * (good + bad)
                """,
                severity="warning",
            ),
            "conflicting_events_are_few": no_rows(
                """
                with conflicts as (
                    select count(*) as conflicts from raw_clickstream.duplicate_events
                    where is_conflict and landed_at > now() - interval '1 day'
                ),
                landed as (select count(*) as good from {batch} where landed_at > now() - interval '1 day')
                select good, conflicts from landed cross join conflicts where conflicts > 20 and conflicts > 0.01 * good
                """,
                severity="warning",
                why="Warns: the first of two events counts and the other is kept as a conflict, so no number changes.",
            ),
            **days.event_rules(),
        },
    )
