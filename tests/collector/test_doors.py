"""Thirty persons' addresses and telephones, sent through every door of the collector, are in nothing that leaves it."""

from __future__ import annotations

import logging

import pytest
from msgspec import json

from benchmarks.support.in_process import InProcess
from events.ecommerce import TRACK_PROPERTIES
from events.event import Event, parse
from tests.support.doors import DOORS, ordered, track
from tests.support.people import PEOPLE, PLANTED


@pytest.mark.parametrize("door", DOORS)
def test_no_person_comes_through(door: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    collector = InProcess()
    answers = [collector.post(*DOORS[door](person)) for person in PEOPLE]
    arrived = len(collector.sink.records)
    assert arrived + sum(answer.status == 400 for answer in answers) >= len(PEOPLE), (
        "nothing arrived: this shows nothing"
    )
    left = [caplog.text.encode(), collector.get("/metrics").body, *(answer.body for answer in answers)]
    for record in collector.sink.records:
        left += [record.key or b"", record.value, *(value for _, value in record.headers)]
    everything = b"\n".join(left).decode().lower()
    assert [word for word in PLANTED if word in everything] == []


ONE = PEOPLE[0]


@pytest.mark.parametrize("name", TRACK_PROPERTIES)
def test_no_text_of_an_event_brings_one(name: str) -> None:
    """Every field of the contract that takes a text, at once."""
    fields = TRACK_PROPERTIES[name].__struct_encode_fields__
    collector = InProcess()
    collector.post("/v1/batch", json.encode({"batch": [track(name, **dict.fromkeys(fields, ONE.mail))]}))
    for field in fields:  # one alone, where the others would have it refused
        collector.post("/v1/batch", json.encode({"batch": [track(name, **ordered(ONE) | {field: ONE.mail})]}))
    values = [record.value for record in collector.sink.records]
    assert len(values) == len(fields) + 1 and not any(ONE.name.encode() in value for value in values)


def test_what_holds_an_address_is_counted_and_told_apart_as_before() -> None:
    collector = InProcess()
    sent = [
        track("Products Searched", query=f"invoice {ONE.mail}") | {"messageId": f"{n}-{ONE.mail}"} for n in (1, 2, 1)
    ]
    collector.post("/v1/batch", json.encode({"batch": sent}))
    first, second, again = (parse(record.value) for record in collector.sink.records)
    assert isinstance(first, Event) and isinstance(second, Event) and isinstance(again, Event)
    assert first.event_id == again.event_id != second.event_id
    assert json.decode(first.properties)["query"] == "invoice (mail)"
