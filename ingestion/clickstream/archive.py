"""Moves old days of raw_clickstream.events to Parquet files, and restores them.

A day's partition is dropped only after its file was read back and every value found equal: the checksum is over the
rows, not over the file. ops.archived_days lists each file; event_ids keeps the ids, so that no replay lands them again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from types import NoneType
from typing import Any, get_args

import msgspec
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from psycopg import sql

from comptoir.audit import operator, write_audit
from ingestion.clickstream.archive_files import discard_file, keep_file, new_file, unfinished, writing_files
from ingestion.clickstream.day_partitions import DayPartitions, days_in_raw, partition_name
from ingestion.clickstream.records import LandedEvent, event_key

ROWS_AT_A_TIME = 20_000
DAY_FOLDERS = "raw_clickstream/events/day=*"  # below the archive's folder
LOCK_TIMEOUT = "5s"  # a long query may hold a day for longer; then the next run tries again
RESTORED_STAY = timedelta(days=7)  # before a restored day is archived again

_ARROW_TYPES = {str: pa.string(), int: pa.int64(), bool: pa.bool_(), datetime: pa.timestamp("us", tz="UTC")}
JSON_COLUMNS = ("properties", "context")  # archived as the text that Postgres prints


def _arrow_type(annotation: Any) -> pa.DataType:
    """Of a field of LandedEvent: a plain type, one with None, or a Literal of texts."""
    options = {option if isinstance(option, type) else type(option) for option in get_args(annotation)} - {NoneType}
    [python_type] = options or {annotation}
    return _ARROW_TYPES[python_type]


SCHEMA = pa.schema([(field.name, _arrow_type(field.type)) for field in msgspec.structs.fields(LandedEvent)])


class ArchiveError(RuntimeError):
    """A day could not be archived or restored; raw was not changed."""


@dataclass(frozen=True)
class ArchivedDay:
    """One Parquet file of a day; `path` is relative to the archive's folder, `checksum` is over the rows (hex)."""

    day: date
    path: str
    rows: int
    checksum: str
    bytes: int


def archive_old_days(database_url: str, folder: Path, live_days: int, today: date | None = None) -> list[ArchivedDay]:
    """Archive every UTC day older than `live_days` days, except those restored in the last week.

    `today` (UTC) is that of the clock by default.

    Raises ArchiveError when a day is in use or its file cannot be verified; days archived before stay archived.
    """
    before = (today or datetime.now(UTC).date()) - timedelta(days=live_days)
    with psycopg.connect(database_url, autocommit=True, application_name="archive") as connection:
        restored = {
            day
            for (day,) in connection.execute(
                "select day from ops.archived_days where restored_at > now() - %s", [RESTORED_STAY]
            )
        }
        old = [day for day in days_in_raw(connection) if day < before and day not in restored]
        return [archived for day in old if (archived := archive_day(connection, folder, day))]


def archive_day(connection: psycopg.Connection, folder: Path, day: date) -> ArchivedDay | None:
    """Write the day's Parquet file, read it back, then drop the day's partition; None when it held no row.

    In one transaction; readers are blocked only by the drop. Raises ArchiveError when the day is in use or the file
    differs from the rows: then the partition stays.
    """
    partition = sql.Identifier("raw_clickstream", partition_name(day))
    try:
        with writing_files(connection, folder):
            path = new_file(connection, day)
            with connection.transaction():
                connection.execute(sql.SQL("set local lock_timeout = {}").format(LOCK_TIMEOUT))
                connection.execute("set local timezone = 'UTC'")
                connection.execute(sql.SQL("lock table {} in share row exclusive mode").format(partition))
                archived = write_day_file(folder, path, day, _read_day(connection, partition))
                if archived:
                    _list_in_manifest(connection, archived)
                connection.execute(sql.SQL("drop table {}").format(partition))
    except psycopg.errors.LockNotAvailable as error:
        raise ArchiveError(
            f"Events of {day} are in use, so they were not archived: run again when no query reads them."
        ) from error
    return archived


def restore_day(database_url: str, folder: Path, day: date) -> int:
    """Restore an archived day to raw; returns the number of rows. Erased events are left out.

    Does nothing when the day is restored already. Raises ArchiveError when the day was never archived, or when a
    file is missing or damaged.
    """
    with psycopg.connect(database_url, autocommit=True, application_name="restore") as connection:
        files = connection.execute(
            "select path, rows_count, checksum, restored_at from ops.archived_days where day = %s order by path", [day]
        ).fetchall()
        if not files:
            raise ArchiveError(f"{day} was never archived: choose a day that is listed in ops.archived_days.")
        waiting = [ArchivedDay(day, path, rows, checksum, 0) for path, rows, checksum, at in files if at is None]
        for archived in waiting:
            _verify(folder, archived)
        with connection.transaction():
            DayPartitions(connection).add([day])
            restored = sum(_copy_back(connection, folder, archived) for archived in waiting)
            connection.execute("update ops.archived_days set restored_at = now() where day = %s", [day])
            if waiting:
                write_audit(connection, "restore", {"day": str(day)}, {"rows": restored}, operator())
    return restored


