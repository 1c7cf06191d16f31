"""The Airbyte protocol: which lines are messages, what is cleaned, which files a connector gets."""

from __future__ import annotations

import json

import pytest

from ingestion.airbyte.protocol import Stream, configured_catalog, parse_line, state_file


def record_line(data: str, stream: str = "products") -> bytes:
    return b'{"type":"RECORD","record":{"stream":"%s","emitted_at":5,"data":%s}}' % (
        stream.encode(),
        data.encode("utf-8", "surrogatepass"),
    )


def data_of(line: bytes) -> bytes:
    message = parse_line(line)
    assert message and message.record
    return bytes(message.record.data)


def test_numbers_and_nested_values_keep_their_text() -> None:
    data = '{"price":19.90,"id":12345678901234567890123,"tiny":1e-30,"nested":{"b":1.10,"a":[1.0]}}'
    assert data_of(record_line(data)) == data.encode()


@pytest.mark.parametrize("line", [b"", b"Traceback (most recent call last):", b"[1]", b"12", b'{"type":', b'{"a":1}'])
def test_a_line_that_is_no_message_is_none(line: bytes) -> None:
    assert parse_line(line) is None


def test_unknown_message_types_pass() -> None:
    message = parse_line(b'{"type":"CONTROL","control":{"type":"CONNECTOR_CONFIG","emitted_at":1.0}}')
    assert message and message.type == "CONTROL" and message.record is None


@pytest.mark.parametrize(
    ("data", "cleaned", "change"),
    [
        (r'{"title":"a\u0000b","id":1}', {"title": "ab", "id": 1}, "TRUNCATED"),
        (r'{"title":"\ud800x","id":1}', {"title": "x", "id": 1}, "TRUNCATED"),
        (r'{"title":{"deep":["\u0000"]},"id":1}', {"title": {"deep": [""]}, "id": 1}, "TRUNCATED"),
        (r'{"title":NaN,"id":1}', {"title": None, "id": 1}, "NULLED"),
        (r'{"title":{"x":-Infinity},"id":1}', {"title": {"x": None}, "id": 1}, "TRUNCATED"),
    ],
)
def test_what_postgres_refuses_is_taken_out_and_said(data: str, cleaned: dict, change: str) -> None:
    message = parse_line(record_line(data))
    assert message and message.record
    assert json.loads(bytes(message.record.data)) == cleaned
    assert [(entry.field, entry.change) for entry in message.record.changes] == [("title", change)]


def test_invalid_utf8_does_not_lose_the_record() -> None:
    line = record_line('{"title":"x","id":7}').replace(b'"x"', b'"x\xff"')
    assert json.loads(data_of(line)) == {"title": "x\ufffd", "id": 7}


def test_an_escaped_backslash_is_no_nul() -> None:
    data = r'{"title":"\\u0000 and a pair 😀"}'
    message = parse_line(record_line(data))
    assert message and message.record
    assert json.loads(bytes(message.record.data)) == json.loads(data)
    assert message.record.changes == []


def test_money_survives_the_slow_way_too() -> None:
    assert b"19.90" in data_of(record_line(r'{"title":"\u0000","price":19.90}'))


def test_changes_the_source_made_are_kept() -> None:
    line = (
        b'{"type":"RECORD","record":{"stream":"a","emitted_at":1,"data":{"b":null},"meta":{"changes":'
        b'[{"field":"b","change":"NULLED","reason":"SOURCE_RETRIEVAL_ERROR"}]}}}'
    )
    message = parse_line(line)
    assert message and message.record
    assert [change.reason for change in message.record.changes] == ["SOURCE_RETRIEVAL_ERROR"]


def test_a_stream_is_read_the_best_way_it_offers() -> None:
    orders = Stream("orders", {}, ["full_refresh", "incremental"], ["updated_at"], [["id"]])
    locations = Stream("locations", {}, ["full_refresh"], None, [["id"]])
    modes = [
        (entry["stream"]["name"], entry["sync_mode"], entry["destination_sync_mode"], entry["cursor_field"])
        for entry in configured_catalog([orders, locations])["streams"]
    ]
    assert modes == [
        ("orders", "incremental", "append_dedup", ["updated_at"]),
        ("locations", "full_refresh", "overwrite", []),
    ]


def test_a_nested_key_is_not_taken_for_a_top_level_one() -> None:
    assert Stream("x", {}, [], None, [["node", "id"]]).primary_key == ()
    assert Stream("x", {}, [], None, [["a"], ["b"]]).primary_key == ("a", "b")


def test_state_goes_back_as_it_was_saved() -> None:
    assert state_file({"orders": {"updated_at": "2026-01-01"}}) == [
        {
            "type": "STREAM",
            "stream": {"stream_descriptor": {"name": "orders"}, "stream_state": {"updated_at": "2026-01-01"}},
        }
    ]
