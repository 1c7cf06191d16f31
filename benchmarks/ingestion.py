"""The raw writer beside a bare COPY of the same rows, and the same records a second time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import psycopg

from benchmarks.figure import Figure
from benchmarks.services import measuring_services
from ingestion.airbyte_destination import AirbyteDestination
from ingestion.airbyte_protocol import Stream, parse_line

RECORDS = 100_000
RECORDS_PER_STATE = 5_000
STATE = b'{"updated_at": "2026-01-01T00:00:00Z"}'

_KINDS = {"text": 12, "integer": 4, "number": 4, "boolean": 4, "date-time": 4, "object": 3, "array": 3}
_TEXT_TYPES = {"text": "string", "date-time": "string"}


def measure() -> list[Figure]:
    """Every figure of the family `ingestion`."""
    with measuring_services() as services:
        return measure_writer(services.database_url)


def measure_writer(database_url: str, records: int = RECORDS) -> list[Figure]:
    """Rows per second into an empty raw table, and for the same records read again."""
    stream = _stream()
    with psycopg.connect(database_url, autocommit=True) as connection:
        first = records / _load(connection, stream, records)
        bare = records / _bare_copy(connection, stream)
        again = records / _load(connection, stream, records)
    return [
        Figure(
            "raw writer, empty table", "rows/s", first, bare, target=1 / 3, target_on="ratio",
            note="baseline: bare COPY of the same rows into a table without an index",
        ),
        Figure("raw writer, nothing changed", "rows/s", again, bare),
    ]  # fmt: skip


def _load(connection: psycopg.Connection, stream: Stream, records: int) -> float:
    lines = list(_lines(stream, records))
    began = time.perf_counter()
    writer = AirbyteDestination(connection).open_stream(stream)
    for number, line in enumerate(lines, 1):
        message = parse_line(line)
        assert message and message.record
        writer.write(message.record)
        if number % RECORDS_PER_STATE == 0:
            writer.checkpoint(STATE)
    writer.finish()
    return time.perf_counter() - began


def _bare_copy(connection: psycopg.Connection, stream: Stream) -> float:
    connection.execute(f"create table public.bare (like raw_shop.{stream.name})")
    with connection.cursor().copy(f"copy raw_shop.{stream.name} to stdout") as rows:
        content = [bytes(row) for row in rows]
    began = time.perf_counter()
    with connection.cursor().copy("copy public.bare from stdin") as copy:
        for row in content:
            copy.write(row)
    return time.perf_counter() - began


def _stream() -> Stream:
    """As wide as a product: about 35 properties and 2 kB."""
    properties: dict[str, dict[str, str]] = {"id": {"type": "integer"}}
    properties["updated_at"] = {"type": "string", "format": "date-time"}
    for kind, count in _KINDS.items():
        schema = {"type": _TEXT_TYPES.get(kind, kind)} | ({"format": kind} if kind == "date-time" else {})
        properties |= {f"{kind.replace('-', '_')}_{number}": schema for number in range(count)}
    return Stream("bench", {"properties": properties}, ["incremental"], ["updated_at"], [["id"]])


def _lines(stream: Stream, records: int) -> Iterator[bytes]:
    values = {
        "integer": 8_001_234,
        "number": 1299.95,
        "boolean": True,
        "object": {"amount": "12.50", "currency_code": "EUR", "nested": {"a": [1, 2, 3]}},
        "array": [{"id": 1, "src": "https://images.example/1.jpg", "width": 800}] * 3,
    }
    for number in range(records):
        data: dict[str, object] = {"id": number}
        for name, schema in stream.json_schema["properties"].items():
            if schema.get("format"):
                data[name] = "2026-01-02T03:04:05+01:00"
            elif name != "id":
                data[name] = values.get(schema["type"], f'A laptop "{number}" with a light case, é')
        record = {"stream": stream.name, "emitted_at": 1_700_000_000_000, "data": data}
        yield json.dumps({"type": "RECORD", "record": record}).encode()
