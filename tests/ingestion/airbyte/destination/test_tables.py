"""Tables follow the schema of their stream: columns that are new, wider, narrower, gone or oddly named."""

from __future__ import annotations

import json
from decimal import Decimal

import psycopg
import pytest

from ingestion.airbyte.destination.tables import SchemaChangeError
from ingestion.airbyte.destination.writer import AirbyteDestination
from tests.support.destination_rows import STATE, load, order, rows, stream

pytestmark = pytest.mark.services


def test_an_added_column_is_filled_also_for_records_that_did_not_change(
    destination: AirbyteDestination, connection: psycopg.Connection
) -> None:
    load(destination, stream(), order(1, note="hello"))
    writer = load(destination, stream(note={"type": "string"}), order(1, note="hello"))
    assert writer.table.changes == ["column note (text) added to raw_shop.orders"]
    assert rows(connection)[0]["note"] == "hello"


def test_a_wider_type_widens_the_column_and_keeps_its_values(
    destination: AirbyteDestination, connection: psycopg.Connection
) -> None:
    load(destination, stream(number={"type": "integer"}), order(1, number=5))
    load(destination, stream(number={"type": "number"}), order(2, number=5.5))
    assert [row["number"] for row in rows(connection)] == [5, Decimal("5.5")]
    writer = load(destination, stream(number={"type": "string"}), order(3, number="B-7"))
    assert [row["number"] for row in rows(connection)] == ["5", "5.5", "B-7"]
    assert writer.table.changes == ["column number of raw_shop.orders widened from numeric to text"]


def test_a_narrower_type_keeps_the_wide_column(destination: AirbyteDestination, connection: psycopg.Connection) -> None:
    load(destination, stream(number={"type": "string"}), order(1, number="B-7"))
    writer = load(destination, stream(number={"type": "integer"}), order(2, number=8))
    assert [row["number"] for row in rows(connection)] == ["B-7", "8"]
    assert writer.table.changes == []


def test_a_removed_column_keeps_its_values(destination: AirbyteDestination, connection: psycopg.Connection) -> None:
    load(destination, stream(note={"type": "string"}), order(1, note="kept"))
    load(destination, stream(), order(2))
    assert [row["note"] for row in rows(connection)] == ["kept", None]


def test_a_retyped_column_under_a_view_is_refused_by_name(
    destination: AirbyteDestination, connection: psycopg.Connection
) -> None:
    load(destination, stream(number={"type": "integer"}), order(1, number=5))
    connection.execute("create view staging.stg_orders as select number from raw_shop.orders")
    with pytest.raises(SchemaChangeError, match=r"column number of raw_shop\.orders .* bigint to text .*stg_orders"):
        destination.open_stream(stream(number={"type": "string"}))
    assert rows(connection)[0]["number"] == 5


def test_long_names_do_not_meet(destination: AirbyteDestination, connection: psycopg.Connection) -> None:
    one, other = "p" * 70 + "1", "p" * 70 + "2"
    of = stream("s" * 70, **{one: {"type": "string"}, other: {"type": "string"}})
    writer = load(destination, of, order(1, **{one: "first", other: "second"}))
    (row,) = rows(connection, writer.table.name)
    assert sorted(value for name, value in row.items() if name.startswith("ppp")) == ["first", "second"]


def test_tables_exist_for_streams_without_records(
    destination: AirbyteDestination, connection: psycopg.Connection
) -> None:
    load(destination, stream("refunds"))
    assert rows(connection, "refunds") == []


ODD_NAMES = ['quo"te', "back\\slash", "ta\tb", "", "ctid", "xmin", "_airbyte_raw_id", "per%cent", "a'b", "ä" * 60]


def test_odd_names_are_mapped(destination: AirbyteDestination, connection: psycopg.Connection) -> None:
    of = stream("_airbyte_state", **{name: {"type": "string"} for name in ODD_NAMES})
    writer = load(destination, of, order(1, **{name: f"value of {name!r}" for name in ODD_NAMES}))
    assert writer.rows_written == 1 and destination.states() == {"_airbyte_state": json.loads(STATE)}
    (row,) = rows(connection, writer.table.name)
    names = {column.property: column.name for column in writer.table.columns}
    assert {name: row[names[name]] for name in ODD_NAMES} == {name: f"value of {name!r}" for name in ODD_NAMES}
    assert row["_airbyte_raw_id"].count("-") == 4
