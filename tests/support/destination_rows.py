"""Streams and records of a made-up connector, put through the destination, and what is in their tables then."""

from __future__ import annotations

import json
from typing import Any

import psycopg
from psycopg.rows import dict_row

from ingestion.airbyte.destination.writer import AirbyteDestination, StreamWriter
from ingestion.airbyte.protocol import Stream, parse_line

STATE = b'{"updated_at": "2026-01-01"}'
PROPERTIES: dict[str, Any] = {
    "id": {"type": ["null", "integer"]},
    "title": {"type": ["null", "string"]},
    "price": {"type": ["null", "number"]},
    "tags": {"type": ["null", "array"]},
    "is_gift": {"type": ["null", "boolean"]},
    "updated_at": {"type": ["null", "string"], "format": "date-time"},
    "deleted_at": {"type": ["null", "string"], "format": "date-time"},
}


def stream(name: str = "orders", key: str | None = "id", cursor: str | None = "updated_at", **more: Any) -> Stream:
    modes = ["full_refresh", "incremental"] if cursor else ["full_refresh"]
    schema = {"properties": {**PROPERTIES, **more}}
    return Stream(name, schema, modes, [cursor] if cursor else None, [[key]] if key else None)


def put(writer: StreamWriter, *records: dict[str, Any] | str) -> None:
    for record in records:
        data = record if isinstance(record, str) else json.dumps(record)
        start = '{"type":"RECORD","record":{"stream":"s","emitted_at":1700000000123,"data":'
        message = parse_line(f"{start}{data}}}}}".encode())
        assert message and message.record
        writer.write(message.record)


def load(destination: AirbyteDestination, of: Stream, *records: dict[str, Any] | str) -> StreamWriter:
    writer = destination.open_stream(of)
    put(writer, *records)
    writer.checkpoint(STATE)
    writer.finish()
    return writer


def rows(connection: psycopg.Connection, table: str = "orders") -> list[dict[str, Any]]:
    query = f'select * from raw_shop."{table}" order by id, _airbyte_raw_id'
    return connection.cursor(row_factory=dict_row).execute(query).fetchall()


def order(number: int, at: str = "2026-01-01T10:00:00+01:00", /, **values: Any) -> dict[str, Any]:
    return {"id": number, "updated_at": at, "title": f"order {number}", "price": 19.9, **values}
