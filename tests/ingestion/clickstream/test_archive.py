"""Days move from raw to Parquet and back, unchanged row by row; no day is dropped before its file is verified."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from benchmarks.support.events import wire
from ingestion.clickstream import archive
from ingestion.clickstream.archive import ArchiveError, archive_day, archive_old_days, restore_day
from tests.support.landing import execute, hashes, land_values, rows

pytestmark = pytest.mark.services

TODAY = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
OLD = TODAY - timedelta(days=11)
DAYS_IN_RAW = "select count(*) from pg_inherits where inhparent = 'raw_clickstream.events'::regclass"


def land_days(database: str, count: int = 50) -> None:
    """Events of today and of 9, 10 and 11 days ago, with many kinds of texts and times."""
    ages = (0, 9, 10, 11)
    values = [
        wire(
            messageId=f"{age}-{number}",
            receivedAt=TODAY - timedelta(days=age),
            timestamp=TODAY - timedelta(days=age, microseconds=number),
            userId=None if number % 2 else f"u\t{number}",
            properties={"product_id": 7, "price": 0.1 * number, "name": 'é "\\ \n', "big": 12345678901234567890},
        )
        for age in ages
        for number in range(count)
    ]
    land_values(database, values)


def test_days_older_than_the_setting_leave_and_come_back_identical(database: str, tmp_path: Path) -> None:
    land_days(database)
    before = hashes(database)
    archived = archive_old_days(database, tmp_path, 9, TODAY.date())
    assert [(day.day, day.rows) for day in archived] == [
        (OLD.date(), 50),
        (OLD.date() + timedelta(days=1), 50),
    ]
    assert rows(database, "select count(*), min(received_at) from raw_clickstream.events") == [
        (100, TODAY - timedelta(days=9))
    ]
    for day in archived:
        assert (tmp_path / day.path).stat().st_size == day.bytes
        assert f"day={day.day}" in day.path
        assert restore_day(database, tmp_path, day.day) == 50
        assert restore_day(database, tmp_path, day.day) == 0  # it is in raw already
    assert hashes(database) == before
    actions = rows(database, "select action, counts from ops.audit_log order by audit_id")
    assert actions == [("archive", {"rows": 50})] * 2 + [("restore", {"rows": 50})] * 2


def test_second_run_does_nothing_and_restored_days_stay_a_week(database: str, tmp_path: Path) -> None:
    land_days(database, 2)
    archive_old_days(database, tmp_path, 9, TODAY.date())
    assert archive_old_days(database, tmp_path, 9, TODAY.date()) == []
    restore_day(database, tmp_path, OLD.date())
    assert archive_old_days(database, tmp_path, 9, TODAY.date()) == []
    execute(database, "update ops.archived_days set restored_at = restored_at - interval '8 days'")
    [again] = archive_old_days(database, tmp_path, 9, TODAY.date())
    assert (again.day, again.rows) == (OLD.date(), 2)
    assert [str(p.relative_to(tmp_path)) for p in tmp_path.glob(f"**/day={OLD.date()}/*")] == [again.path]


def test_events_that_come_after_their_day_left_get_a_file_of_their_own(database: str, tmp_path: Path) -> None:
    land_days(database, 2)
    archive_old_days(database, tmp_path, 9, TODAY.date())
    land_values(database, [wire(messageId="0-0"), wire(receivedAt=OLD, messageId="straggler")], 8)
    [late] = archive_old_days(database, tmp_path, 9, TODAY.date())
    assert late.rows == 1
    assert restore_day(database, tmp_path, OLD.date()) == 3


def test_archived_ids_are_still_known(database: str, tmp_path: Path) -> None:
    value = wire(messageId="m", receivedAt=OLD)
    land_values(database, [value])
    archive_old_days(database, tmp_path, 9, TODAY.date())
    assert land_values(database, [value], 1).duplicates == 1
    assert land_values(database, [value], 0, group="reads the log again").events == 0
    assert rows(database, "select count(*) from raw_clickstream.events") == [(0,)]


def test_day_stays_when_its_file_is_not_what_was_written(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    land_days(database, 3)
    before = hashes(database)
    read = archive._read_file

    def damaged(path: Path) -> Any:
        return (batch.slice(1) for batch in read(path))

    monkeypatch.setattr(archive, "_read_file", damaged)
    with pytest.raises(ArchiveError, match="damaged"):
        archive_old_days(database, tmp_path, 9, TODAY.date())
    assert hashes(database) == before
    assert rows(database, "select count(*) from ops.archived_days") == [(0,)]
    monkeypatch.undo()
    assert len(archive_old_days(database, tmp_path, 9, TODAY.date())) == 2


def test_damaged_or_missing_file_is_never_read_back(database: str, tmp_path: Path) -> None:
    land_days(database, 3)
    first, second = archive_old_days(database, tmp_path, 9, TODAY.date())
    content = bytearray((tmp_path / first.path).read_bytes())
    content[len(content) // 3] ^= 0xFF
    (tmp_path / first.path).write_bytes(content)
    (tmp_path / second.path).unlink()
    for day, said in ((first.day, r"damaged|cannot be read"), (second.day, "cannot be read")):
        with pytest.raises(ArchiveError, match=said):
            restore_day(database, tmp_path, day)
    assert rows(database, "select count(*) from raw_clickstream.events") == [(6,)]
    with pytest.raises(ArchiveError, match="never archived"):
        restore_day(database, tmp_path, TODAY.date())


def test_erased_events_do_not_come_back(database: str, tmp_path: Path) -> None:
    land_days(database, 3)
    archive_old_days(database, tmp_path, 9, TODAY.date())
    execute(database, "update raw_clickstream.event_ids set erased_at = now() where event_key = md5('11-1')::uuid")
    assert restore_day(database, tmp_path, OLD.date()) == 2


def test_day_in_use_stays_until_the_next_run(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LOCK_TIMEOUT", "200ms")
    land_days(database, 1)
    with psycopg.connect(database) as reader:
        reader.execute("select count(*) from raw_clickstream.events")
        with pytest.raises(ArchiveError, match="in use"):
            archive_old_days(database, tmp_path, 9, TODAY.date())
    assert len(archive_old_days(database, tmp_path, 9, TODAY.date())) == 2


def test_empty_day_is_dropped_without_a_file(database: str, tmp_path: Path) -> None:
    execute(database, "select raw_clickstream.add_day('2020-01-01')")
    before = rows(database, DAYS_IN_RAW)[0][0]
    with psycopg.connect(database, autocommit=True) as connection:
        assert archive_day(connection, tmp_path, datetime(2020, 1, 1).date()) is None
    assert rows(database, DAYS_IN_RAW) == [(before - 1,)]
    assert list(tmp_path.rglob("*.*")) == []


@pytest.mark.parametrize("killed_at", ["_verify", "_list_in_manifest"])
def test_a_killed_archiver_leaves_no_file_that_nobody_lists(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed_at: str
) -> None:
    land_days(database)

    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(archive, killed_at, kill)
        archive_old_days(database, tmp_path, live_days=1)
    [left] = tmp_path.rglob("*.parquet")
    left.with_suffix(".unfinished").touch()  # one that was killed even earlier
    listed = {tmp_path / archived.path for archived in archive_old_days(database, tmp_path, live_days=1)}
    assert {file for file in tmp_path.rglob("*") if file.is_file()} == listed and left not in listed
    assert rows(database, "select count(*) from ops.unlisted_files") == [(0,)]
