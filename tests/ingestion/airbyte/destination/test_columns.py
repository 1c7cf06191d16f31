"""JSON schema to column types, and JSON values to the text that COPY takes."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.airbyte.destination.columns import column_type, converter, database_name, widened


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": ["null", "string"]}, "text"),
        ({"type": "integer"}, "bigint"),
        ({"type": ["null", "number"], "multipleOf": 1e-10}, "numeric"),
        ({"type": "number", "airbyte_type": "integer"}, "bigint"),
        ({"type": ["null", "boolean"]}, "boolean"),
        ({"type": ["null", "string"], "format": "date-time"}, "timestamptz"),
        ({"type": "string", "format": "date-time", "airbyte_type": "timestamp_without_timezone"}, "timestamp"),
        ({"type": ["null", "string"], "format": "date"}, "date"),
        ({"type": "string", "format": "time"}, "timetz"),
        ({"type": ["null", "object"], "additionalProperties": True}, "jsonb"),
        ({"type": "array"}, "jsonb"),
        ({}, "jsonb"),
        ({"type": ["string", "number"]}, "text"),
        ({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string"}, {"type": "null"}]}, "text"),
        ({"oneOf": [{"type": ["null", "object"]}, {"type": ["null", "string"]}]}, "jsonb"),
    ],
)
def test_column_types_are_those_of_the_postgres_destination(schema: dict, expected: str) -> None:
    assert column_type(schema) == expected


def test_widening_never_loses_a_value() -> None:
    assert widened("bigint", "numeric") == widened("numeric", "bigint") == "numeric"
    assert widened("date", "timestamptz") == "timestamptz"
    assert widened("bigint", "text") == widened("boolean", "timestamptz") == "text"
    assert widened("text", "jsonb") == "jsonb"
    assert widened("date", "date") == "date"


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("text", '"a\\nb\\u00e9"', "a\nbé"),
        ("text", '{"a": 1.50}', '{"a": 1.50}'),
        ("text", "12.50", "12.50"),
        ("bigint", "9223372036854775807", "9223372036854775807"),
        ("bigint", "-5", "-5"),
        ("bigint", "12.0", "12"),
        ("bigint", '"42"', "42"),
        ("numeric", "19.90", "19.90"),
        ("numeric", '"19.90"', "19.90"),
        ("numeric", "1e3", "1E+3"),
        ("boolean", "true", "true"),
        ("boolean", '"False"', "false"),
        ("timestamptz", '"2026-03-29T02:30:00+01:00"', "2026-03-29T02:30:00+01:00"),
        ("timestamptz", '"2026-03-29T02:30:00Z"', "2026-03-29T02:30:00+00:00"),
        ("timestamptz", '"2026-03-29 02:30:00"', "2026-03-29T02:30:00+00:00"),
        ("date", '"2026-03-29"', "2026-03-29"),
        ("date", '"2026-03-29T23:00:00Z"', "2026-03-29"),
        ("jsonb", '{"price":1.10}', '{"price":1.10}'),
        ("jsonb", '"text"', '"text"'),
    ],
)
def test_values_keep_what_they_say(kind: str, value: str, expected: str) -> None:
    assert converter(kind)(value.encode()) == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("bigint", "9223372036854775808"),
        ("bigint", "1e400"),
        ("bigint", "1.5"),
        ("bigint", "true"),
        ("bigint", '"many"'),
        ("bigint", "{}"),
        ("numeric", '"NaN"'),
        ("numeric", '"12,50"'),
        ("numeric", "1e999999"),
        ("numeric", "[1]"),
        ("boolean", "1"),
        ("boolean", '"yes"'),
        ("timestamptz", '"2026-13-01T00:00:00Z"'),
        ("timestamptz", '"yesterday"'),
        ("timestamptz", "1700000000"),
        ("date", '"2026-02-30"'),
        ("time", '"25:00"'),
    ],
)
def test_a_value_its_column_cannot_hold_is_refused(kind: str, value: str) -> None:
    with pytest.raises(ValueError):
        converter(kind)(value.encode())


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**15), max_value=10**15))
def test_money_is_exact(amount: Decimal) -> None:
    assert Decimal(converter("numeric")(str(amount).encode())) == amount


@given(st.text())
def test_any_text_comes_through(text: str) -> None:
    assert converter("text")(json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass")) == text


def test_names_over_63_bytes_stay_apart() -> None:
    one, other = ("é" * 40 + suffix for suffix in ("a", "b"))
    assert database_name("short") == "short"
    assert database_name(one) != database_name(other)
    assert len(database_name(one).encode()) <= 63
