"""The JSON Schema in docs and the code accept the same events."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import json

from benchmarks.support.events import wire_event
from benchmarks.support.samples import SAMPLES
from comptoir.repository import REPOSITORY
from events.ecommerce import TRACK_PROPERTIES
from events.event import Event, parse
from events.json_schema import FILE_NAME, as_text, event_schema
from tests.events.test_envelope import JSON_VALUES, POISON

VALIDATOR = jsonschema.Draft202012Validator(event_schema())


def valid(event: Any) -> bool:
    return bool(VALIDATOR.is_valid(event))


def test_committed_schema_is_the_contract() -> None:
    assert (REPOSITORY / "docs" / "schemas" / FILE_NAME).read_text() == as_text(), (
        "run `comptoir docs schema` and commit the file"
    )
    jsonschema.Draft202012Validator.check_schema(event_schema())


def test_there_is_a_full_sample_of_every_typed_event() -> None:
    assert {name for name, *_ in SAMPLES} >= set(TRACK_PROPERTIES) | {"page", "identify", "alias", "group"}


@pytest.mark.parametrize(("name", "message"), SAMPLES, ids=[name for name, _ in SAMPLES])
def test_full_events_are_good_and_match_the_schema(name: str, message: dict[str, Any]) -> None:
    event = wire_event(**message)
    landed = parse(json.encode(event))
    assert isinstance(landed, Event), landed
    assert valid(json.decode(json.encode(event)))


@pytest.mark.parametrize(
    ("name", "message"), [(n, m) for n, m in SAMPLES if m["properties"]], ids=[n for n, m in SAMPLES if m["properties"]]
)
def test_every_property_of_an_event_is_typed(name: str, message: dict[str, Any]) -> None:
    for field in message["properties"]:
        spoiled = json.encode(wire_event(**message | {"properties": message["properties"] | {field: {"no": [{}]}}}))
        assert isinstance(parse(spoiled), Event) is valid(json.decode(spoiled)) is False, field


@pytest.mark.parametrize("name", [name for name, (_, reason) in POISON.items() if reason.endswith("_field")])
def test_schema_refuses_what_the_types_refuse(name: str) -> None:
    beyond_a_schema = {"number beyond double", "integer of 5,000 digits", "time without zone"}
    value = POISON[name][0]
    assert value is not None
    if name not in beyond_a_schema:
        assert not valid(json.decode(value))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    sample=st.sampled_from([message for _, message in SAMPLES]),
    changes=st.dictionaries(st.sampled_from(sorted(wire_event())), JSON_VALUES, max_size=2),
    properties=st.dictionaries(st.sampled_from(["price", "products", "currency", "product_id"]), JSON_VALUES),
)
def test_what_is_good_matches_the_schema(
    sample: dict[str, Any], changes: dict[str, Any], properties: dict[str, Any]
) -> None:
    event = wire_event(**sample | {"properties": sample["properties"] | properties} | changes)
    value = json.encode(event)
    if isinstance(parse(value), Event):
        assert valid(json.decode(value))
