"""Records in a real Postgres: exactly once, typed, and none lost."""

from __future__ import annotations

import json
import random
from decimal import Decimal

import psycopg
import pytest

from ingestion.airbyte.destination.writer import AirbyteDestination, StreamError
from tests.support.destination_rows import STATE, load, order, put, rows, stream

pytestmark = pytest.mark.services


def test_the_layout_is_that_of_airbytes_postgres_destination(
    destination: AirbyteDestination, connection: psycopg.Connection
) -> None:
    destination.open_stream(stream())
    columns = connection.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = 'raw_shop' and table_name = 'orders' order by ordinal_position"
    ).fetchall()
    assert columns == [
        ("_airbyte_raw_id", "character varying"),
        ("_airbyte_extracted_at", "timestamp with time zone"),
        ("_airbyte_meta", "jsonb"),
        ("_airbyte_generation_id", "bigint"),
        ("id", "bigint"),
        ("title", "text"),
        ("price", "numeric"),
        ("tags", "jsonb"),
        ("is_gift", "boolean"),
        ("updated_at", "timestamp with time zone"),
        ("deleted_at", "timestamp with time zone"),
    ]


def test_values_arrive_exactly(destination: AirbyteDestination, connection: psycopg.Connection) -> None:
    load(destination, stream(), '{"id":1,"title":"tab\\tnew\\nline \\\\N é","price":0.10,"tags":[1.10,{"a":null}]}')
    (row,) = rows(connection)
    assert row["title"] == "tab\tnew\nline \\N é"
    assert row["price"] == Decimal("0.10")
    assert row["tags"] == [1.10, {"a": None}]
    assert row["_airbyte_extracted_at"].isoformat() == "2023-11-14T22:13:20.123000+00:00"
    assert row["_airbyte_meta"]["changes"] == []


def test_a_record_read_again_is_not_written(destination: AirbyteDestination, connection: psycopg.Connection) -> None:
    records = [order(number) for number in range(5)]
    assert load(destination, stream(), *records).rows_written == 5
    before = connection.execute("select id, xmin::text, ctid::text from raw_shop.orders").fetchall()
    assert load(destination, stream(), *records).rows_written == 0
    assert connection.execute("select id, xmin::text, ctid::text from raw_shop.orders").fetchall() == before


def test_only_what_changed_is_written(destination: AirbyteDestination, connection: psycopg.Connection) -> None:
    load(destination, stream(), *(order(number) for number in range(5)))
    changed = order(3, "2026-01-02T00:00:00Z", title="changed")
    assert load(destination, stream(), order(2), changed, order(9)).rows_written == 2
    assert [(row["id"], row["title"]) for row in rows(connection)][3:] == [
        (3, "changed"),
        (4, "order 4"),
        (9, "order 9"),
    ]


def test_the_newest_cursor_wins_whatever_the_order_and_the_offset(
    destination: AirbyteDestination, connection: psycopg.Connection
) -> None:
    # 10:30+02:00 is before 10:00+01:00, though its text sorts after it
    load(destination, stream(), order(1, "2026-10-25T10:00:00+01:00", title="new"))
    load(destination, stream(), order(1, "2026-10-25T10:30:00+02:00", title="old"))
    assert rows(connection)[0]["title"] == "new"
    newest, older = order(2, "2026-03-02T00:00:00Z", title="new"), order(2, "2026-03-01T00:00:00Z", title="old")
    load(destination, stream(), newest, older)
    assert rows(connection)[1]["title"] == "new"


def test_an_update_in_the_same_second_as_the_cursor_wins_by_being_read_later(
    destination: AirbyteDestination, connection: psycopg.Connection
) -> None:
    load(destination, stream(), order(1, title="first"))
    load(destination, stream(), order(1, title="second"))
    load(destination, stream(), order(2, title="first"), order(2, title="second"))
    assert [row["title"] for row in rows(connection)] == ["second", "second"]


