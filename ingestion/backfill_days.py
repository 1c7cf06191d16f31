"""Which days a backfill can build again, and in which parts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import psycopg

from ingestion.clickstream.day_partitions import days_in_raw

ARCHIVED = "select day from ops.archived_days where restored_at is null"
DAYS_AT_ONCE = 31  # dbt's increments hold the ids of what they build again in memory


class BackfillError(RuntimeError):
    """These days cannot be built again; nothing was changed."""


def check_days(database_url: str, first: date, last: date, today: date) -> None:
    """Raise BackfillError when the days (of the shop's time zone, both included) cannot be built again.

    Because they are in the wrong order or in the future, before everything that the warehouse holds, or because the
    clicks of one of them are in the archive.
    """
    if first > last:
        raise BackfillError(f"The first day, {first}, is after the last, {last}: give the earlier one first.")
    if last > today:
        raise BackfillError(f"{last} has not been yet: the last day can be {today} at the latest.")
    try:
        with psycopg.connect(database_url, application_name="backfill") as connection:
            # also a day that has a partition again, for events that came after it was archived
            archived = {day for (day,) in connection.execute(ARCHIVED)}
            [(first_order,)] = connection.execute("select min(order_date) from staging.stg_shop__orders")
            known = archived.union(days_in_raw(connection), {first_order} - {None})
    except psycopg.errors.UndefinedTable as error:
        raise BackfillError("The warehouse was never built: `comptoir run daily` does it.") from error
    if not known or first < min(known):
        begins = f"the warehouse begins with {min(known)}" if known else "the warehouse holds neither clicks nor orders"
        raise BackfillError(f"There is nothing to build of {first}: {begins}.")
    missing = sorted(day for day in archived if first <= day <= last)
    if missing:
        raise BackfillError(
            f"The clicks of {_days(missing)} are in the archive: bring each day back first, with"
            f" `comptoir clicks restore-archive {missing[0]}`; it stays for a week."
        )


def parts_of(first: date, last: date, days: int = DAYS_AT_ONCE) -> Iterator[tuple[date, date]]:
    """The days in parts of at most `days`, as first and last day of each."""
    while first <= last:
        end = min(last, first + timedelta(days=days - 1))
        yield first, end
        first = end + timedelta(days=1)


def _days(days: list[date]) -> str:
    if len(days) == 1:
        return str(days[0])
    return f"{len(days)} days from {days[0]} to {days[-1]}"
