"""Erases a person from raw clicks: events, refused bytes, and the archive, whose files are written again without them.

event_ids keeps each erased event's key with `erased_at`: no replay and no repeat lands it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.clickstream.archive import ROWS_AT_A_TIME, SCHEMA, ArchiveError, write_day_file
from ingestion.clickstream.archive_files import (
    discard_file,
    keep_file,
    new_file,
    remove_unlisted,
    writing_files,
)
from ingestion.clickstream.records import event_key
from privacy.person_rows import word_patterns
from privacy.subject import Subject

WHO = ("anonymous_id", "user_id")
ERASE_EVENTS = """
    with gone as (
        delete from raw_clickstream.events
        where anonymous_id = any(%(in_clicks)s) or user_id = any(%(pseudonyms)s)
        returning event_id, received_at, kafka_topic, kafka_partition, kafka_offset, payload_hash
    ),

    marked as (
        insert into raw_clickstream.event_ids as known
            (event_key, day, topic, partition, "offset", payload_hash, erased_at)
        select
            md5(event_id)::uuid, (received_at at time zone 'utc')::date, kafka_topic, kafka_partition, kafka_offset,
            payload_hash::uuid, now()
        from gone
        on conflict (event_key) do update set erased_at = coalesce(known.erased_at, now())
    )

    select coalesce(array_agg(event_id), '{}') from gone
"""
# the bytes are what names somebody; that a record was refused stays known
FORGET_BYTES = """
    update raw_clickstream.bad_events
    set
        payload = null, detail = null, bytes_count = coalesce(octet_length(payload), bytes_count),
        bytes_forgotten_at = now()
    where encode(payload, 'escape') ~ any(%(patterns)s) or detail ~ any(%(patterns)s)
"""
FORGET_REPEATS = """
    update raw_clickstream.duplicate_events set payload = null
    where encode(payload, 'escape') ~ any(%(patterns)s) or (payload is not null and event_id = any(%(events)s))
"""


def erase_events(connection: psycopg.Connection, subject: Subject) -> dict[str, int]:
    """Delete the person's raw events and their bytes elsewhere in raw, in the caller's transaction; rows by table."""
    who = {"in_clicks": subject.in_clicks, "pseudonyms": subject.pseudonyms}
    row = connection.execute(ERASE_EVENTS, who).fetchone()
    events: list[str] = row[0] if row else []
    words = {"patterns": word_patterns(subject), "events": events}
    counts = {
        "raw_clickstream.events": len(events),
        "raw_clickstream.bad_events": connection.execute(FORGET_BYTES, words).rowcount,
        "raw_clickstream.duplicate_events": connection.execute(FORGET_REPEATS, words).rowcount,
    }
    return {table: rows for table, rows in counts.items() if rows}


def owners_in_archive(connection: psycopg.Connection, folder: Path) -> Iterator[tuple[str, str]]:
    """Which visitor was which customer, by the archived events; a pair may come more than once.

    Raises ArchiveError when a file is not there, as every function here.
    """
    for _, path in _files(connection, folder):
        with pq.ParquetFile(folder / path) as file:
            for batch in file.iter_batches(ROWS_AT_A_TIME, columns=list(WHO)):
                signed_in = batch.filter(pc.is_valid(batch.column("user_id")))
                yield from set(zip(*(signed_in.column(name).to_pylist() for name in WHO), strict=True))


def erase_archive(connection: psycopg.Connection, folder: Path, subject: Subject) -> dict[str, int]:
    """Write each file that holds the person again without them; returns the number of events left out.

    A file is replaced in one transaction with the manifest and the event ids; what a kill left of the old one or the
    new one goes with the next call. Raises ArchiveError when a new file cannot be verified.
    """
    erased = 0
    with writing_files(connection, folder):
        for day, path in _files(connection, folder):
            with pq.ParquetFile(folder / path) as file:
                found = any(
                    pc.any(_is_theirs(b, subject)).as_py() for b in file.iter_batches(ROWS_AT_A_TIME, columns=list(WHO))
                )
            if found:
                new_path = new_file(connection, day)
                with connection.transaction():
                    erased += _rewrite(connection, folder, day, path, new_path, subject)
                remove_unlisted(connection, folder)
    return {"archive": erased} if erased else {}


def rows_in_archive(connection: psycopg.Connection, folder: Path, subject: Subject) -> int:
    """How many archived events are the person's."""
    found = 0
    for _, path in _files(connection, folder):
        with pq.ParquetFile(folder / path) as file:
            for batch in file.iter_batches(ROWS_AT_A_TIME, columns=list(WHO)):
                found += pc.sum(_is_theirs(batch, subject)).as_py() or 0
    return found


def _files(connection: psycopg.Connection, folder: Path) -> list[tuple[date, str]]:
    files = connection.execute("select day, path from ops.archived_days order by path").fetchall()
    for _, path in files:
        if not (folder / path).exists():
            raise ArchiveError(
                f"{folder / path} is listed in ops.archived_days and is not there: restore the archive of the same "
                "moment as the database."
            )
    return files


def _is_theirs(batch: pa.RecordBatch, subject: Subject) -> pa.Array:
    visitors, customers = (pa.array(some, pa.string()) for some in (subject.in_clicks, subject.pseudonyms))
    return pc.or_(
        pc.is_in(batch.column("anonymous_id"), value_set=visitors),
        pc.is_in(batch.column("user_id"), value_set=customers),
    )


def _rewrite(
    connection: psycopg.Connection, folder: Path, day: date, path: str, new_path: str, subject: Subject
) -> int:
    gone: list[tuple[str, date, str, int, int, str]] = []

    def others() -> Iterator[pa.RecordBatch]:
        with pq.ParquetFile(folder / path) as file:
            for batch in file.iter_batches(ROWS_AT_A_TIME):
                rows = batch.select(SCHEMA.names)
                theirs = _is_theirs(rows, subject)
                for event in rows.filter(theirs).to_pylist():
                    gone.append(
                        (
                            event_key(event["event_id"]),
                            day,
                            event["kafka_topic"],
                            event["kafka_partition"],
                            event["kafka_offset"],
                            event["payload_hash"],
                        )
                    )
                yield rows.filter(pc.invert(theirs))

    archived = write_day_file(folder, new_path, day, others())
    discard_file(connection, path)
    restored = connection.execute(
        "delete from ops.archived_days where path = %s returning restored_at", [path]
    ).fetchone()
    if archived:
        keep_file(connection, new_path)
        connection.execute(
            "insert into ops.archived_days (day, path, rows_count, checksum, bytes_count, restored_at)"
            " values (%s, %s, %s, %s, %s, %s)",
            [day, archived.path, archived.rows, archived.checksum, archived.bytes, restored[0] if restored else None],
        )
    _mark(connection, gone)
    return len(gone)


def _mark(connection: psycopg.Connection, gone: Sequence[tuple[str, date, str, int, int, str]]) -> None:
    columns = [list(column) for column in zip(*gone, strict=True)]
    connection.execute(
        """
        insert into raw_clickstream.event_ids as known
            (event_key, day, topic, partition, "offset", payload_hash, erased_at)
        select *, %s::timestamptz from unnest(%s::uuid[], %s::date[], %s::text[], %s::int[], %s::bigint[], %s::uuid[])
        on conflict (event_key) do update set erased_at = coalesce(known.erased_at, excluded.erased_at)
        """,
        [datetime.now(UTC), *columns],
    )
