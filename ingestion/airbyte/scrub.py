"""Takes out of raw tables what is not kept: values that an Airbyte server or an earlier version wrote.

An Airbyte server can leave out columns but nothing inside of one, so its rows are cut after each job. Columns stay,
empty: the server's destination would add them again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import psycopg
from psycopg import sql

from ingestion.airbyte.destination.columns import database_name
from ingestion.airbyte.destination.tables import META_COLUMNS
from ingestion.projection import Kept


def scrub(
    connection: psycopg.Connection,
    schema: str,
    kept: Mapping[str, Kept],
    unread: Sequence[str] = (),
    since: datetime | None = None,
) -> int:
    """Empty what is not kept of each stream's table; returns how many rows changed. Tables of `unread` lose all rows.

    Rows extracted from `since` on are also looked into, value by value; older ones only where a column that is not kept
    holds something: their nested values were written by the same version. Raises psycopg.Error.
    """
    changed = 0
    with connection.transaction():
        for stream, fields in kept.items():
            changed += _scrub_table(connection, sql.Identifier(schema, database_name(stream)), fields, since)
        for stream in unread:
            table = sql.Identifier(schema, database_name(stream))
            if columns_of(connection, table):
                changed += connection.execute(sql.SQL("delete from {}").format(table)).rowcount
    return changed


def columns_of(connection: psycopg.Connection, table: sql.Identifier) -> dict[str, str]:
    """Name -> type of the table's columns; empty when there is no such table."""
    rows = connection.execute(
        "select attname, format_type(atttypid, null) from pg_attribute"
        " where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped",
        [table.as_string(connection)],
    )
    return dict(rows.fetchall())


def _scrub_table(connection: psycopg.Connection, table: sql.Identifier, fields: Kept, since: datetime | None) -> int:
    columns = columns_of(connection, table)
    dropped = [sql.Identifier(name) for name in columns if name not in fields and name not in META_COLUMNS]
    filled = sql.SQL(" or ").join(sql.SQL("{} is not null").format(name) for name in dropped)
    where = [filled] if dropped else []
    if since:
        where.append(sql.SQL("_airbyte_extracted_at >= {}").format(sql.Literal(since)))
    if not where:
        return 0
    cut = [
        (sql.Identifier(name), kept_sql(sql.Identifier(name), inner))
        for name, inner in fields.items()
        if inner is not None and columns.get(name) == "jsonb"
    ]
    differs = sql.SQL(" or ").join(
        [*([filled] if dropped else []), *(sql.SQL("{} is distinct from {}").format(*pair) for pair in cut)]
    )
    sets = [sql.SQL("{} = null").format(name) for name in dropped]
    sets += [sql.SQL("{} = {}").format(*pair) for pair in cut]
    if not sets:
        return 0
    statement = sql.SQL("update {} set {} where ({}) and ({})").format(
        table, sql.SQL(", ").join(sets), sql.SQL(" or ").join(where), differs
    )
    return connection.execute(statement).rowcount


def kept_sql(value: sql.Composable, fields: Kept, depth: int = 0) -> sql.Composable:
    """The SQL for what a `Projection` keeps of a jsonb value: of an object, or of each object in a list."""
    names = sql.SQL(", ").join(map(sql.Literal, fields))
    inner = sql.SQL(f"inner{depth}")
    entry, item = sql.SQL(f"entry{depth}"), sql.SQL(f"item{depth}")
    found = sql.SQL("{}.value").format(entry)
    nested = [
        sql.SQL("when {} then {}").format(sql.Literal(name), kept_sql(found, deeper, depth + 1))
        for name, deeper in fields.items()
        if deeper is not None
    ]
    chosen = sql.SQL("case {}.key {} else {} end").format(entry, sql.SQL(" ").join(nested), found) if nested else found
    cut = sql.SQL(
        "(select coalesce(jsonb_object_agg({entry}.key, {chosen}), '{{}}'::jsonb) from jsonb_each({object}) as {entry}"
        " where {entry}.key in ({names}))"
    )

    def of(document: sql.Composable) -> sql.Composable:
        return cut.format(entry=entry, chosen=chosen, object=document, names=names)

    return sql.SQL(
        "case jsonb_typeof({value}) when 'object' then {of_object} when 'array' then"
        " (select coalesce(jsonb_agg(case jsonb_typeof({item}.{inner}) when 'object' then {of_item} end"
        " order by {item}.place), '[]'::jsonb)"
        " from jsonb_array_elements({value}) with ordinality as {item} ({inner}, place))"
        " when 'null' then {value} end"
    ).format(
        value=value,
        of_object=of(value),
        of_item=of(sql.SQL("{}.{}").format(item, inner)),
        item=item,
        inner=inner,
    )
