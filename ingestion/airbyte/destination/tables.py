"""Raw tables in the layout of Airbyte's Postgres destination 3.x: created, and changed with the source's schema.

A new property adds a column, a wider type widens its column, a removed property keeps its column and values. There
is no unique constraint: the gate must be able to see duplicates that another writer inserted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import psycopg
from psycopg import sql

from ingestion.airbyte.destination.columns import RESERVED_TABLES, Column, database_name, widened

META_COLUMNS = {
    "_airbyte_raw_id": "varchar not null",
    "_airbyte_extracted_at": "timestamptz not null",
    "_airbyte_meta": "jsonb not null",
    "_airbyte_generation_id": "bigint not null",
}
RAW_ID, EXTRACTED_AT = "_airbyte_raw_id", "_airbyte_extracted_at"

# Postgres' own spelling of the types we write; varchar and numeric(p, s) are what Airbyte's server may have made
_SPELLING = {
    "character varying": "text",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time with time zone": "timetz",
    "time without time zone": "time",
}


class SchemaChangeError(Exception):
    """The source's schema changed in a way that the table cannot follow; the message names column, types and remedy."""


@dataclass(frozen=True)
class RawTable:
    """The table of a stream: `columns` have the types of the table, which may be wider than the stream's."""

    schema: str
    name: str
    columns: list[Column]
    key: tuple[str, ...]  # database names; empty: a row is identified by its content
    cursor: str | None
    changes: list[str]  # one sentence per change that `ensure_table` made

    @property
    def identifier(self) -> sql.Identifier:
        """Schema and name, quoted."""
        return sql.Identifier(self.schema, self.name)

    @property
    def column_names(self) -> list[str]:
        """Airbyte's own columns, then the stream's."""
        return [*META_COLUMNS, *(column.name for column in self.columns)]


def ensure_table(
    connection: psycopg.Connection,
    schema: str,
    stream: str,
    columns: list[Column],
    key: tuple[str, ...],
    cursor: str | None,
) -> RawTable:
    """Create the table of a stream, or add and widen columns; one transaction.

    `key` and `cursor` are names of properties. Raises SchemaChangeError when a view depends on a column that must be
    widened, psycopg.Error when Postgres fails.
    """
    names = {column.property: column.name for column in columns}
    table = RawTable(
        schema,
        database_name(stream, RESERVED_TABLES),
        columns,
        tuple(names[name] for name in key) if all(name in names for name in key) else (),
        names.get(cursor or ""),
        [],
    )
    with connection.transaction():
        existing = _existing_types(connection, table)
        if not existing:
            _create(connection, table)
        else:
            table = replace(table, columns=[_ensure_column(connection, table, column, existing) for column in columns])
        # the merge looks rows up by their key, so that its cost depends on the changes and not on the history
        _create_index(connection, table, table.key or (RAW_ID,))
        # and so do incremental models, which read what was extracted since they were built
        _create_index(connection, table, (EXTRACTED_AT,))
    return table


def _existing_types(connection: psycopg.Connection, table: RawTable) -> dict[str, str]:
    rows = connection.execute(
        """
        select attname, format_type(atttypid, atttypmod)
        from pg_attribute
        where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
        """,
        [table.identifier.as_string(connection)],
    )
    return {name: _plain(type_name) for name, type_name in rows}


def _plain(type_name: str) -> str:
    base = re.sub(r"\(.*?\)", "", type_name)
    return _SPELLING.get(base, base)


def _create(connection: psycopg.Connection, table: RawTable) -> None:
    declared = [*META_COLUMNS.items(), *((column.name, column.type) for column in table.columns)]
    parts = [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in declared]
    statement = sql.SQL("create table {} ({})").format(table.identifier, sql.SQL(", ").join(parts))
    connection.execute(statement)


def _create_index(connection: psycopg.Connection, table: RawTable, columns: tuple[str, ...]) -> None:
    name = database_name(f"{table.name}_{'_'.join(column.removeprefix('_airbyte_') for column in columns)}")
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("create index if not exists {} on {} ({})")
    connection.execute(statement.format(sql.Identifier(name), table.identifier, names))


def _ensure_column(connection: psycopg.Connection, table: RawTable, column: Column, existing: dict[str, str]) -> Column:
    """The column with the type it has in the table, after adding or widening it."""
    old = existing.get(column.name)
    if old is None:
        statement = sql.SQL("alter table {} add column {} {}")
        connection.execute(statement.format(table.identifier, sql.Identifier(column.name), sql.SQL(column.type)))
        table.changes.append(f"column {column.name} ({column.type}) added to {table.schema}.{table.name}")
        return column
    new = widened(old, column.type)
    if new != old:
        _widen(connection, table, column.name, old, new)
        table.changes.append(f"column {column.name} of {table.schema}.{table.name} widened from {old} to {new}")
    return replace(column, type=new)


def _widen(connection: psycopg.Connection, table: RawTable, name: str, old: str, new: str) -> None:
    column = sql.Identifier(name)
    using = sql.SQL("to_jsonb({})" if new == "jsonb" else "{}::" + new).format(column)
    statement = sql.SQL("alter table {} alter column {} type {} using {}")
    try:
        connection.execute(statement.format(table.identifier, column, sql.SQL(new), using))
    except psycopg.errors.FeatureNotSupported as error:
        detail = (error.diag.message_detail or "").partition("\n")[0]
        raise SchemaChangeError(
            f"column {name} of {table.schema}.{table.name} changed from {old} to {new} in the source, "
            f"but a view depends on it ({detail}): drop the view, sync again, then run dbt"
        ) from error
