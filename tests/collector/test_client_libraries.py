"""Public Segment-compatible client libraries, unchanged, send to a running collector: every event arrives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import rudderstack.analytics.client
import segment.analytics.client
from msgspec import json

from benchmarks.support.collecting import PSEUDONYM_KEY, WRITE_KEY, collecting, wait_for_kafka
from benchmarks.support.kafka_records import consume
from benchmarks.support.samples import SAMPLES
from comptoir.rate_limit import Rate
from events.event import Event, parse
from privacy.pseudonym import pseudonym

pytestmark = pytest.mark.services

VIEWS = 250
VISITOR, PERSON = "0a1b2c3d-1111-4222-8333-444455556666", "8123456"
CLIENTS: dict[str, Callable[..., Any]] = {
    "Segment": segment.analytics.client.Client,
    "Segment, gzip": lambda *key, **options: segment.analytics.client.Client(*key, gzip=True, **options),
    "RudderStack": rudderstack.analytics.client.Client,
    "RudderStack, without gzip": lambda *key, **options: rudderstack.analytics.client.Client(
        *key, gzip=False, **options
    ),
}


@pytest.fixture
def collector(kafka: str, topics: tuple[str, str]) -> Iterator[httpx.Client]:
    with collecting(kafka, *topics) as client:
        wait_for_kafka(client)
        yield client


@pytest.mark.parametrize("make_client", CLIENTS.values(), ids=CLIENTS.keys())
def test_every_event_of_a_public_client_arrives(
    make_client: Callable[..., Any], collector: httpx.Client, kafka: str, topics: tuple[str, str]
) -> None:
    errors: list[Any] = []
    client = make_client(WRITE_KEY, host=str(collector.base_url), on_error=lambda *error: errors.append(error))
    yesterday = datetime.now(UTC) - timedelta(days=1)
    client.identify("8123456", {"country": "FR", "email": "ada@example.org"}, anonymous_id="visitor-1")
    client.alias("visitor-1", "8123456")
    client.page("8123456", "Shop", "Home", {"path": "/"}, anonymous_id="visitor-1")
    typed = [(name, message["properties"]) for name, message in SAMPLES if message["type"] == "track"]
    for name, properties in typed:
        client.track("8123456", name, properties, timestamp=yesterday)
    for number in range(VIEWS):
        client.track(None, "Product Viewed", {"product_id": str(number)}, anonymous_id=f"v{number % 7}")
    client.shutdown()

    assert errors == []
    assert consume(kafka, topics[1]) == []
    records = consume(kafka, topics[0])
    landed = [event for event in (parse(record.value) for record in records) if isinstance(event, Event)]
    assert len(landed) == len(records) == len({event.event_id for event in landed}) == 3 + len(typed) + VIEWS
    viewed = [event.product_id for event in landed if event.event_name == "Product Viewed" and not event.user_id]
    assert sorted(viewed, key=lambda number: int(number or -1)) == [str(number) for number in range(VIEWS)]
    assert {event.event_name for event in landed if event.is_late} == {name for name, _ in typed}
    assert {event.user_id for event in landed} == {None, pseudonym("8123456", PSEUDONYM_KEY)}
    [identify] = [event for event in landed if event.event_type == "identify"]
    assert json.decode(identify.properties) == {"country": "FR"}
    assert b"8123456" not in b"".join(record.value for record in records)


@pytest.mark.parametrize("make_client", CLIENTS.values(), ids=CLIENTS.keys())
def test_each_call_keeps_what_it_said(
    make_client: Callable[..., Any], collector: httpx.Client, kafka: str, topics: tuple[str, str]
) -> None:
    client = make_client(WRITE_KEY, host=str(collector.base_url))
    before = datetime.now(UTC) - timedelta(hours=2)
    options: dict[str, Any] = {
        "anonymous_id": VISITOR,
        "timestamp": before,
        "context": {"campaign": {"source": "news"}, "ip": "203.0.113.77"},
        "integrations": {"All": True, "Mixpanel": False},
    }
    client.track(PERSON, "Viewed Product", {"product_id": "8001", "price": 99.5, "margin": 3}, **options)
    client.page(PERSON, "Shop", "Home", {"path": "/"}, **options)
    client.screen(PERSON, "App", "Cart", {"path": "/cart"}, **options)
    client.identify(PERSON, {"language": "fr", "email": "ada@example.org"}, **options)
    client.group(PERSON, "company-7", {"name": "Example"}, **options)
    client.flush()
    del options["anonymous_id"]
    client.alias(VISITOR, PERSON, **options)
    client.alias("ada@example.org", PERSON, **options)
    client.shutdown()

    assert consume(kafka, topics[1]) == []
    messages = [json.decode(record.value) for record in consume(kafka, topics[0])]
    assert len({message["messageId"] for message in messages}) == len(messages) == 7
    ada, company, mail = (pseudonym(text, PSEUDONYM_KEY) for text in (PERSON, "company-7", "ada@example.org"))
    said = [(message["type"], message["properties"]) for message in messages]
    for expected in [
        ("track", {"product_id": "8001", "price": 99.5}),
        ("page", {"name": "Home", "category": "Shop", "path": "/"}),
        ("page", {"name": "Cart", "category": "App", "path": "/cart"}),
        ("identify", {"language": "fr"}),
        ("group", {"groupId": company}),
        ("alias", {"previousId": VISITOR}),
        ("alias", {"previousId": mail}),
    ]:
        assert said.count(expected) == 1, expected
    for message in messages:
        assert message["anonymousId"] in {VISITOR, mail} and message["userId"] == ada
        assert (message["context"]["campaign"], message["context"]["ip"]) == ({"source": "news"}, "203.0.113.0")
        occurred = datetime.fromisoformat(message["timestamp"])
        assert abs(occurred - before) < timedelta(minutes=5), "the given time outweighs the time of the call"


def test_a_public_client_waits_when_it_is_told_to_and_loses_nothing(kafka: str, topics: tuple[str, str]) -> None:
    """Of five batches at once the collector takes two; the client gets 429 with Retry-After and sends again."""
    rate = Rate(per_second=10, burst=20)  # a batch is sent within the two seconds that the next one must wait
    with collecting(kafka, *topics, address_rate=rate) as collector:
        wait_for_kafka(collector)
        client = segment.analytics.client.Client(WRITE_KEY, host=str(collector.base_url), upload_size=20)
        for number in range(100):
            client.track(None, "Product Viewed", {"product_id": str(number)}, anonymous_id="v")
        client.shutdown()
        assert 'collector_requests_total{status="429"}' in collector.get("/metrics").text
    assert {json.decode(record.value)["properties"]["product_id"] for record in consume(kafka, topics[0])} == {
        str(number) for number in range(100)
    }


@pytest.mark.parametrize("make_client", CLIENTS.values(), ids=CLIENTS.keys())
def test_a_wrong_write_key_is_told_to_the_client_at_once(
    make_client: Callable[..., Any], collector: httpx.Client, kafka: str, topics: tuple[str, str]
) -> None:
    errors: list[Any] = []
    client = make_client("wrong", host=str(collector.base_url), on_error=lambda error, _: errors.append(error))
    client.track(None, "Product Viewed", {"product_id": "1"}, anonymous_id="v")
    client.shutdown()
    [error] = errors
    assert (error.status, error.code) == (401, "unauthorized")
    assert consume(kafka, topics[0]) == [] == consume(kafka, topics[1])
