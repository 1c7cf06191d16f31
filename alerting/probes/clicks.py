"""The clicks: what share of an hour's events breaks the contract, and whether they are landed."""

from __future__ import annotations

import psycopg

from alerting.condition import DATA_ENGINEERING, STOREFRONT, Condition, Severity
from comptoir.settings import Settings

FEWEST = 50  # bad events in an hour; below, one broken client would be an alert
SHOWN = 5


def look_at_clicks(settings: Settings, connection: psycopg.Connection) -> list[Condition]:
    """An unusual share of bad events among those landed in the last hour. Raises psycopg.Error."""
    row = connection.execute(
        "select coalesce(sum(bad_count), 0), coalesce(sum(records_count), 0) from raw_clickstream.landing_runs"
        " where finished_at > now() - interval '1 hour'"
    ).fetchone()
    bad, records = (int(value) for value in row) if row else (0, 0)
    if bad < FEWEST or bad <= settings.bad_events_limit * records:
        return []
    reasons = connection.execute(
        "select reason, count(*) as events from raw_clickstream.bad_events"
        " where landed_at > now() - interval '1 hour' group by reason order by events desc, reason limit %s",
        [SHOWN],
    ).fetchall()
    return [
        Condition(
            key="clicks/bad",
            title=f"{bad / records:.0%} of the events break the contract",
            cause=f"{bad:,} of the {records:,} events landed in the last hour break the contract; they are kept in "
            "raw_clickstream.bad_events with their reasons.",
            severity=Severity.WARNING,
            owners=(STOREFRONT, DATA_ENGINEERING),
            rows=tuple({"reason": reason, "events": events} for reason, events in reasons),
        )
    ]
