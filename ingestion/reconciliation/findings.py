"""The findings of one check, and how they are saved in ops.completeness.

gate_raw reads the newest check and fails on a finding that is not complete. The next sync reads again from the
`resync_since` of such a finding, and the next check covers everything since the last complete one. Every function
here raises psycopg.Error when Postgres fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

import psycopg

# for what the shop wrote late or with a clock that lagged; the connector's own look-back is as long
OVERLAP = timedelta(days=1)
# the newest changes may not be in every list of the shop yet
SETTLING = timedelta(seconds=30)

COLUMNS = """
    checked_at, stream, measure, day, currency, shop_count, raw_count, shop_total, raw_total, is_complete, resync_since,
    message, checked_until
"""


@dataclass(frozen=True)
class Window:
    """What a check covers: changes from `since` to `until` by the shop's clock; before `start` nothing was read."""

    start: datetime
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Finding:
    """One comparison: of a stream, or of the orders of a day and currency.

    `message` says in one sentence what is wrong; empty when raw is complete. `resync_since`: when the oldest change
    that raw lacks was made.
    """

    stream: str
    measure: str
    shop_count: int | None = None
    raw_count: int | None = None
    day: date | None = None
    currency: str | None = None
    shop_total: Decimal | None = None
    raw_total: Decimal | None = None
    resync_since: datetime | None = None
    message: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether raw holds what the shop has."""
        return not self.message


@dataclass
class Completeness:
    """The result of a check: its findings, and how many keys it marked as deleted."""

    findings: list[Finding] = field(default_factory=list)
    deleted_count: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether every finding is."""
        return all(finding.is_complete for finding in self.findings)

    @property
    def message(self) -> str:
        """One line: what is wrong, or that raw is complete."""
        wrong = [finding.message for finding in self.findings if not finding.is_complete]
        marked = f", {self.deleted_count} deleted there" if self.deleted_count else ""
        return "; ".join(wrong) or f"raw holds what the shop has ({len(self.findings)} comparisons{marked})"


def window(connection: psycopg.Connection, start: datetime, now: datetime) -> Window:
    """From a day before the end of the last complete check (or from `start`) to the shop's `now`."""
    row = connection.execute(
        "select max(checked_until) from (select checked_until from ops.completeness"
        " group by checked_at, checked_until having bool_and(is_complete)) as complete"
    ).fetchone()
    since = row[0] - OVERLAP if row and row[0] else start
    return Window(start, max(since, start), now - SETTLING)


def last_check(connection: psycopg.Connection) -> tuple[bool, datetime | None]:
    """Whether the newest check was complete, and since when to read again if it was not; (True, None) without any."""
    row = connection.execute(
        "select bool_and(is_complete), min(resync_since) filter (where not is_complete) from ops.completeness"
        " where checked_at = (select max(checked_at) from ops.completeness)"
    ).fetchone()
    return (True, None) if not row or row[0] is None else (row[0], row[1])


def last_measured(connection: psycopg.Connection, measure: str) -> datetime | None:
    """When a check last had a finding of this measure; None: never."""
    row = connection.execute("select max(checked_at) from ops.completeness where measure = %s", [measure]).fetchone()
    return row[0] if row else None


def save(connection: psycopg.Connection, findings: Sequence[Finding], until: datetime | None) -> None:
    """Save the findings of one check, all with the time of the transaction as `checked_at`."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            f"insert into ops.completeness ({COLUMNS}) values (now(), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    *(finding.stream, finding.measure, finding.day, finding.currency),
                    *(finding.shop_count, finding.raw_count, finding.shop_total, finding.raw_total),
                    *(finding.is_complete, finding.resync_since, finding.message, until),
                )
                for finding in findings
            ],
        )
