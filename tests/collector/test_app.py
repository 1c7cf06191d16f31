"""The collector's HTTP interface, in process: limits, counts, readiness, and the answers to refused requests."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest
from msgspec import json
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.support.events import client_event
from benchmarks.support.in_process import BAD_TOPIC, InProcess
from comptoir.rate_limit import Rate


def batch(*events: Any, **common: Any) -> bytes:
    return json.encode({"batch": events, **common})


def counted(collector: InProcess) -> dict[tuple[str, ...], float]:
    """Samples of /metrics by name and label values; values are in the order of the labels' names."""
    families = text_string_to_metric_families(collector.get("/metrics").body.decode())
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def test_a_visitor_who_sends_too_much_is_told_when_to_come_back() -> None:
    collector = InProcess(visitor_rate=Rate(per_second=0.01, burst=3))
    answers = [collector.post(body=batch(client_event())) for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 200, 429]
    refused = answers[-1]
    assert 1 <= int(refused.headers["retry-after"]) <= 100
    assert refused.json()["code"] == "rate_limited"
    assert len(collector.sink.records) == 4, "a refused request leaves nothing in Kafka"
    assert collector.post(body=batch(client_event(anonymousId="somebody else"))).status == 200


def test_an_address_that_sends_too_much_is_refused_whatever_visitors_it_invents() -> None:
    collector = InProcess(address_rate=Rate(per_second=0.01, burst=50))
    visitors = [client_event(anonymousId=f"v{number}") for number in range(60)]
    assert collector.post(body=batch(*visitors)).status == 200, "a batch larger than the burst passes once"
    assert collector.post(body=batch(client_event())).status == 429
    assert collector.post(body=b"not even read").status == 429
    assert collector.post(body=batch(client_event()), client="203.0.113.2").status == 200
    assert counted(collector)[("collector_requests_total", "429")] == 2


def test_own_networks_are_not_limited() -> None:
    collector = InProcess(visitor_rate=Rate(1, 1), address_rate=Rate(1, 1), unlimited_networks=("127.0.0.0/8",))
    statuses = {collector.post(body=batch(client_event()), client="127.0.0.1").status for _ in range(50)}
    assert statuses == {200}


