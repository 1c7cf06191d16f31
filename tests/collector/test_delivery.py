"""The collector over real HTTP with a real broker: exactly what it acknowledged is in Kafka, good or bad."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from msgspec import json

from benchmarks.support.collecting import ORIGIN, PSEUDONYM_KEY, WRITE_KEY, collecting, wait_for_kafka
from benchmarks.support.events import client_event
from benchmarks.support.kafka_records import consume
from collector.body import MAX_BODY_BYTES, MAX_EVENT_BYTES
from comptoir.rate_limit import Rate
from events.event import Event, parse
from local.waiting import wait_until
from privacy.pseudonym import pseudonym

pytestmark = pytest.mark.services
A_VISITOR = "1f0c2b9e-7a53-4c1d-9d6e-0a8b3c5d7e9f"


class Collected:
    """A running collector and the records it wrote."""

    def __init__(self, client: httpx.Client, bootstrap: str, topics: tuple[str, str]):
        self.http, self._bootstrap, self._topics = client, bootstrap, topics

    def send(self, *events: Any, **batch: Any) -> dict[str, Any]:
        answer = self.http.post("/v1/batch", content=json.encode({"batch": events, **batch}))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def good(self) -> list[dict[str, Any]]:
        records = consume(self._bootstrap, self._topics[0])
        assert all(isinstance(parse(record.value), Event) for record in records)
        assert all(record.key.decode() == json.decode(record.value)["anonymousId"] for record in records)
        return [json.decode(record.value) for record in records]

    def bad(self) -> list[tuple[str, bytes]]:
        records = consume(self._bootstrap, self._topics[1])
        return [(dict(record.headers)["reason"].decode(), record.value) for record in records]


@pytest.fixture
def collected(kafka: str, topics: tuple[str, str]) -> Iterator[Collected]:
    with collecting(kafka, *topics) as client:
        wait_for_kafka(client)
        yield Collected(client, kafka, topics)


def test_batch_is_acknowledged_when_kafka_has_it(collected: Collected) -> None:
    answer = collected.send(*(client_event(messageId=f"m{i}") for i in range(5)))
    assert answer == {"success": True, "accepted": 5, "rejected": 0, "dropped": 0}
    assert sorted(event["messageId"] for event in collected.good()) == [f"m{i}" for i in range(5)]


@pytest.mark.parametrize("kind", ["track", "page", "identify", "alias"])
def test_segments_single_event_paths(collected: Collected, kind: str) -> None:
    event = client_event(messageId="m", traits={}, previousId="visitor-0")
    del event["type"]
    assert collected.http.post(f"/v1/{kind}", json=event).json()["accepted"] == 1
    [landed] = collected.good()
    assert (landed["type"], landed["messageId"]) == (kind, "m")


def test_gzip_and_beacons_are_read(collected: Collected) -> None:
    body = json.encode({"batch": [client_event()], "writeKey": WRITE_KEY})
    encoded = collected.http.post("/v1/batch", content=gzip.compress(body), headers={"content-encoding": "gzip"})
    beacon_headers = {"content-type": "text/plain", "origin": ORIGIN}
    beacon = httpx.post(f"{collected.http.base_url}/v1/batch", content=body, headers=beacon_headers)
    assert (encoded.status_code, beacon.status_code) == (200, 200)
    assert beacon.headers["access-control-allow-origin"] == ORIGIN
    assert len(collected.good()) == 2


def test_a_bad_event_never_costs_its_batch(collected: Collected) -> None:
    events = [
        json.encode(client_event(messageId="good-1")),
        json.encode(client_event(messageId="negative", properties={"product_id": "1", "price": -3})),
        json.encode(client_event(messageId="nan")).replace(b"99.5", b"NaN"),
        json.encode(client_event(messageId="nul")).replace(b"Headphones", b"\\u0000"),
        json.encode(client_event(messageId="large", context={"x": "x" * MAX_EVENT_BYTES})),
        json.encode(client_event(messageId="deep")).replace(
            b'"price":', b'"deep":' + b"[" * 5_000 + b"]" * 5_000 + b',"price":'
        ),
        b"17",
        b"null",
        json.encode(client_event(messageId="good-2")),
    ]
    answer = collected.http.post("/v1/batch", content=b'{"batch":[' + b",".join(events) + b"]}").json()
    assert (answer["accepted"], answer["rejected"]) == (2, 7)
    assert {event["messageId"] for event in collected.good()} == {"good-1", "good-2"}
    assert sorted(reason for reason, _ in collected.bad()) == sorted(
        ["invalid_field", "invalid_json", "nul_character", "too_large", "too_deep", "invalid_field", "invalid_field"]
    )


def test_invalid_utf8_of_one_event_spares_the_others(collected: Collected) -> None:
    spoiled = json.encode(client_event()).replace(b"Headphones", b"\xff")
    body = b'{"batch":[' + spoiled + b"," + json.encode(client_event()) + b"]}"
    assert collected.http.post("/v1/batch", content=body).json()["accepted"] == 1
    [(reason, kept)] = collected.bad()
    assert (reason, json.decode(kept)["unreadable_bytes"]) == ("invalid_utf8", len(spoiled))
    assert "product_id" in json.decode(kept)["fields"] and b"Headphones" not in kept and b"visitor" not in kept


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"click!", []),
        (b"", []),
        (b"[]", []),
        (b'{"batch": 3}', ["batch"]),
        (b'{"type":"track", "x@y.test": 1}', ["type"]),
        (b"[" * 100_000, []),
    ],
)
def test_of_a_body_without_events_size_and_fields_are_kept(
    collected: Collected, body: bytes, fields: list[str]
) -> None:
    assert collected.http.post("/v1/batch", content=body).status_code == 400
    [(reason, kept)] = collected.bad()
    assert reason in {"invalid_json", "invalid_field", "missing_field", "too_deep"}
    assert json.decode(kept) == {"unreadable_bytes": len(body), "fields": fields}


def test_a_proxy_says_whose_request_it_is(kafka: str, topics: tuple[str, str]) -> None:
    options = {"address_rate": Rate(per_second=0.01, burst=1), "unlimited_networks": ("127.0.0.0/8",)}
    with collecting(kafka, *topics, **options) as client:
        wait_for_kafka(client)

        def send(visitors_address: str) -> int:
            headers = {"x-forwarded-for": visitors_address}
            return client.post("/v1/batch", json={"batch": [client_event()]}, headers=headers).status_code

        assert [send("203.0.113.77"), send("203.0.113.77"), send("203.0.113.77")] == [200, 200, 429]
        assert send("203.0.113.78") == 200
    assert len(consume(kafka, topics[0])) == 3


def test_strangers_write_nothing(collected: Collected) -> None:
    url = f"{collected.http.base_url}/v1/batch"
    batch = json.encode({"batch": [client_event()]})
    assert httpx.post(url, content=batch).status_code == 401
    assert httpx.post(url, content=batch, auth=("wrong", "")).status_code == 401
    assert httpx.post(url, content=b"no JSON").status_code == 401
    foreign = collected.http.post("/v1/batch", content=batch, headers={"origin": "http://evil.test"})
    # with the header that lets the browser's console show the reason
    assert (foreign.status_code, foreign.headers["access-control-allow-origin"]) == (403, "http://evil.test")
    assert "access-control-allow-credentials" not in foreign.headers
    assert collected.good() == [] and collected.bad() == []


def test_preflight_answers_allowed_origins_only(collected: Collected) -> None:
    allowed = collected.http.options("/v1/batch", headers={"origin": ORIGIN})
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert b"content-type" in allowed.headers["access-control-allow-headers"].encode()
    assert collected.http.options("/v1/batch", headers={"origin": "http://evil.test"}).status_code == 403


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"x" * (MAX_BODY_BYTES + 1), {}, 413),
        (gzip.compress(b" " * 50_000_000), {"content-encoding": "gzip"}, 413),
        (gzip.compress(b"{}")[:-9], {"content-encoding": "gzip"}, 400),
        (b"{}", {"content-encoding": "gzip"}, 400),
        (b"{}", {"content-encoding": "br"}, 415),
        (zlib.compress(b'{"batch":[]}'), {"content-encoding": "deflate"}, 200),
    ],
    ids=["too large", "gzip bomb", "gzip cut short", "no gzip", "unknown coding", "deflate, empty batch"],
)
def test_limits_of_a_body(collected: Collected, content: bytes, headers: dict[str, str], status: int) -> None:
    assert collected.http.post("/v1/batch", content=content, headers=headers).status_code == status


def test_other_paths_and_methods_are_refused(collected: Collected) -> None:
    assert collected.http.get("/v1/batch").status_code == 405
    assert collected.http.post("/v2/batch").status_code == 404


def test_without_analytics_consent_only_the_no_is_kept(collected: Collected) -> None:
    refused = {"consent": {"analytics": False, "personalisation": True}}
    broken = client_event(context=refused, type="nonsense")
    answer = collected.send(client_event(context=refused), broken, client_event())
    assert answer == {"success": True, "accepted": 1, "rejected": 0, "dropped": 2}
    assert collected.bad() == []
    assert sorted(event["type"] for event in collected.good()) == ["track", "withdrawal"]
    assert 'collector_events_total{reason="no_consent",result="dropped"} 2.0' in collected.http.get("/metrics").text


@pytest.mark.parametrize(
    ("consent", "personalisation"),
    [
        (None, True),
        ({"analytics": True, "personalisation": False}, False),
        ({"analytics": True, "personalisation": "yes"}, False),
        ({"categoryPreferences": {"Analytics": True, "Personalization": False}}, False),
    ],
)
def test_consent_travels_with_the_event(collected: Collected, consent: Any, personalisation: bool) -> None:
    collected.send(client_event(context={"consent": consent}))
    [event] = collected.good()
    assert event["context"]["consent"] == {"analytics": True, "personalisation": personalisation}


def test_nothing_personal_reaches_kafka(collected: Collected) -> None:
    context = {
        "ip": "203.0.113.77",
        "traits": {"email": "ada@example.org"},
        "page": {
            "url": "https://ada:pw@shop.test/p?q=tv&token=s3cret&utm_source=news#top",
            "referrer": "",
            "path": "/p",
        },
    }
    traits = {"email": "ada@example.org", "country": "FR"}
    person = {"userId": "8123456", "context": context}
    collected.send(
        client_event(**person),
        client_event(type="identify", traits=traits, **person),
        client_event(type="alias", previousId="8123456", userId="8123456"),
        client_event(type="nonsense", traits=traits, **person),
    )
    track, identify, alias = sorted(collected.good(), key=lambda event: event["type"], reverse=True)
    [(_, refused)] = collected.bad()
    kept = json.encode([track, identify, alias]) + refused
    for secret in (b"8123456", b"203.0.113.77", b"example.org"):
        assert secret not in kept
    assert track["userId"] == pseudonym("8123456", PSEUDONYM_KEY) == alias["properties"]["previousId"]
    assert track["context"]["ip"] == "203.0.113.0"
    assert track["context"]["page"]["url"] == "https://shop.test/p?q=tv&utm_source=news"
    assert identify["properties"] == {"country": "FR"}


def test_address_and_user_agent_come_from_the_request_when_the_event_has_none(collected: Collected) -> None:
    event = client_event(context={"sessionId": "s"})
    collected.http.post("/v1/track", json=event, headers={"user-agent": "Firefox"})
    [landed] = collected.good()
    assert (landed["context"]["ip"], landed["context"]["userAgent"]) == ("127.0.0.0", "Firefox")


def test_a_wrong_device_clock_is_corrected(collected: Collected) -> None:
    wrong = datetime(2013, 5, 1, tzinfo=UTC)
    collected.send(client_event(originalTimestamp=wrong), sentAt=wrong + timedelta(seconds=90))
    [event] = collected.good()
    received_at = datetime.fromisoformat(event["receivedAt"])
    assert datetime.fromisoformat(event["timestamp"]) == received_at - timedelta(seconds=90)
    assert abs(received_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert event["originalTimestamp"] == "2013-05-01T00:00:00Z"


@pytest.mark.parametrize(
    ("changes", "visitor"),
    [
        ({"anonymousId": 17}, "17"),
        ({"anonymousId": None, "userId": "5"}, pseudonym("5", PSEUDONYM_KEY)),
        ({"anonymousId": "", "type": "alias", "previousId": A_VISITOR, "userId": "5"}, A_VISITOR),
        ({"anonymousId": "", "type": "alias", "previousId": "4", "userId": "5"}, pseudonym("4", PSEUDONYM_KEY)),
    ],
)
def test_every_event_has_a_visitor(collected: Collected, changes: dict[str, Any], visitor: str) -> None:
    collected.send(client_event(**changes))
    assert [event["anonymousId"] for event in collected.good()] == [visitor]


def test_full_queue_turns_clients_away_until_kafka_caught_up(kafka: str, topics: tuple[str, str]) -> None:
    with collecting(kafka, *topics, max_unacked=10) as client:
        wait_for_kafka(client)
        too_many = client.post("/v1/batch", json={"batch": [client_event() for _ in range(11)]})
        assert (too_many.status_code, too_many.headers["retry-after"]) == (503, "1")
        assert client.post("/v1/batch", json={"batch": [client_event()]}).status_code == 200
        assert 'collector_requests_total{status="503"} 1.0' in client.get("/metrics").text
    assert len(consume(kafka, topics[0])) == 1


def test_kafka_away_means_503_and_not_ready(topics: tuple[str, str], free_port: Any) -> None:
    with collecting(f"127.0.0.1:{free_port()}", *topics) as client:
        assert (client.get("/ready").status_code, client.get("/health").status_code) == (503, 200)
        answer = client.post("/v1/batch", json={"batch": [client_event()]})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_concurrent_requests_lose_and_mix_nothing(collected: Collected) -> None:
    def send(client_number: int) -> None:
        for number in range(20):
            collected.send(client_event(messageId=f"{client_number}-{number}", anonymousId=f"v{client_number}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(8)))
    sent = {(f"{client}-{number}", f"v{client}") for client in range(8) for number in range(20)}
    assert {(event["messageId"], event["anonymousId"]) for event in collected.good()} == sent
    wait_until(lambda: collected.http.get("/health").json()["unacked"] == 0 or 1 / 0, "acks", seconds=60)
