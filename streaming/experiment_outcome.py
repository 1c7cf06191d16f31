"""The outcome of the recommendation experiment, from marts.mart_experiment_daily."""

from __future__ import annotations

import psycopg

from recommendations.guard_rails import DAYS, OUTCOMES, GuardRails, guard_rails_of

SUMS = f"""
    select arm, sum(visitors_count)::bigint, {", ".join(f"sum({name})::bigint" for name in OUTCOMES)}
    from marts.mart_experiment_daily
    where event_date > (select max(event_date) from marts.mart_experiment_daily) - {DAYS}
    group by arm
"""


def read_guard_rails(database_url: str) -> GuardRails:
    """Compare the arms over the last DAYS days of the mart. Raises psycopg.Error."""
    with psycopg.connect(database_url) as connection:
        return guard_rails_of({row[0]: row[1:] for row in connection.execute(SUMS.encode())})