def test_a_bad_value_becomes_null_and_says_why(destination: AirbyteDestination, connection: psycopg.Connection) -> None:
    load(destination, stream(), order(1, price="a lot", is_gift="perhaps"), order(3))
    by_title = {row["title"]: row for row in rows(connection)}
    bad = by_title["order 1"]
    assert bad["price"] is None and bad["is_gift"] is None
    assert [change["field"] for change in bad["_airbyte_meta"]["changes"]] == ["price", "is_gift"]
    assert {change["change"] for change in bad["_airbyte_meta"]["changes"]} == {"NULLED"}
    assert by_title["order 3"]["_airbyte_meta"]["changes"] == []


@pytest.mark.parametrize(
    ("record", "lacking"),
    [
        ({}, "id"),
        ({"id": None, "updated_at": "2026-01-02T00:00:00Z"}, "id"),
        ({"id": "Lovelace", "updated_at": "2026-01-02T00:00:00Z"}, "id"),
        ({"id": 2**70, "updated_at": "2026-01-02T00:00:00Z"}, "id"),
        ({"id": 3, "updated_at": "ada@example.org"}, "updated_at"),
    ],
)
def test_a_record_that_nobody_could_find_again_ends_its_stream(
    destination: AirbyteDestination, connection: psycopg.Connection, record: dict[str, object], lacking: str
) -> None:
    writer = destination.open_stream(stream())
    put(writer, order(1))
    writer.checkpoint(STATE)
    put(writer, order(2))
    with pytest.raises(
        StreamError, match=f"^a record of orders came without its {lacking}: the answer was cut off"
    ) as told:
        put(writer, record)
    assert "ada" not in str(told.value) and "Lovelace" not in str(told.value)
    writer.abandon()
    assert [row["id"] for row in rows(connection)] == [1]
    assert destination.states() == {"orders": json.loads(STATE)}


def test_a_value_only_postgres_refuses_does_not_stop_the_others(
    destination: AirbyteDestination, connection: psycopg.Connection
) -> None:
    too_large = '{"id":50,"title":"kept","tags":[1e200000],"updated_at":"2026-01-02T00:00:00Z"}'
    load(destination, stream(), *(order(number) for number in range(100)), too_large)
    found = {row["id"]: row for row in rows(connection)}
    assert len(found) == 100
    assert found[50]["title"] == "kept" and found[50]["tags"] is None
    assert found[50]["_airbyte_meta"]["changes"] == [
        {"field": "tags", "change": "NULLED", "reason": "DESTINATION_SERIALIZATION_ERROR"}
    ]


def test_nul_is_stripped_and_said(destination: AirbyteDestination, connection: psycopg.Connection) -> None:
    load(destination, stream(), order(1, title="a\x00b", tags=["\x00"]))
    (row,) = rows(connection)
    assert row["title"] == "ab" and row["tags"] == [""]
    assert [change["field"] for change in row["_airbyte_meta"]["changes"]] == ["title", "tags"]


def test_a_description_of_ten_megabytes_passes(destination: AirbyteDestination, connection: psycopg.Connection) -> None:
    load(destination, stream(), order(1, title="x" * 10_000_000), order(2))
    assert [len(row["title"]) for row in rows(connection)] == [10_000_000, 7]


def test_a_tombstone_marks_its_row_and_stays_so(
    destination: AirbyteDestination, connection: psycopg.Connection
) -> None:
    load(destination, stream(), order(1), order(2))
    tombstone = {"id": 1, "deleted_at": "2026-02-01T00:00:00Z"}
    unknown = {"id": 7, "deleted_at": "2026-02-02T00:00:00Z"}
    assert load(destination, stream(), tombstone, unknown).rows_written == 2
    assert load(destination, stream(), tombstone, unknown).rows_written == 0
    found = {row["id"]: row for row in rows(connection)}
    assert found[1]["deleted_at"] is not None and found[1]["title"] == "order 1"
    assert found[2]["deleted_at"] is None
    assert found[7]["deleted_at"] is not None and found[7]["title"] is None


def test_an_order_made_and_deleted_between_two_syncs_is_marked(
    destination: AirbyteDestination, connection: psycopg.Connection
) -> None:
    load(destination, stream(), order(1), {"id": 1, "deleted_at": "2026-02-01T00:00:00Z"})
    (row,) = rows(connection)
    assert row["deleted_at"] is not None and row["price"] == Decimal("19.9")


