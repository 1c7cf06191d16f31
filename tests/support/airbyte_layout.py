"""Rows as Airbyte's own Postgres destination lays them out: written from its documentation, without a line of ours.

Version 3 (direct load): one typed table per stream, deduplicated by primary key; the newest cursor wins, then the
newest extraction; a row without a cursor never replaces one that has it. Source: Airbyte's documentation of the
destination and of typing and deduping.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

META = """
    _airbyte_raw_id varchar not null, _airbyte_extracted_at timestamptz not null, _airbyte_meta jsonb not null,
    _airbyte_generation_id bigint
"""
SIMPLE = {"integer": "bigint", "number": "numeric", "boolean": "boolean"}


def write_stream(
    connection: psycopg.Connection,
    schema: str,
    stream: dict[str, Any],
    records: Sequence[dict[str, Any]],
    *,
    sync_id: int,
    is_incremental: bool,
) -> None:
    """One sync's records of a stream (RECORD messages), in one transaction. `stream` is of the source's catalog."""
    columns = {name: _type(kind) for name, kind in stream["json_schema"]["properties"].items()}
    table = sql.Identifier(schema, stream["name"])
    with connection.transaction():
        _ensure(connection, table, columns)
        connection.execute(sql.SQL("create temp table stage (like {}) on commit drop").format(table))
        names = ["_airbyte_raw_id", "_airbyte_extracted_at", "_airbyte_meta", "_airbyte_generation_id", *columns]
        insert = sql.SQL("insert into stage ({}) values ({})").format(
            sql.SQL(", ").join(map(sql.Identifier, names)), sql.SQL(", ").join([sql.Placeholder()] * len(names))
        )
        with connection.cursor() as cursor:
            cursor.executemany(insert, [_row(record, columns, sync_id) for record in records])
        if is_incremental:
            keys = [path[0] for path in stream["source_defined_primary_key"]]
            _upsert(connection, table, names, keys, stream["default_cursor_field"][0])
        else:
            connection.execute(sql.SQL("truncate {}").format(table))
            listed = sql.SQL(", ").join(map(sql.Identifier, names))
            connection.execute(sql.SQL("insert into {} ({}) select {} from stage").format(table, listed, listed))


def _type(schema: dict[str, Any]) -> str:
    kinds = [kind for kind in _as_list(schema.get("type")) if kind != "null"]
    if len(kinds) != 1 or "oneOf" in schema or "anyOf" in schema:
        return "jsonb"
    if kinds[0] == "string":
        return {"date-time": "timestamptz", "date": "date"}.get(schema.get("format", ""), "varchar")
    return SIMPLE.get(kinds[0], "jsonb")


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _ensure(connection: psycopg.Connection, table: sql.Identifier, columns: dict[str, str]) -> None:
    connection.execute(sql.SQL("create table if not exists {} ({})").format(table, sql.SQL(META)))
    for name, kind in columns.items():
        connection.execute(
            sql.SQL("alter table {} add column if not exists {} {}").format(table, sql.Identifier(name), sql.SQL(kind))
        )


def _row(record: dict[str, Any], columns: dict[str, str], sync_id: int) -> list[Any]:
    extracted_at = datetime.fromtimestamp(record["emitted_at"] / 1000, UTC)
    meta = Jsonb({"changes": [], "sync_id": sync_id})
    data = record["data"]
    return [str(uuid.uuid4()), extracted_at, meta, 0, *(_value(data.get(name), kind) for name, kind in columns.items())]


def _value(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "jsonb":
        return Jsonb(value, dumps=lambda document: json.dumps(document, default=float))
    if kind == "varchar" and not isinstance(value, str):
        return json.dumps(value)
    return value


def _upsert(
    connection: psycopg.Connection, table: sql.Identifier, names: Sequence[str], keys: Sequence[str], cursor: str
) -> None:
    def listed(columns: Sequence[str], prefix: str = "") -> sql.Composed:
        qualified = [sql.SQL(prefix) + sql.Identifier(name) for name in columns]
        return sql.SQL(", ").join(qualified)

    parts = {
        "table": table,
        "names": listed(names),
        "keys": listed(keys),
        "new_names": listed(names, "new."),
        "cursor": sql.Identifier(cursor),
        "same": sql.SQL(" and ").join(sql.SQL("old.{0} = new.{0}").format(sql.Identifier(key)) for key in keys),
        "set": sql.SQL(", ").join(sql.SQL("{0} = new.{0}").format(sql.Identifier(name)) for name in names),
    }
    connection.execute(
        sql.SQL(
            """
            create temp table newest on commit drop as
            select distinct on ({keys}) * from stage
            order by {keys}, {cursor} desc nulls last, _airbyte_extracted_at desc
            """
        ).format(**parts)
    )
    connection.execute(
        sql.SQL(
            """
            merge into {table} as old using newest as new on {same}
            when matched and (
                old.{cursor} < new.{cursor}
                or old.{cursor} is null and new.{cursor} is not null
                or old.{cursor} is not distinct from new.{cursor}
                and old._airbyte_extracted_at < new._airbyte_extracted_at
            ) then update set {set}
            when not matched then insert ({names}) values ({new_names})
            """
        ).format(**parts)
    )
