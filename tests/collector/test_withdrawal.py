"""A no without analytics reaches Kafka as a record that holds nothing of the event, once per visitor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import json

from benchmarks.support.collecting import PSEUDONYM_KEY
from benchmarks.support.events import client_event
from benchmarks.support.in_process import TOPIC, InProcess
from collector import withdrawal
from collector.enrichment import WithoutConsent
from collector.withdrawal import Withdrawals
from events.event import Event, parse
from privacy.pseudonym import pseudonym

NO = {"analytics": False, "personalisation": False}
YES = {"analytics": True, "personalisation": True}


def send(collector: InProcess, *consents: dict[str, bool], **changes: Any) -> dict[str, Any]:
    events = [client_event(context={"consent": consent, "locale": "fr"}, **changes) for consent in consents]
    answer: dict[str, Any] = collector.post(body=json.encode({"batch": events})).json()
    return answer


def told(collector: InProcess) -> list[dict[str, Any]]:
    """The withdrawals in Kafka, as JSON."""
    records = [json.decode(record.value) for record in collector.sink.records if record.topic == TOPIC]
    return [record for record in records if record["type"] == "withdrawal"]


def test_the_record_holds_whose_no_it_is_and_when_and_nothing_else() -> None:
    collector = InProcess()
    before = datetime.now(UTC)
    answer = send(collector, NO, userId="4711", anonymousId="visitor-1")
    assert (answer["accepted"], answer["rejected"], answer["dropped"]) == (0, 0, 1)
    [record] = collector.sink.records
    assert (record.topic, record.key) == (TOPIC, b"visitor-1")
    content = {name: value for name, value in json.decode(record.value).items() if value is not None}
    assert len(content.pop("messageId")) == 36
    for name in ("receivedAt", "timestamp"):
        assert before <= json.decode(json.encode(content.pop(name)), type=datetime) <= datetime.now(UTC)
    assert content == {
        "type": "withdrawal",
        "anonymousId": "visitor-1",
        "context": {"consent": NO},
        "properties": {},
        "schemaVersion": 1,
    }
    landed = parse(record.value)
    assert isinstance(landed, Event)
    assert (landed.event_type, landed.event_name, landed.anonymous_id) == ("withdrawal", None, "visitor-1")
    assert b"collector_withdrawals_total 1" in collector.get("/metrics").body


def test_every_event_says_no_and_it_is_told_once_until_a_yes() -> None:
    collector = InProcess()
    for _ in range(3):
        send(collector, *[NO] * 20)
    assert len(told(collector)) == 1
    send(collector, YES)
    send(collector, NO, NO)
    assert len(told(collector)) == 2
    send(collector, NO, anonymousId="another")
    assert [record["anonymousId"] for record in told(collector)] == ["visitor-1", "visitor-1", "another"]


def test_what_was_sent_to_say_no_is_always_told_and_never_with_content() -> None:
    collector = InProcess()
    for consent in (NO, NO, YES):
        send(collector, consent, type="withdrawal", event=None, messageId="said")
    assert len(told(collector)) == len(collector.sink.records) == 3
    assert {record["messageId"] for record in told(collector)} == {"said"}, "a repeat is known by its id"
    assert all(record["context"] == {"consent": NO} for record in told(collector))


def test_it_is_told_again_after_a_while_and_when_kafka_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    collector = InProcess()
    collector.sink.error = "Kafka is away"
    send(collector, NO)
    collector.sink.error = None
    send(collector, NO)
    assert len(told(collector)) == 1
    monkeypatch.setattr(withdrawal, "REMEMBERED_SECONDS", -1.0)
    send(collector, NO)
    assert len(told(collector)) == 2


def test_a_no_of_nobody_is_not_told_and_that_of_a_customer_by_pseudonym() -> None:
    collector = InProcess()
    send(collector, NO, anonymousId=None)
    send(collector, NO, anonymousId="x" * 300)
    assert collector.sink.records == []
    send(collector, NO, anonymousId=None, userId="4711")
    assert [record["anonymousId"] for record in told(collector)] == [pseudonym("4711", PSEUDONYM_KEY)]


def test_the_no_is_dated_by_the_device_but_never_in_the_future() -> None:
    collector = InProcess()
    now = datetime.now(UTC)
    send(collector, NO, originalTimestamp=now - timedelta(hours=2), sentAt=now)
    send(collector, NO, originalTimestamp=now + timedelta(days=900), anonymousId="fast-clock")
    first, second = (
        [json.decode(json.encode(record[name]), type=datetime) for name in ("timestamp", "receivedAt")]
        for record in told(collector)
    )
    assert first[1] - first[0] == timedelta(hours=2)
    assert second[0] == second[1]


def test_the_memory_is_bounded_and_the_oldest_goes_first() -> None:
    memory, now = Withdrawals(max_visitors=2), datetime.now(UTC)
    for place, visitor in enumerate("abc"):
        memory.told(memory.to_tell([WithoutConsent(visitor, now)], now, place), place)
    again = memory.to_tell([WithoutConsent(visitor, now) for visitor in "abc"], now, 3.0)
    assert [record.key for record in again] == [b"a"]
