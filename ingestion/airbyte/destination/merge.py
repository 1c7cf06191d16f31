"""The SQL that merges staged records into a raw table: the newest version wins, unchanged rows are not written.

A record without a key is identified by its content. Of several with the same content in one sync all are kept: the
second one's id ends in `#2`, and so on, so that a repetition of the whole sync finds each of them again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import psycopg
from psycopg import sql

from ingestion.airbyte.destination.tables import META_COLUMNS, RAW_ID, RawTable

SEQUENCE = "_airbyte_sequence"  # order of arrival within a sync; only in the staging table
DELETION = "deleted_at"
SEEN = "_airbyte_seen"  # how often the stream's records without a key came before in this sync


class Merged(NamedTuple):
    """Of the staged records: rows written, and those that the table held already."""

    written: int = 0
    unchanged: int = 0


def create_stage(connection: psycopg.Connection, table: RawTable) -> sql.Identifier:
    """An empty temporary table for a stream's records; it is dropped when the connection ends."""
    stage = sql.Identifier("pg_temp", table.name)
    drop_stage(connection, stage)
    # rows stay here for seconds: not worth compressing
    statement = sql.SQL("create temporary table {} (like {}, {} bigint not null) with (toast_tuple_target = 8160)")
    connection.execute(statement.format(sql.Identifier(table.name), table.identifier, sql.Identifier(SEQUENCE)))
    connection.execute(
        sql.SQL("create temporary table {} (_airbyte_base_id text primary key, _airbyte_times bigint not null)").format(
            _seen(stage)
        )
    )
    return stage


def drop_stage(connection: psycopg.Connection, stage: sql.Identifier) -> None:
    """Drop the staging table, if it is still there."""
    connection.execute(sql.SQL("drop table if exists {}, {}").format(stage, _seen(stage)))


def merge(connection: psycopg.Connection, table: RawTable, stage: sql.Identifier, up_to: int) -> Merged:
    """Merge the staged records with a sequence number up to `up_to`, then empty the stage.

    Runs in the caller's transaction.
    """
    window = sql.SQL("{} <= {}").format(sql.Identifier(SEQUENCE), sql.Literal(up_to))
    is_tombstone = _is_tombstone(table)
    has_key = _all_present(table.key)
    done = [_upsert(connection, table, stage, (RAW_ID,), number_repeats(connection, table, stage, window))]
    if table.key:
        done.append(_upsert(connection, table, stage, table.key, _all(window, has_key, sql.SQL("not ") + is_tombstone)))
        done.append(Merged(_mark_deleted(connection, table, stage, _all(window, has_key, is_tombstone))))
    connection.execute(sql.SQL("truncate {}").format(stage))
    return Merged(sum(part.written for part in done), sum(part.unchanged for part in done))


def number_repeats(
    connection: psycopg.Connection, table: RawTable, stage: sql.Identifier, window: sql.Composable
) -> sql.Composable:
    """Give staged records without a key an id each, also those that say the same; returns their condition."""
    keyless = sql.SQL("not ") + _all_present(table.key) if table.key else sql.SQL("true")
    condition = _all(window, keyless)
    query = sql.SQL("select exists (select 1 from {} where {})").format(stage, condition)
    row = connection.execute(query).fetchone()
    if not row or not row[0]:
        return condition
    parts = {
        "stage": stage,
        "seen": _seen(stage),
        "condition": condition,
        "raw_id": sql.Identifier(RAW_ID),
        "sequence": sql.Identifier(SEQUENCE),
    }
    numbered = sql.SQL(
        """
        with numbered as (
            select staged.{sequence}, coalesce(seen._airbyte_times, 0)
                + row_number() over (partition by staged.{raw_id} order by staged.{sequence}) as time
            from {stage} as staged
            left join {seen} as seen on staged.{raw_id} = seen._airbyte_base_id
            where {condition}
        )
        update {stage} as staged set {raw_id} = staged.{raw_id} || '#' || numbered.time
        from numbered where staged.{sequence} = numbered.{sequence} and numbered.time > 1
        """
    )
    counted = sql.SQL(
        """
        insert into {seen} (_airbyte_base_id, _airbyte_times)
        select split_part({raw_id}, '#', 1), count(*) from {stage} where {condition} group by 1
        on conflict (_airbyte_base_id) do update set _airbyte_times = seen._airbyte_times + excluded._airbyte_times
        """
    )
    connection.execute(numbered.format(**parts))
    connection.execute(counted.format(**(parts | {"seen": sql.SQL("{} as seen").format(_seen(stage))})))
    return condition


