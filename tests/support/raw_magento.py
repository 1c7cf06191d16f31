"""The raw tables of a Magento shop, as our destination makes them of the manifest's streams, without a connector."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from benchmarks.support.raw_shop import AIRBYTE
from ingestion.airbyte.destination.columns import columns_of
from ingestion.connectors.magento.connector import magento_source
from ingestion.connectors.spec import MANIFEST_OPTION

EXTRACTED_AT = "2026-10-30T00:00:00Z"


def create_raw_magento(database_url: str) -> None:
    """Create the empty tables in raw_shop, one for each stream."""
    with psycopg.connect(database_url) as connection:
        for stream, schema in _schemas().items():
            columns = sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type))
                for column in columns_of(schema)
            )
            connection.execute(
                sql.SQL("create table raw_shop.{} ({}, {})").format(sql.Identifier(stream), sql.SQL(AIRBYTE), columns)
            )


def insert_record(connection: psycopg.Connection, stream: str, **record: Any) -> None:
    """Insert one record of a stream; lists and objects become jsonb."""
    key = record.get("entity_id") or record.get("id") or record.get("sku")
    row = {"_airbyte_raw_id": f"{stream}-{key}", "_airbyte_extracted_at": EXTRACTED_AT} | record
    values = [Jsonb(value) if isinstance(value, dict | list) else value for value in row.values()]
    connection.execute(
        sql.SQL("insert into raw_shop.{} ({}) values ({})").format(
            sql.Identifier(stream),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join([sql.Placeholder()] * len(row)),
        ),
        values,
    )


def _schemas() -> dict[str, dict[str, Any]]:
    """JSON schema of each stream, with the manifest's references to its types filled in."""
    manifest = magento_source(Path("venv"), "https://shop.example", "token", "2025-01-01").config[MANIFEST_OPTION]
    types = manifest["definitions"]["types"]
    found = {}
    for stream in manifest["streams"]:
        properties = stream["schema_loader"]["schema"]["properties"]
        filled = {
            name: types[given["$ref"].rpartition("/")[2]] if "$ref" in given else given
            for name, given in properties.items()
        }
        found[stream["name"]] = {"type": "object", "properties": filled}
    return found
