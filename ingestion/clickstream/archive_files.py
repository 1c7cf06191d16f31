"""The archive's files that its manifest does not list: not listed yet, or replaced.

A kill leaves them, and they may hold whom an erasure looks for in listed files alone. So each is noted before it is
written, and goes with the next call.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg

LOCK = "archive.files"  # whoever writes files holds it: what is noted is then nobody's work in progress


@contextmanager
def writing_files(connection: psycopg.Connection, folder: Path) -> Iterator[None]:
    """Alone with the archive's files; what a killed writer left goes first. `connection` is in autocommit mode."""
    connection.execute("select pg_advisory_lock(hashtext(%s))", [LOCK])
    try:
        remove_unlisted(connection, folder)
        yield
        remove_unlisted(connection, folder)
    finally:
        with suppress(psycopg.OperationalError):  # a lost connection has lost its lock
            connection.execute("select pg_advisory_unlock(hashtext(%s))", [LOCK])


def new_file(connection: psycopg.Connection, day: date) -> str:
    """The path of a new file of the day, below the archive's folder, noted as not listed yet."""
    # a day gets a second file when events of it arrive after it was archived
    path = f"raw_clickstream/events/day={day}/{datetime.now(UTC):%Y%m%dT%H%M%S%f}.parquet"
    discard_file(connection, path)
    return path


def keep_file(connection: psycopg.Connection, path: str) -> None:
    """In the transaction that lists it: the file stays. Raises psycopg.Error, as all here."""
    connection.execute("delete from ops.unlisted_files where path = %s", [path])


def discard_file(connection: psycopg.Connection, path: str) -> None:
    """Note that the file goes at the next `remove_unlisted`, unless `keep_file` takes that back."""
    connection.execute("insert into ops.unlisted_files values (%s) on conflict do nothing", [path])


def unfinished(file: Path) -> Path:
    """The name of the file while it is written."""
    return file.with_suffix(".unfinished")


def remove_unlisted(connection: psycopg.Connection, folder: Path) -> None:
    """Remove the files that are noted, finished or not."""
    for (path,) in connection.execute("select path from ops.unlisted_files").fetchall():
        unfinished(folder / path).unlink(missing_ok=True)
        (folder / path).unlink(missing_ok=True)
        connection.execute("delete from ops.unlisted_files where path = %s", [path])
