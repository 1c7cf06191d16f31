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
AT, LATER = "2026-10-26T10:00:00Z", "2026-10-28T10:00:00Z"  # when an order is placed, and a credit memo made


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


def item(item_id: int, price: str, **changes: Any) -> dict[str, Any]:
    """One unit of an order's item or of a credit memo's; amounts are equal in both currencies."""
    amounts = {"price": float(price), "row_total": float(price), "tax_amount": 0.0, "discount_amount": 0.0}
    both = amounts | {f"base_{name}": amount for name, amount in amounts.items()}
    return {"item_id": item_id, "product_id": 1, "sku": "LAMP", "qty_ordered": 1, **both, **changes}


def order(order_id: int, total: str, items: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """A paid order in euros without delivery."""
    subtotal = sum(one["row_total"] for one in items)
    return {
        "entity_id": order_id, "increment_id": f"{order_id:09d}", "state": "complete", "is_placed_by_customer": True,
        "base_currency_code": "EUR", "order_currency_code": "EUR", "base_to_order_rate": 1, "billing_country_id": "DE",
        "subtotal": subtotal, "grand_total": total, "base_grand_total": total, "total_paid": total, "items": items,
        "tax_amount": 0, "base_tax_amount": 0, "shipping_amount": 0, "base_shipping_amount": 0, "discount_amount": 0,
        "created_at": AT, "updated_at": AT, **changes,
    }  # fmt: skip


def memo(memo_id: int, order_id: int, total: str, items: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    """A credit memo in euros."""
    return {
        "entity_id": memo_id, "order_id": order_id, "state": 2, "base_currency_code": "EUR",
        "order_currency_code": "EUR", "grand_total": total, "base_grand_total": total, "items": items,
        "created_at": LATER, "updated_at": LATER, **changes,
    }  # fmt: skip


def returned(entry_id: int, item_id: int, price: str, **changes: Any) -> dict[str, Any]:
    """One unit of an order's item, as an item of a credit memo."""
    return item(item_id, price, entity_id=entry_id, order_item_id=item_id, qty=1) | changes


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
