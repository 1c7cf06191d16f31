"""Days that are too old leave raw and the archive, also after a kill in between, and no replay lands them again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.support.events import wire
from ingestion.clickstream.archive import archive_old_days, restore_day
from ingestion.clickstream.retention import delete_old_files, drop_old_days
from tests.support.landing import land_values, rows

pytestmark = pytest.mark.services

TODAY = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
AGES = (0, 9, 10, 11)
BEFORE = TODAY.date() - timedelta(days=10)  # of ten days ago something stays
VALUES = [
    wire(messageId=f"{age}-{n}", receivedAt=TODAY - timedelta(days=age), timestamp=TODAY - timedelta(days=age))
    for age in AGES
    for n in range(3)
]
EVENTS = "select distinct received_at::date from raw_clickstream.events order by 1"


def test_a_day_of_raw_goes_and_is_never_landed_again(database: str) -> None:
    land_values(database, VALUES)
    assert drop_old_days(database, BEFORE) == 3 and drop_old_days(database, BEFORE) == 0
    left = [(TODAY.date() - timedelta(days=age),) for age in (10, 9, 0)]
    assert rows(database, EVENTS) == left
    assert land_values(database, VALUES, group="again").events == 0
    assert rows(database, EVENTS) == left
    assert rows(database, "select action, counts from ops.audit_log") == [("expire", {"rows": 3})]


def test_the_archive_keeps_the_younger_days(database: str, tmp_path: Path) -> None:
    land_values(database, VALUES)
    archived = archive_old_days(database, tmp_path, 9, TODAY.date())
    assert len(archived) == 2
    young, old = sorted((tmp_path / day.path for day in archived), reverse=True)
    (old.parent / "half.unfinished").write_bytes(b"left by a kill")
    assert delete_old_files(database, tmp_path, BEFORE) == 1
    assert young.exists() and not old.parent.exists()
    assert rows(database, "select day from ops.archived_days") == [(BEFORE,)]
    assert restore_day(database, tmp_path, BEFORE) == 3
    assert delete_old_files(database, tmp_path, BEFORE) == 0


def test_a_kill_between_a_file_and_its_line_is_made_good(database: str, tmp_path: Path) -> None:
    land_values(database, VALUES)
    [old] = [day for day in archive_old_days(database, tmp_path, 9, TODAY.date()) if day.day < BEFORE]
    (tmp_path / old.path).unlink()
    assert delete_old_files(database, tmp_path, BEFORE) == 1
    assert rows(database, "select count(*) from ops.archived_days where day < %s", BEFORE) == [(0,)]