def is_same(connection: psycopg.Connection, table: RawTable, stage: sql.Identifier) -> bool:
    """Whether the table already holds exactly the staged rows; records without a key must be numbered."""
    statement = sql.SQL(
        """
        with incoming as ({incoming}),
        current as (select {raw_id} from {table})
        select not exists (select {raw_id} from incoming except all select {raw_id} from current)
            and (select count(*) from incoming) = (select count(*) from current)
        """
    ).format(
        incoming=_whole(table, stage),
        raw_id=sql.Identifier(RAW_ID),
        table=table.identifier,
    )
    row = connection.execute(statement).fetchone()
    return bool(row and row[0])


def replace(connection: psycopg.Connection, table: RawTable, stage: sql.Identifier, generation_id: int) -> int:
    """Replace the table's rows by the staged ones as a new generation; returns rows written.

    Runs in the caller's transaction. Deletes instead of truncating, so that readers see the old rows until the commit.
    """
    connection.execute(sql.SQL("delete from {}").format(table.identifier))
    connection.execute(sql.SQL("update {} set _airbyte_generation_id = %s").format(stage), [generation_id])
    names = _identifiers(table.column_names)
    statement = sql.SQL("with incoming as ({}) insert into {} ({}) select {} from incoming")
    return connection.execute(statement.format(_whole(table, stage), table.identifier, names, names)).rowcount


def count_rows(connection: psycopg.Connection, table: RawTable) -> int:
    """Rows of the table."""
    row = connection.execute(sql.SQL("select count(*) from {}").format(table.identifier)).fetchone()
    return row[0] if row else 0


def _upsert(
    connection: psycopg.Connection,
    table: RawTable,
    stage: sql.Identifier,
    key: tuple[str, ...],
    condition: sql.Composable,
) -> Merged:
    # the newest versions are found by a few narrow columns; only new and changed rows are read in full
    statement = sql.SQL(
        """
        with incoming as materialized (
            select distinct on ({keys}) {narrow} from {stage} where {condition} order by {order}
        ),
        stale as (
            delete from {table} as current using incoming
            where {same_row} and current.{raw_id} <> incoming.{raw_id} and {not_older}
            returning {current_key}
        ),
        written as (
            insert into {table} ({names})
            select {staged_names} from {stage} as staged
            inner join incoming on staged.{sequence} = incoming.{sequence}
            where not exists (select 1 from {table} as current where {same_row})
                or exists (select 1 from stale where {same_as_stale})
            returning 1
        )
        select (select count(*) from written), (select count(*) from incoming)
        """
    ).format(
        keys=_identifiers(key),
        narrow=_identifiers({*key, RAW_ID, SEQUENCE, *([table.cursor] if table.cursor else [])}),
        stage=stage,
        condition=condition,
        order=_newest_first(table, key, table.cursor),
        table=table.identifier,
        raw_id=sql.Identifier(RAW_ID),
        sequence=sql.Identifier(SEQUENCE),
        same_row=_equal("current", "incoming", key),
        same_as_stale=_equal("stale", "incoming", key),
        current_key=_identifiers(key, "current"),
        not_older=_not_older(table),
        names=_identifiers(table.column_names),
        staged_names=_identifiers(table.column_names, "staged"),
    )
    row = connection.execute(statement).fetchone()
    assert row  # counts are one row
    return Merged(row[0], row[1] - row[0])


