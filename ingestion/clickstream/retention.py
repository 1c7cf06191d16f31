"""The end of a click: days of raw and files of the archive that are older than anybody may keep them."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import psycopg
from psycopg import sql

from comptoir.audit import operator, write_audit
from ingestion.clickstream.archive import DAY_FOLDERS, LOCK_TIMEOUT, ArchiveError
from ingestion.clickstream.day_partitions import days_in_raw, partition_name


def drop_old_days(database_url: str, before: date) -> int:
    """Drop the partitions of days before `before` (UTC), not archived or restored; returns how many events went.

    event_ids keeps their keys, so that no replay lands them again. Raises ArchiveError when a day is in use; days
    dropped before stay dropped.
    """
    dropped = 0
    with psycopg.connect(database_url, autocommit=True, application_name="retention") as connection:
        for day in [day for day in days_in_raw(connection) if day < before]:
            partition = sql.Identifier("raw_clickstream", partition_name(day))
            try:
                with connection.transaction():
                    connection.execute(sql.SQL("set local lock_timeout = {}").format(LOCK_TIMEOUT))
                    connection.execute(sql.SQL("lock table {} in access exclusive mode").format(partition))
                    row = connection.execute(sql.SQL("select count(*) from {}").format(partition)).fetchone()
                    events = row[0] if row else 0
                    connection.execute(sql.SQL("drop table {}").format(partition))
                    write_audit(connection, "expire", {"day": str(day)}, {"rows": events}, operator())
            except psycopg.errors.LockNotAvailable as error:
                raise ArchiveError(
                    f"Events of {day} are in use, so they were not deleted: run again when no query reads them."
                ) from error
            dropped += events
    return dropped


def delete_old_files(database_url: str, folder: Path, before: date) -> int:
    """Delete the archive's days before `before` with their lines in ops.archived_days; returns how many files went.

    Whole folders, so that what a kill left beside a file goes too. The files go first: after a kill their lines tell
    the next call that it has something to do. Raises psycopg.Error.
    """
    for day_folder in folder.glob(DAY_FOLDERS):
        if date.fromisoformat(day_folder.name.removeprefix("day=")) < before:
            shutil.rmtree(day_folder)
    with psycopg.connect(database_url, application_name="retention") as connection:
        files = connection.execute(
            "delete from ops.archived_days where day < %s returning rows_count", [before]
        ).fetchall()
        if files:
            rows = sum(count for (count,) in files)
            write_audit(connection, "expire", {"archive before": str(before)}, {"rows": rows}, operator())
    return len(files)
