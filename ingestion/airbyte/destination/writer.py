"""Writes a connector's RECORDs and STATE to Postgres, in Airbyte's own table layout.

Records are converted as they arrive and copied to a temporary table of their stream. At a checkpoint they are merged
into the raw table in one transaction with the stream's STATE. So after a crash at any point the table holds exactly
what the saved state says, and the connector continues from there. Memory does not grow with the number of records.

`_airbyte_raw_id` is a digest of the record's content: a record that is read again unchanged has the same id and is
not written. Of two versions the one with the newer cursor value wins, at equal values the one read later. A record
without cursor but with `deleted_at` only marks the row it deletes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Literal

import msgspec
import psycopg
from psycopg import sql

from ingestion.airbyte.destination import merge
from ingestion.airbyte.destination.columns import columns_of, fingerprint
from ingestion.airbyte.destination.copy import Row, copy_rows
from ingestion.airbyte.destination.rows import RowReader
from ingestion.airbyte.destination.serial_executor import SerialExecutor
from ingestion.airbyte.destination.tables import META_COLUMNS, RAW_ID, RawTable, ensure_table
from ingestion.airbyte.protocol import Change, Record, Stream
from ingestion.masking import without_values

CHUNK_ROWS = 2_000  # a chunk is copied to the staging table at this many rows,
CHUNK_BYTES = 8_000_000  # or this many bytes of JSON
CHECKPOINT_ROWS = 20_000  # a checkpoint is saved once this many rows wait for it,
CHECKPOINT_SECONDS = 10.0  # or this long after the previous one
STAGE_MEGABYTES = 96

# classes of SQLSTATE that are about a stream's rows or columns: what Postgres lacks, data, constraints, names and
# types, limits. Any other error is the server's, and nothing can be written any more, of no stream
STREAM_ERRORS = ("0A", "22", "23", "42", "54")

NO_RECORD = "the answer was cut off or not the shop's; the next sync reads the stream again from before it"

Mode = Literal["merge", "replace"]


class StreamError(Exception):
    """One stream cannot be stored; the message is one sentence that says why. The others can."""


class AirbyteDestination:
    """The raw tables of one source, and the saved state of each stream (table `_airbyte_state` of the schema)."""

    def __init__(self, connection: psycopg.Connection, schema: str = "raw_shop") -> None:
        """`connection` must be in autocommit mode and must not be used by others until `close`.

        Raises psycopg.Error when Postgres fails, here and in every method.
        """
        self.connection = connection
        self.schema = schema
        self.work = SerialExecutor()
        self.sync_id = time.time_ns() // 1_000_000
        connection.execute("set timezone to 'UTC'")
        # holds the staged records of a checkpoint; with the default they would be written to disk and read again
        connection.execute(f"set temp_buffers to '{STAGE_MEGABYTES}MB'")
        connection.execute(
            sql.SQL(
                """
                create table if not exists {} (
                    stream text primary key,
                    state jsonb,
                    generation_id bigint not null default 0,
                    updated_at timestamptz not null default now()
                )
                """
            ).format(self._state_table)
        )

    def close(self) -> None:
        """Stop writing: a statement still running after an interruption is cancelled, waiting ones are dropped."""
        if self.work.is_busy:
            self.connection.cancel_safe(timeout=5)
        self.work.close()

    @property
    def _state_table(self) -> sql.Identifier:
        return sql.Identifier(self.schema, "_airbyte_state")

    def states(self) -> dict[str, Any]:
        """Saved state of each stream that has one, in the connector's own form."""
        query = sql.SQL("select stream, state from {} where jsonb_typeof(state) = 'object'").format(self._state_table)
        return dict(self.connection.execute(query).fetchall())

    def open_stream(self, stream: Stream, mode: Mode | None = None) -> StreamWriter:
        """A writer for one stream; mode `replace` (default for full refresh) replaces all rows at the end.

        Raises SchemaChangeError when the table cannot follow the stream's schema, StreamError when Postgres can have
        no such table.
        """
        columns = columns_of(stream.json_schema)
        try:
            table = ensure_table(self.connection, self.schema, stream.name, columns, stream.primary_key, stream.cursor)
            return StreamWriter(self, stream, table, mode or ("merge" if stream.is_incremental else "replace"))
        except psycopg.Error as error:
            if not _is_of_stream(error):
                raise
            raise _cannot_be_stored(stream, error) from error

    def save(self, stream: str, state: bytes | None, generation_id: int) -> None:
        """Write the state (JSON) of a stream, in the caller's transaction, so together with the rows."""
        statement = """
            insert into {} (stream, state, generation_id, updated_at) values (%s, %s, %s, now())
            on conflict (stream) do update
            set state = excluded.state, generation_id = excluded.generation_id, updated_at = now()
        """
        values = [stream, state.decode() if state else None, generation_id]
        self.connection.execute(sql.SQL(statement).format(self._state_table), values)

    def generation_of(self, stream: str) -> int:
        """Generation id of the stream's rows; 0 before the first replacement."""
        query = sql.SQL("select generation_id from {} where stream = %s").format(self._state_table)
        row = self.connection.execute(query, [stream]).fetchone()
        return row[0] if row else 0


