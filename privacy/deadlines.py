"""The deadline of requests: the law gives a month, and who is told in good time can keep it. Counts and times only."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import psycopg

WARN_AFTER_DAYS = 20
OPEN = f"""
    select
        count(*) filter (where due_at <= now()),
        count(*) filter (where due_at > now() and received_at <= now() - interval '{WARN_AFTER_DAYS} days'),
        min(received_at),
        min(due_at)
    from pii.privacy_requests
    where handled_at is null
"""


class Deadlines(NamedTuple):
    """The open requests by their deadline."""

    late_count: int  # past it
    near_count: int  # not yet, but open for WARN_AFTER_DAYS
    oldest_received_at: datetime | None
    next_due_at: datetime | None

    @property
    def message(self) -> str:
        """The state as sentences for an operator, without a word about anybody."""
        if not self.oldest_received_at or not self.next_due_at:
            return "No request of a person about their data is open."
        if not self.late_count and not self.near_count:
            return f"Every open request is younger than {WARN_AFTER_DAYS} days."
        parts = [
            f"{count} {said}"
            for count, said in (
                (self.late_count, "past the month that the law gives"),
                (self.near_count, f"open for {WARN_AFTER_DAYS} days or more"),
            )
            if count
        ]
        return (
            f"Requests of persons about their data: {', '.join(parts)}; the oldest came on "
            f"{self.oldest_received_at:%Y-%m-%d}, the first is due on {self.next_due_at:%Y-%m-%d}. "
            "`comptoir privacy requests` lists them; docs/privacy.md says what to do."
        )


def read_deadlines(connection: psycopg.Connection) -> Deadlines:
    """The open requests by their deadline. Raises psycopg.Error."""
    row = connection.execute(OPEN.encode()).fetchone()
    return Deadlines(*row) if row else Deadlines(0, 0, None, None)
