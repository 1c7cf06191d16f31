"""Splitting a batch without decoding its events: valid JSON is split as a JSON parser would."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import ValidationError

from collector.malformed_batch import split_batch
from tests.events.test_envelope import JSON_VALUES


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    events=st.lists(JSON_VALUES, max_size=5),
    before=st.dictionaries(st.text().filter(lambda name: name != "batch"), JSON_VALUES, max_size=2),
    after=st.dictionaries(st.text().filter(lambda name: name != "batch"), JSON_VALUES, max_size=2),
    indent=st.sampled_from([None, 0, 2]),
)
def test_good_json_is_split_where_it_should_be(events: list, before: dict, after: dict, indent: int | None) -> None:
    body = before | {"batch": events} | after
    rest, found = split_batch(json.dumps(body, indent=indent).encode())
    assert [json.loads(event) for event in found] == json.loads(json.dumps(events))
    assert json.loads(rest) == json.loads(json.dumps(body | {"batch": []}))


def test_what_is_spoiled_keeps_its_own_bytes() -> None:
    deep = b"[" * 9_000 + b"]" * 9_000
    spoiled = [b'{"a":NaN}', b'{"text":", ] } \\" [ {"}', deep, b"{'a' 1}", b'{"b":"\xff"}']
    rest, events = split_batch(b'{"sentAt":"now","batch":[' + b" ,\n".join(spoiled) + b'],"writeKey":"k"}')
    assert (rest, events) == (b'{"sentAt":"now","batch":[],"writeKey":"k"}', spoiled)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"batch":3}', b'{"batch":[1', b'[["batch":[1]]]', b'{"x":{"batch":[1]}}', b'{"batch":["']
)
def test_without_a_batch_there_is_nothing_to_split(body: bytes) -> None:
    with pytest.raises(ValidationError, match="batch"):
        split_batch(body)


def test_what_holds_no_brackets_costs_nothing() -> None:
    leaves = b"[" + b"[],{}," * 50_000 + b"NaN]"
    assert split_batch(b'{"batch":[' + leaves + b"]}") == (b'{"batch":[]}', [leaves])


@pytest.mark.parametrize("item", [b"[{" * 15_000, b"," * 10_000], ids=["brackets", "events"])
def test_a_batch_of_nothing_but_signs_is_given_up(item: bytes) -> None:
    with pytest.raises(ValidationError, match="send smaller batches"):
        split_batch(b'{"batch":[' + item + b"NaN]}")
