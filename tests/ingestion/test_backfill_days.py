"""Which days a backfill takes: each it cannot build again is refused in one sentence."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from ingestion.backfill_days import BackfillError, check_days, parts_of

TODAY = date(2026, 11, 28)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.services
def test_days_that_cannot_be_built_again_are_refused_with_the_reason(database: str) -> None:
    with pytest.raises(BackfillError, match="never built: `comptoir run daily`"):
        check_days(database, TODAY, TODAY, TODAY)
    with psycopg.connect(database) as connection:
        connection.execute("create table staging.stg_shop__orders (order_date date)")

    def refusal(first: str, last: str) -> str:
        with pytest.raises(BackfillError) as refused:
            check_days(database, day(first), day(last), TODAY)
        return str(refused.value)

    assert "holds neither clicks nor orders" in refusal("2026-11-01", "2026-11-02")
    with psycopg.connect(database) as connection:
        connection.execute("insert into staging.stg_shop__orders values ('2025-06-01')")
        # the second day has a partition again, for an event that came later; the third was brought back
        for archived, has_partition, restored_at in (
            ("2026-10-01", False, None), ("2026-10-02", True, None), ("2026-11-01", True, "2026-11-27"),
        ):  # fmt: skip
            connection.execute(
                "insert into ops.archived_days (day, path, rows_count, checksum, bytes_count, restored_at)"
                " values (%s, %s, 1, '', 1, %s)",
                [archived, archived, restored_at],
            )
            if has_partition:
                connection.execute("select raw_clickstream.add_day(%s::date)", [archived])
    assert refusal("2026-11-02", "2026-11-01").startswith("The first day, 2026-11-02, is after the last, 2026-11-01:")
    assert refusal("2026-11-01", "2026-11-29").startswith("2026-11-29 has not been yet: the last day can be 2026-11-28")
    assert refusal("2025-05-31", "2026-11-01") == (
        "There is nothing to build of 2025-05-31: the warehouse begins with 2025-06-01."
    )
    assert refusal("2026-10-02", "2026-11-01") == (
        "The clicks of 2026-10-02 are in the archive: bring each day back first, with"
        " `comptoir clicks restore-archive 2026-10-02`; it stays for a week."
    )
    assert "2 days from 2026-10-01 to 2026-10-02" in refusal("2026-09-01", "2026-11-28")
    check_days(database, day("2026-10-03"), TODAY, TODAY)
    check_days(database, day("2025-06-01"), day("2026-09-30"), TODAY)


def test_many_days_are_taken_in_parts_that_leave_none_out() -> None:
    parts = list(parts_of(day("2026-01-01"), day("2026-03-05"), 31))
    assert parts == [
        (day("2026-01-01"), day("2026-01-31")),
        (day("2026-02-01"), day("2026-03-03")),
        (day("2026-03-04"), day("2026-03-05")),
    ]
    assert list(parts_of(TODAY, TODAY)) == [(TODAY, TODAY)]