def _mark_deleted(
    connection: psycopg.Connection, table: RawTable, stage: sql.Identifier, condition: sql.Composable
) -> int:
    """Tombstones have little more than the key: the values they have are written into the row they delete."""
    query = sql.SQL("select exists (select 1 from {} where {})").format(stage, condition)
    row = connection.execute(query).fetchone()
    if not row or not row[0]:
        return 0
    filled = [name for name in table.column_names if name not in (*META_COLUMNS, *table.key)]
    assignments = [sql.SQL("{0} = coalesce(incoming.{0}, current.{0})").format(sql.Identifier(name)) for name in filled]
    assignments += [sql.SQL("{0} = incoming.{0}").format(sql.Identifier(name)) for name in META_COLUMNS]
    parts = {
        "incoming": _newest(table, stage, table.key, condition, DELETION),
        "table": table.identifier,
        "raw_id": sql.Identifier(RAW_ID),
        "same_row": _equal("current", "incoming", table.key),
        "assignments": sql.SQL(", ").join(assignments),
        "names": _identifiers(table.column_names),
    }
    update = sql.SQL(
        """
        with incoming as materialized ({incoming})
        update {table} as current set {assignments} from incoming
        where {same_row} and current.{raw_id} <> incoming.{raw_id}
        """
    )
    insert = sql.SQL(
        """
        with incoming as materialized ({incoming})
        insert into {table} ({names}) select {names} from incoming
        where not exists (select 1 from {table} as current where {same_row})
        """
    )
    marked = connection.execute(update.format(**parts)).rowcount
    return marked + connection.execute(insert.format(**parts)).rowcount


def _seen(stage: sql.Identifier) -> sql.Identifier:
    return sql.Identifier("pg_temp", SEEN + "_" + hashlib.sha256(stage.as_string().encode()).hexdigest()[:16])


def _whole(table: RawTable, stage: sql.Identifier) -> sql.Composed:
    """All staged rows that a full refresh leaves: the newest of each key, and each record without a key."""
    if not table.key:
        return sql.SQL("select * from {}").format(stage)
    has_key = _all_present(table.key)
    return sql.SQL("select * from ({}) as newest union all select * from {} where not {}").format(
        _newest(table, stage, table.key, has_key, table.cursor), stage, has_key
    )


def _newest(
    table: RawTable, stage: sql.Identifier, key: tuple[str, ...], condition: sql.Composable, by: str | None
) -> sql.Composed:
    """One record per key: the newest by column `by`."""
    statement = sql.SQL("select distinct on ({}) * from {} where {} order by {}")
    return statement.format(_identifiers(key), stage, condition, _newest_first(table, key, by))


def _newest_first(table: RawTable, key: tuple[str, ...], by: str | None) -> sql.Composed:
    """Per key the newest first; among equals the one read last."""
    newest = sql.SQL("{} desc nulls last, ").format(sql.Identifier(by)) if by else sql.SQL("")
    return sql.SQL("{}, {}{} desc").format(_identifiers(key), newest, sql.Identifier(SEQUENCE))


def _not_older(table: RawTable) -> sql.Composable:
    if not table.cursor:
        return sql.SQL("true")
    return sql.SQL("(incoming.{0} >= current.{0} or current.{0} is null)").format(sql.Identifier(table.cursor))


def _is_tombstone(table: RawTable) -> sql.Composable:
    if not table.key or not table.cursor or table.cursor == DELETION or DELETION not in table.column_names:
        return sql.SQL("false")
    return sql.SQL("({} is null and {} is not null)").format(sql.Identifier(table.cursor), sql.Identifier(DELETION))


def _all_present(key: tuple[str, ...]) -> sql.Composable:
    if not key:
        return sql.SQL("true")
    return sql.SQL("({})").format(
        sql.SQL(" and ").join(sql.SQL("{} is not null").format(sql.Identifier(name)) for name in key)
    )


def _all(*conditions: sql.Composable) -> sql.Composed:
    return sql.SQL(" and ").join(conditions)


def _equal(one: str, other: str, key: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(one, name), sql.Identifier(other, name)) for name in key
    )


def _identifiers(names: Iterable[str], relation: str | None = None) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(relation, name) if relation else sql.Identifier(name) for name in names)
