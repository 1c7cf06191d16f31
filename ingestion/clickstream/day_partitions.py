"""The daily Postgres partitions of raw_clickstream.events: created for the first event of a day, or a day ahead.

Raises psycopg.Error when Postgres fails.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import psycopg

PARTITION_NAME = "events_%Y%m%d"


def partition_name(day: date) -> str:
    """Name of the day's partition, in schema raw_clickstream."""
    return day.strftime(PARTITION_NAME)


def days_in_raw(connection: psycopg.Connection) -> list[date]:
    """The UTC days that have a partition, oldest first."""
    rows = connection.execute(
        """
        select to_date(right(relname, 8), 'YYYYMMDD')
        from pg_inherits inner join pg_class on pg_class.oid = pg_inherits.inhrelid
        where inhparent = 'raw_clickstream.events'::regclass
        order by 1
        """
    )
    return [day for (day,) in rows]


class DayPartitions:
    """Creates missing partitions; remembers the days it has seen, so that most batches need no query."""

    def __init__(self, connection: psycopg.Connection):
        """`connection` is in autocommit mode: a partition stays even if the batch it was created for fails."""
        self._connection = connection
        self._known: set[date] = set()

    def add(self, days: Iterable[date]) -> None:
        """Create the partitions that are missing, without blocking readers and writers of other days."""
        for day in sorted(set(days) - self._known):
            self._connection.execute("select raw_clickstream.add_day(%s)", [day])
            self._known.add(day)

    def add_ahead(self) -> None:
        """Create those of today and tomorrow (UTC), so that nothing is special about midnight."""
        today = datetime.now(UTC).date()
        self.add([today, today + timedelta(days=1)])
