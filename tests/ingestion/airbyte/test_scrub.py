"""What an earlier version or an Airbyte server wrote is cut as a record would be; what is kept stays as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg.types.json import Jsonb

from ingestion.airbyte.scrub import columns_of, scrub
from ingestion.connectors.shopify.kept_fields import KEPT
from ingestion.projection import Projection
from tests.support.warehouse_fixtures import make_order

pytestmark = pytest.mark.services

OLD = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = ("line_items", "refunds", "customer", "shipping_address", "shipping_lines")
ORDER = make_order(
    1, "2026-03-28T23:30:00Z", [(11, 1, 2, "20.00")], refunds=[("2026-03-31T10:00:00Z", [(11, 1, "90")])]
)
ORDER["customer"] = {"id": 7, "email": "ada@mail.example", "default_address": {"address1": "1 Rue A"}}
ORDER["shipping_address"] = {"country_code": "FR", "name": "Ada Lovelace"}
ORDER["refunds"][0]["note"] = "Ada called"
ORDER["refunds"][0]["refund_line_items"][0]["line_item"] = {"properties": [{"value": "For Ada"}]}
ORDER["line_items"][0]["properties"] = [{"name": "Engraving", "value": "For Ada"}]
ORDER["shipping_lines"] = "Ada"  # of another shape than declared


@pytest.fixture
def orders(database: str) -> psycopg.Connection:
    connection = psycopg.connect(database, autocommit=True)
    connection.execute(
        "create table raw_shop.orders (_airbyte_raw_id text, _airbyte_extracted_at timestamptz, id bigint, email text,"
        " line_items jsonb, refunds jsonb, customer jsonb, shipping_address jsonb, shipping_lines jsonb)"
    )
    connection.execute("create table raw_shop.order_refunds (id bigint, note text)")
    connection.execute("insert into raw_shop.order_refunds values (1, 'Ada called')")
    return connection


def insert(connection: psycopg.Connection, number: int, email: str | None, at: datetime) -> None:
    values = [Jsonb(ORDER[name]) for name in COLUMNS]
    connection.execute(
        "insert into raw_shop.orders values ('x', %s, %s, %s, %s, %s, %s, %s, %s)", [at, number, email, *values]
    )


def stored(connection: psycopg.Connection) -> dict[str, Any]:
    row = connection.execute(f"select {', '.join(COLUMNS)} from raw_shop.orders").fetchone()
    assert row
    return dict(zip(COLUMNS, row, strict=True))


def test_rows_are_cut_as_records_are(orders: psycopg.Connection) -> None:
    insert(orders, 1, "ada@mail.example", OLD)
    assert scrub(orders, "raw_shop", KEPT, ["order_refunds", "never_there"]) == 2
    cut, _ = Projection(KEPT["orders"]).record(msgspec.json.encode(ORDER))
    expected = msgspec.json.decode(cut)
    assert stored(orders) == {name: expected[name] for name in COLUMNS}
    assert "Ada" not in str(orders.execute("select t::text from raw_shop.orders as t").fetchall())
    assert scrub(orders, "raw_shop", KEPT, ["order_refunds"], OLD) == 0
    assert "email" in columns_of(orders, psycopg.sql.Identifier("raw_shop", "orders"))


def test_rows_of_a_job_are_looked_into_although_no_column_tells(orders: psycopg.Connection) -> None:
    insert(orders, 1, None, OLD)
    assert scrub(orders, "raw_shop", KEPT, since=OLD + timedelta(days=1)) == 0
    assert scrub(orders, "raw_shop", KEPT, since=OLD) == 1
    assert stored(orders)["customer"] == {"id": 7}