def test_a_proxy_that_names_nobody_is_one_sender_and_says_what_it_should_send() -> None:
    collector = InProcess(address_rate=Rate(per_second=0.01, burst=1), proxies=frozenset({"10.0.0.5"}))
    answers = [collector.post(body=batch(client_event()), client="10.0.0.5") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert "X-Forwarded-For" in answers[-1].json()["message"]


def test_a_full_batch_lets_others_have_their_turn() -> None:
    """Between parts of a batch the event loop runs: a task of another request is done before the batch is."""
    collector = InProcess()
    done: list[str] = []

    async def send_many() -> None:
        body = batch(*({"messageId": str(number)} for number in range(4_000)))
        await collector.answer("POST", "/v1/batch", [body], {b"authorization": b"Basic dGVzdC1rZXk6"}, "203.0.113.1")
        done.append("batch")

    async def wait_for_a_turn() -> None:
        await asyncio.sleep(0)
        done.append("another request")

    async def both() -> None:
        await asyncio.gather(send_many(), wait_for_a_turn())

    asyncio.run(both())
    assert done == ["another request", "batch"]


def test_counts_for_prometheus() -> None:
    collector = InProcess()
    unconsented = client_event(context={"consent": {"analytics": False}})
    bot = client_event(context={"userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1)"})
    collector.post(body=batch(client_event(), bot, unconsented, client_event(type="poll"), 17))
    collector.post(body=b"no JSON")
    collector.post(body=batch(client_event()), headers={})
    assert (
        counted(collector).items()
        >= {
            ("collector_events_total", "", "accepted"): 2,
            ("collector_events_total", "no_consent", "dropped"): 1,
            ("collector_events_total", "invalid_field", "rejected"): 2,
            ("collector_events_total", "invalid_json", "rejected"): 1,
            ("collector_bot_events_total",): 1,
            ("collector_requests_total", "200"): 1,
            ("collector_requests_total", "400"): 1,
            ("collector_requests_total", "401"): 1,
            ("collector_ack_seconds_count",): 2,
            ("collector_unacked_events",): 0,
            ("collector_ready",): 1,
        }.items()
    )


def test_alive_is_not_ready() -> None:
    collector = InProcess()
    assert (collector.get("/health").status, collector.get("/ready").status) == (200, 200)
    collector.sink.error = "Kafka is away"
    assert (collector.get("/health").status, collector.get("/ready").status) == (200, 503)
    assert collector.get("/ready").json()["error"] == "Kafka is away"
    answer = collector.post(body=batch(client_event()))
    assert (answer.status, answer.headers["retry-after"], answer.json()["code"]) == (503, "1", "unavailable")


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"body": b"click!"}, 400, "invalid_json"),
        ({"body": batch(), "headers": {}}, 401, "unauthorized"),
        ({"body": batch(), "headers": {b"origin": b"http://evil.test"}}, 403, "forbidden"),
        ({"path": "/v1/import", "body": batch()}, 404, "not_found"),
        ({"path": "/health"}, 405, "method_not_allowed"),
        ({"body": b"x" * 600_000}, 413, "too_large"),
        ({"body": b'{"batch":[' + b"1," * 6_000 + b"1]}"}, 413, "too_large"),
        ({"headers": {b"content-encoding": b"br"}}, 415, "unsupported_coding"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals_carry_what_segments_clients_read(request_: dict[str, Any], status: int, code: str) -> None:
    answer = InProcess().post(**request_)
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert answer.json()["message"] and answer.json()["success"] is False


def test_a_body_may_come_in_pieces() -> None:
    body = batch(client_event())
    collector = InProcess()
    assert collector.post(body=body[:10], chunks=[body[10:50], body[50:]]).json()["accepted"] == 1
    assert collector.post(body=b"x" * 300_000, chunks=[b"x" * 300_000]).status == 413


def test_a_body_that_never_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.body.BODY_SECONDS", 0.01)
    pieces = [{"type": "http.request", "body": b"{", "more_body": True}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return pieces.pop() if pieces else await asyncio.get_running_loop().create_future()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/batch", "headers": [], "client": ("203.0.113.1", 1)}
    asyncio.run(InProcess().app(scope, receive, send))
    assert sent[0]["status"] == 408


def test_what_follows_a_gzip_body_is_not_silently_left_out() -> None:
    body, key = gzip.compress(batch(client_event())), {b"content-encoding": b"gzip"}
    answer = InProcess().post(body=body + gzip.compress(b"more"), headers=key)
    assert (answer.status, "follows" in answer.json()["message"]) == (400, True)


def test_what_the_batch_puts_into_its_events_is_checked_too() -> None:
    collector = InProcess()
    answer = collector.post(body=batch(client_event(), context={"locale": "a\0b"})).json()
    assert (answer["accepted"], answer["rejected"]) == (0, 1)
    assert dict(collector.sink.records[0].headers)["reason"] == b"nul_character"


@pytest.mark.parametrize("context", [{"deep": json.decode(b"[" * 40 + b"]" * 40)}, {"large": "x" * 70_000}])
def test_what_the_batch_puts_into_its_events_is_kept_by_name_only(context: dict[str, Any]) -> None:
    collector = InProcess()
    answer = collector.post(body=batch(client_event(), context=context | {"locale": "fr"})).json()
    assert (answer["accepted"], answer["rejected"]) == (1, 0)
    kept = json.decode(collector.sink.records[0].value)["context"]
    assert kept["locale"] == "fr" and not kept.keys() & context.keys()


def test_a_batchs_impossible_time_costs_no_event() -> None:
    answer = InProcess().post(body=batch(client_event(), sentAt="0001-01-01T00:00:00+14:00")).json()
    assert answer["accepted"] == 1


def test_what_is_refused_keeps_nothing_personal() -> None:
    collector = InProcess()
    page = {"url": "https://shop.test/p?token=s3cret&q=tv", "referrer": "https://a:pw@shop.test/?email=lovelace"}
    event = client_event(
        type="poll",
        userId="8123456",
        traits={"email": "lovelace@example.org"},
        context={"ip": "203.0.113.77", "page": page, "traits": {"email": "lovelace@example.org"}},
        properties={"url": "https://shop.test/?session=s3cret"},
    )
    collector.post(body=batch(event))
    [record] = collector.sink.records
    assert record.topic == BAD_TOPIC
    for secret in (b"8123456", b"s3cret", b"lovelace", b"203.0.113.77", b"pw@"):
        assert secret not in record.value


def test_without_consent_of_the_batch_not_even_what_cannot_be_read_is_kept() -> None:
    collector = InProcess()
    body = b'{"context":{"consent":{"analytics":false}},"batch":[{"email":"ada@example.org",' + b'"x":"\\ud800"}]}'
    answer = collector.post(body=body).json()
    assert (answer["dropped"], collector.sink.records) == (1, [])
