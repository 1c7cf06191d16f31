"""Records to rows: the fast and the slow path give the same values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingestion.airbyte.destination.columns import Column
from ingestion.airbyte.destination.rows import RowReader

TYPES = ("text", "boolean", "bigint", "numeric", "jsonb", "timestamptz", "date")
COLUMNS = [Column(f"{kind} property", kind, kind) for kind in TYPES]


def read(record: dict[str, Any] | str, reader: RowReader | None = None) -> tuple[dict[str, Any], list[str]]:
    content = record if isinstance(record, str) else json.dumps(record)
    values, changes = (reader or RowReader(COLUMNS)).read(content.encode())
    return dict(zip(TYPES, values, strict=True)), [change.field for change in changes]


def test_values_keep_what_the_source_wrote() -> None:
    values, changes = read(
        '{"text property": "é\\n", "boolean property": true, "bigint property": 9007199254740993,'
        ' "numeric property": 0.10, "jsonb property": {"a": 1.10}, "timestamptz property": "2026-10-25T02:30:00+02:00",'
        ' "date property": "2026-10-25"}'
    )
    assert changes == []
    assert values == {
        "text": "é\n",
        "boolean": True,
        "bigint": 9007199254740993,
        "numeric": "0.10",
        "jsonb": '{"a": 1.10}',
        "timestamptz": "2026-10-25T02:30:00+02:00",
        "date": "2026-10-25",
    }


def test_null_and_absent_are_null() -> None:
    nulls = {f"{kind} property": None for kind in TYPES}
    for record in ({}, nulls):
        values, changes = read(record)
        assert set(values.values()) == {None} and changes == []


@pytest.mark.parametrize(
    ("kind", "given_value", "kept"),
    [
        ("text", 5, "5"),
        ("text", {"a": 1}, '{"a": 1}'),
        ("boolean", "true", "true"),
        ("bigint", "12", "12"),
        ("bigint", 2**63, None),
        ("bigint", -(2**63), -(2**63)),
        ("bigint", 1.5, None),
        ("numeric", "12.50", "12.50"),
        ("numeric", "a lot", None),
        ("timestamptz", "yesterday", None),
        ("date", "2026-02-30", None),
    ],
)
def test_a_value_of_another_type_is_kept_where_it_can_be(kind: str, given_value: Any, kept: Any) -> None:
    values, changes = read(
        {f"{kind} property": given_value, "text property": "beside"} | {f"{kind} property": given_value}
    )
    assert values[kind] == kept
    assert changes == ([] if kept is not None else [f"{kind} property"])
    if kind != "text":
        assert values["text"] == "beside"


def test_unknown_properties_are_noted_and_do_not_get_in_the_way() -> None:
    reader = RowReader(COLUMNS)
    for number in range(3):
        values, changes = read({"new": {"a": [1]}, "bigint property": number}, reader)
        assert int(values["bigint"]) == number and changes == []
    assert reader.unknown == {"new"}


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=5), SCALARS, max_size=3)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.fixed_dictionaries({}, optional={f"{kind} property": VALUES for kind in TYPES}))
@example({f"{kind} property": 0 for kind in TYPES})
@example({f"{kind} property": "" for kind in TYPES})
def test_both_ways_give_the_same(record: dict[str, Any]) -> None:
    reader = RowReader(COLUMNS)
    content = json.dumps(record).encode()
    quick, careful = reader.read(content), reader._read_slowly(content)

    def as_text(value: Any) -> str | None:
        if isinstance(value, bool):
            return "true" if value else "false"
        return None if value is None else str(value)

    assert [as_text(value) for value in quick[0]] == [as_text(value) for value in careful[0]]
    assert quick[1] == careful[1]
