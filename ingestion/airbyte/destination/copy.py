"""COPYs rows into a table, even if Postgres refuses some of their values."""

from __future__ import annotations

import json
from collections.abc import Sequence

import psycopg
from psycopg import sql

Row = tuple[str | int | bool | None, ...]

# errors of a value, not of the server; any other error is raised
_VALUE_ERRORS = (psycopg.DataError, psycopg.errors.ProgramLimitExceeded, psycopg.errors.StatementTooComplex)


def copy_rows(
    connection: psycopg.Connection,
    table: sql.Identifier,
    names: Sequence[str],
    types: Sequence[str],
    rows: Sequence[Row],
) -> None:
    """Append `rows`; each has one value per name, `types` are the columns' Postgres types.

    Converters reject most bad values, but Postgres may refuse more (jsonb too deep, a number too long). The rows in
    question are found by halving, and their bad values become null, with an entry in `_airbyte_meta.changes`. Raises
    psycopg.Error for any other failure.
    """
    if not rows:
        return
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    statement = sql.SQL("copy {} ({}) from stdin").format(table, columns)
    try:
        with connection.transaction(), connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except _VALUE_ERRORS:
        if len(rows) > 1:
            middle = len(rows) // 2
            copy_rows(connection, table, names, types, rows[:middle])
            copy_rows(connection, table, names, types, rows[middle:])
            return
        cleaned = _without_bad_values(connection, names, types, rows[0])
        if cleaned == rows[0]:
            raise
        copy_rows(connection, table, names, types, [cleaned])


def _without_bad_values(connection: psycopg.Connection, names: Sequence[str], types: Sequence[str], row: Row) -> Row:
    values = list(row)
    changes = []
    for position, (name, kind) in enumerate(zip(names, types, strict=True)):
        if values[position] is not None and not _is_accepted(connection, values[position], kind):
            values[position] = None
            changes.append({"field": name, "change": "NULLED", "reason": "DESTINATION_SERIALIZATION_ERROR"})
    meta_position = names.index("_airbyte_meta")
    meta = json.loads(str(values[meta_position] or "{}"))
    if changes:
        values[meta_position] = json.dumps({**meta, "changes": [*meta.get("changes", []), *changes]})
    return tuple(values)


def _is_accepted(connection: psycopg.Connection, value: object, kind: str) -> bool:
    try:
        with connection.transaction():
            connection.execute(sql.SQL("select %s::text::{}").format(sql.SQL(kind)), [value])
    except _VALUE_ERRORS:
        return False
    return True