class StreamWriter:
    """Writes one stream to its table: `write` records, `checkpoint` states, then `finish` or `abandon`.

    Postgres works in a thread while the next records are converted, so every method raises when this or an earlier
    statement failed: StreamError when it was about this stream's rows, of which nothing more is written then;
    psycopg.Error when the server failed.
    """

    def __init__(self, destination: AirbyteDestination, stream: Stream, table: RawTable, mode: Mode) -> None:
        self.stream = stream
        self.table = table
        self.mode: Mode = mode
        self.records_count = 0
        self.rows_written = 0
        self.rows_unchanged = 0  # records that the table held already
        self.failure: StreamError | None = None
        self.has_saved = False  # whether a checkpoint was committed
        self._destination = destination
        self._connection = destination.connection
        self._work = destination.work
        self._generation_id = destination.generation_of(stream.name)
        self._stage = merge.create_stage(self._connection, table)
        self._reader = RowReader(table.columns, table.key, stream.cursor)
        self._fingerprint = fingerprint(table.columns)
        self._clean_meta = json.dumps({"changes": [], "sync_id": destination.sync_id})
        self._names = [merge.SEQUENCE, *table.column_names]
        self._types = ["bigint", *(kind.split()[0] for kind in META_COLUMNS.values())]
        self._types += [column.type for column in table.columns]
        self._chunk: list[Row] = []
        self._chunk_bytes = 0
        self._pending_state: bytes | None = None
        self._pending_count = 0  # records that the pending state covers
        self._merged_count = 0
        self._merged_at = time.monotonic()

    @property
    def unknown_properties(self) -> set[str]:
        """Properties of records that the stream's schema does not declare; they are not stored."""
        return self._reader.unknown

    def write(self, record: Record) -> None:
        """Convert one record; a value that its column cannot hold becomes null, with the reason in `_airbyte_meta`.

        Raises StreamError when that is its key, or the value of its cursor: of such a record nobody could say which it
        is, and the connector's next state would be made of it.
        """
        self._raise_failure()
        content = bytes(record.data)
        values, changes = self._reader.read(content)
        if lacking := self._reader.lacking(values, changes):
            raise StreamError(f"a record of {self.stream.name} came without its {lacking}: {NO_RECORD}")
        if record.meta or changes:
            changes = [*record.changes, *changes]
        self.records_count += 1
        digest = blake2b(content, digest_size=16, key=self._fingerprint).hexdigest()
        self._chunk.append(
            (
                self.records_count,
                f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}",
                _moment(record.emitted_at),
                self._meta(changes) if changes else self._clean_meta,
                self._generation_id,
                *values,
            )
        )
        self._chunk_bytes += len(content)
        if len(self._chunk) >= CHUNK_ROWS or self._chunk_bytes >= CHUNK_BYTES:
            self._copy_chunk()

    def checkpoint(self, state: bytes) -> None:
        """Save all records up to here with this state (JSON), now if enough of them wait, else at a later call."""
        self._raise_failure()
        self._pending_state = state
        self._pending_count = self.records_count
        waiting = self.records_count - self._merged_count
        is_due = waiting >= CHECKPOINT_ROWS or time.monotonic() - self._merged_at >= CHECKPOINT_SECONDS
        if is_due and self.mode == "merge":
            self._merge()

    def finish(self) -> None:
        """The stream is complete: save everything."""
        self._pending_count = self.records_count
        if self.mode == "merge":
            if self._pending_state is not None or self._pending_count > self._merged_count:
                self._merge()
        else:
            self._copy_chunk()
            self._submit(self._replace)
        self._work.drain()
        self._raise_failure()
        merge.drop_stage(self._connection, self._stage)
        if self.rows_written > 10_000:  # the planner should know the new size before autovacuum runs
            names = [*self.table.key, *([self.table.cursor] if self.table.cursor else [])] or [RAW_ID]
            columns = sql.SQL(", ").join(map(sql.Identifier, names))
            self._connection.execute(sql.SQL("analyze {} ({})").format(self.table.identifier, columns))

    def abandon(self) -> None:
        """The stream broke off: save what the last state covers, drop the rest (it will be read again)."""
        if not self.failure and self.mode == "merge" and self._pending_state is not None:
            self._merge()
        self._work.drain()
        merge.drop_stage(self._connection, self._stage)

    def _submit(self, task: Callable[..., object], *arguments: Any) -> None:
        self._work.submit(self._alone, task, *arguments)

    def _alone(self, task: Callable[..., object], *arguments: Any) -> None:
        """Run a task of this stream, so that an error about its rows is no other stream's."""
        if self.failure:
            return
        try:
            task(*arguments)
        except psycopg.Error as error:
            if not _is_of_stream(error):
                raise
            self.failure = _cannot_be_stored(self.stream, error)

    def _raise_failure(self) -> None:
        if self.failure:
            raise self.failure

    def _meta(self, changes: Iterable[Change]) -> str:
        entries = msgspec.to_builtins(list(changes))
        return json.dumps({"changes": entries, "sync_id": self._destination.sync_id})

    def _copy_chunk(self) -> None:
        self._submit(copy_rows, self._connection, self._stage, self._names, self._types, self._chunk)
        self._chunk, self._chunk_bytes = [], 0

    def _merge(self) -> None:
        self._copy_chunk()
        self._submit(self._save_merged, self._pending_count, self._pending_state)
        self._pending_state = None
        self._merged_count = self._pending_count
        self._merged_at = time.monotonic()

    def _save_merged(self, count: int, state: bytes | None) -> None:
        with self._connection.transaction():
            merged = merge.merge(self._connection, self.table, self._stage, count)
            if state is not None:
                self._destination.save(self.stream.name, state, self._generation_id)
        self.rows_written += merged.written
        self.rows_unchanged += merged.unchanged
        self.has_saved = True

    def _replace(self) -> None:
        """Replace the rows by a new generation, unless the table already holds exactly these rows."""
        with self._connection.transaction():
            merge.number_repeats(self._connection, self.table, self._stage, sql.SQL("true"))
            if merge.is_same(self._connection, self.table, self._stage):
                self.rows_unchanged += merge.count_rows(self._connection, self.table)
                return
            generation_id = self._generation_id + 1
            self.rows_written += merge.replace(self._connection, self.table, self._stage, generation_id)
            self._destination.save(self.stream.name, None, generation_id)


def _is_of_stream(error: psycopg.Error) -> bool:
    return (error.sqlstate or "")[:2] in STREAM_ERRORS


def _cannot_be_stored(stream: Stream, error: psycopg.Error) -> StreamError:
    reason = without_values((error.diag.message_primary or str(error)).partition("\n")[0])
    return StreamError(f"Postgres cannot store the stream {stream.name}: {reason}")


@lru_cache(1024)  # a connector gives all records of a page the same time
def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()