def test_a_property_outside_the_schema_is_reported(destination: AirbyteDestination) -> None:
    assert load(destination, stream(), order(1, surprise=1)).unknown_properties == {"surprise"}


def test_a_full_refresh_swaps_all_rows_as_one_generation(
    destination: AirbyteDestination, connection: psycopg.Connection
) -> None:
    locations = stream("locations", cursor=None)
    assert load(destination, locations, order(1), order(2)).rows_written == 2
    assert load(destination, locations, order(2), order(1)).rows_written == 0  # the same: nothing written
    assert {row["_airbyte_generation_id"] for row in rows(connection, "locations")} == {1}
    assert load(destination, locations, order(2), order(3)).rows_written == 2
    found = rows(connection, "locations")
    assert [(row["id"], row["_airbyte_generation_id"]) for row in found] == [(2, 2), (3, 2)]
    assert load(destination, locations).rows_written == 0 and rows(connection, "locations") == []


def test_a_full_refresh_that_broke_off_changes_nothing(
    destination: AirbyteDestination, connection: psycopg.Connection
) -> None:
    locations = stream("locations", cursor=None)
    load(destination, locations, order(1))
    writer = destination.open_stream(locations)
    put(writer, order(2))
    writer.abandon()
    assert [row["id"] for row in rows(connection, "locations")] == [1]


def test_without_a_key_a_record_read_again_is_known_by_its_content(
    destination: AirbyteDestination, connection: psycopg.Connection
) -> None:
    events = stream("events", key=None)
    load(destination, events, order(1), order(1), order(2))
    assert load(destination, events, order(2), order(2, "2026-02-01T00:00:00Z")).rows_written == 1
    assert [row["id"] for row in rows(connection, "events")] == [1, 1, 2, 2]


def test_duplicates_of_another_writer_can_stand_in_the_table(
    destination: AirbyteDestination, connection: psycopg.Connection
) -> None:
    load(destination, stream(), order(1))
    connection.execute("insert into raw_shop.orders select * from raw_shop.orders")
    assert len(rows(connection)) == 2
    load(destination, stream(), order(1, "2026-05-01T00:00:00Z", title="new"))
    assert [row["title"] for row in rows(connection)] == ["new"]


def test_rows_without_a_key_are_all_kept(destination: AirbyteDestination, connection: psycopg.Connection) -> None:
    for cursor in (None, "updated_at"):  # replaced as a whole, and merged
        of = stream(f"keyless_{cursor}", key=None, cursor=cursor)
        same = order(1)
        first = load(destination, of, same, same, order(2))
        assert (first.records_count, first.rows_written, first.rows_unchanged) == (3, 3, 0)
        assert [row["id"] for row in rows(connection, of.name)] == [1, 1, 2]
        again = load(destination, of, same, same, order(2))
        assert (again.rows_written, again.rows_unchanged) == (0, 3)
        load(destination, of, same, same, order(2), same)
        assert [row["id"] for row in rows(connection, of.name)] == [1, 1, 1, 2]


def test_a_stream_that_cannot_be_stored_fails_alone(
    destination: AirbyteDestination, connection: psycopg.Connection
) -> None:
    good = destination.open_stream(stream("good"))
    with pytest.raises(StreamError, match="cannot store the stream wide: tables can have at most 1600 columns"):
        destination.open_stream(stream("wide", **{f"p{place}": {"type": "string"} for place in range(1_700)}))
    long = destination.open_stream(stream("long", key="title"))
    put(long, order(1, title="".join(map(chr, random.Random(1).choices(range(0x4E00, 0x9FFF), k=3_000)))))
    put(good, order(1))
    with pytest.raises(StreamError, match="cannot store the stream long: index row"):
        long.finish()
    long.abandon()
    put(good, order(2))
    good.checkpoint(STATE)
    good.finish()
    assert [row["id"] for row in rows(connection, "good")] == [1, 2] and not long.has_saved