def write_day_file(folder: Path, path: str, day: date, batches: Iterable[pa.RecordBatch]) -> ArchivedDay | None:
    """Write the rows of a day to the new file `path` and read it back; None, and no file, when there are none.

    Raises ArchiveError when the file differs from the rows.
    """
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    begun = unfinished(target)
    checksum, rows = _Checksum(), 0
    with pq.ParquetWriter(begun, SCHEMA, compression="zstd") as writer:
        for batch in batches:
            checksum.add(batch)
            rows += batch.num_rows
            writer.write_batch(batch)
    if not rows:
        begun.unlink()
        return None
    _sync(begun)
    begun.replace(target)
    _sync(target.parent)
    archived = ArchivedDay(day, path, rows, checksum.value, target.stat().st_size)
    _verify(folder, archived)
    return archived


def _list_in_manifest(connection: psycopg.Connection, archived: ArchivedDay) -> None:
    """In place of the files that were restored: it contains what came from them."""
    superseded = connection.execute(
        "delete from ops.archived_days where day = %s and restored_at is not null returning path", [archived.day]
    ).fetchall()
    connection.execute(
        "insert into ops.archived_days (day, path, rows_count, checksum, bytes_count) values (%s, %s, %s, %s, %s)",
        [archived.day, archived.path, archived.rows, archived.checksum, archived.bytes],
    )
    write_audit(connection, "archive", {"day": str(archived.day)}, {"rows": archived.rows}, operator())
    keep_file(connection, archived.path)
    for (path,) in superseded:
        discard_file(connection, path)


def _verify(folder: Path, archived: ArchivedDay) -> None:
    checksum, rows = _Checksum(), 0
    try:
        for batch in _read_file(folder / archived.path):
            checksum.add(batch)
            rows += batch.num_rows
    except (OSError, pa.ArrowException) as error:
        raise ArchiveError(
            f"{folder / archived.path} cannot be read: {error}. Raw was not changed; restore the file from a backup."
        ) from error
    if (rows, checksum.value) != (archived.rows, archived.checksum):
        raise ArchiveError(
            f"{folder / archived.path} holds {rows} rows with checksum {checksum.value}, but {archived.rows} with "
            f"{archived.checksum} were written: the file is damaged. Raw was not changed; restore it from a backup."
        )


def _read_day(connection: psycopg.Connection, partition: sql.Identifier) -> Iterator[pa.RecordBatch]:
    columns = [
        sql.SQL("{}::text" if name in JSON_COLUMNS else "{}").format(sql.Identifier(name)) for name in SCHEMA.names
    ]
    query = sql.SQL("select {} from {} order by kafka_topic, kafka_partition, kafka_offset")
    with connection.cursor("day") as cursor:
        cursor.execute(query.format(sql.SQL(", ").join(columns), partition))
        while rows := cursor.fetchmany(ROWS_AT_A_TIME):
            arrays = [
                pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), SCHEMA.types, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def _read_file(path: Path) -> Iterable[pa.RecordBatch]:
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(ROWS_AT_A_TIME)


def _copy_back(connection: psycopg.Connection, folder: Path, archived: ArchivedDay) -> int:
    erased = {
        key.hex
        for (key,) in connection.execute(
            "select event_key from raw_clickstream.event_ids where day = %s and erased_at is not null", [archived.day]
        )
    }
    rows = 0
    statement = sql.SQL("copy raw_clickstream.events ({}) from stdin").format(
        sql.SQL(", ").join(map(sql.Identifier, SCHEMA.names))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for batch in _read_file(folder / archived.path):
            for row in zip(*(column.to_pylist() for column in batch.select(SCHEMA.names).columns), strict=True):
                if not erased or event_key(row[0]) not in erased:
                    copy.write_row(row)
                    rows += 1
    return rows


class _Checksum:
    """Over the rows in their order, whatever batches they come in."""

    def __init__(self) -> None:
        self._hash = blake2b(digest_size=16)

    def add(self, batch: pa.RecordBatch) -> None:
        """Times count as microseconds, so that Postgres' and Parquet's are equal."""
        plain = [c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c for c in batch.columns]
        for row in zip(*(column.to_pylist() for column in plain), strict=True):
            self._hash.update(repr(row).encode())

    @property
    def value(self) -> str:
        return self._hash.hexdigest()


def _sync(path: Path) -> None:
    """What is dropped from Postgres must be on disk, not in a cache."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
