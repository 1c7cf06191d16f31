"""Messages of clients in the wild, field by field: what the collector makes of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import json

from benchmarks.support.collecting import PSEUDONYM_KEY
from benchmarks.support.in_process import InProcess
from events.event import Event, parse
from privacy.pseudonym import pseudonym
from tests.support.client_messages import VISITOR, landed, message

MAIL = "grace@example.org"
ORDER = {"order_id": "77", "total": 40, "products": [{"product_id": "5", "price": 40, "quantity": 1}]}


def taken(**fields: Any) -> dict[str, Any]:
    """The event that is made of a message; asserts that it is valid."""
    collector = InProcess()
    answer = collector.post("/v1/batch", json.encode({"batch": [message(fields.pop("kind", "track"), **fields)]}))
    assert answer.json()["accepted"] == 1, collector.sink.records
    [event] = landed(collector)
    return event


def refused(**fields: Any) -> bytes:
    """The reason why a message is refused."""
    collector = InProcess()
    answer = collector.post("/v1/batch", json.encode({"batch": [message(**fields)]}))
    assert (answer.status, answer.json()["rejected"]) == (200, 1)
    return dict(collector.sink.records[0].headers)["reason"]


@pytest.mark.parametrize("kind", ["page", "screen"])
def test_a_name_beside_the_properties_counts(kind: str) -> None:
    said = taken(kind=kind, name="Payment", category="Checkout", properties={"path": "/pay"})["properties"]
    assert said == {"name": "Payment", "category": "Checkout", "path": "/pay"}
    own = taken(kind=kind, name="Payment", properties={"name": "Pay"})["properties"]
    assert own == {"name": "Pay"}


def test_a_group_keeps_a_pseudonym_alone() -> None:
    event = taken(kind="group", traits={"name": "Example Ltd", "employees": 12})
    assert event["properties"] == {"groupId": pseudonym("g-1", PSEUDONYM_KEY)}
    assert refused(kind="group", groupId=None) == b"missing_field"


@pytest.mark.parametrize(
    ("previous", "kept"),
    [
        (VISITOR, VISITOR),
        ("99999999-1111-4222-8333-444455556666", "99999999-1111-4222-8333-444455556666"),
        (MAIL, pseudonym(MAIL, PSEUDONYM_KEY)),
        ("31", pseudonym("31", PSEUDONYM_KEY)),
        (31, pseudonym("31", PSEUDONYM_KEY)),
        ("Grace Hopper", pseudonym("Grace Hopper", PSEUDONYM_KEY)),
    ],
)
def test_whom_an_alias_joins(previous: Any, kept: str) -> None:
    for anonymous in (VISITOR, None):
        event = taken(kind="alias", previousId=previous, anonymousId=anonymous)
        assert event["properties"] == {"previousId": kept}
        assert event["anonymousId"] == (anonymous or kept)


def test_a_mail_address_is_no_visitors_id() -> None:
    collector = InProcess()
    collector.post(body=json.encode({"batch": [message(anonymousId=MAIL), message(anonymousId=MAIL, type="poll")]}))
    assert len(collector.sink.records) == 2
    assert not [record for record in collector.sink.records if b"grace" in record.value + (record.key or b"")]


@pytest.mark.parametrize("empty", ["properties", "context", "traits"])
def test_phps_empty_map(empty: str) -> None:
    assert taken(kind="page", **{empty: []})["type"] == "page"
    assert taken(kind="identify", **{empty: []})["type"] == "identify"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"product_id": 12.0}, {"product_id": "12"}),
        ({"product_id": 40001}, {"product_id": 40001}),
        ({"product_id": None, "sku": "K-1"}, {"product_id": "K-1", "sku": "K-1"}),
        ({"quantity": 2.0, "position": 3.0}, {"quantity": 2, "position": 3}),
        ({"variant": 128}, {"variant": "128"}),
        ({"category": ["Audio", "Headphones"]}, {"category": "Audio / Headphones"}),
        ({"currency": "eur", "price": "19.90"}, {"currency": "EUR", "price": 19.9}),
        ({"currency": "", "price": ""}, {}),
        ({"coupon": ["SPRING"]}, {"coupon": "SPRING"}),
    ],
)
def test_a_product_in_other_words(given: dict[str, Any], kept: dict[str, Any]) -> None:
    assert taken(properties={"product_id": "5"} | given)["properties"] == {"product_id": "5"} | kept
    ordered = taken(event="Order Completed", properties=ORDER | {"products": [{"product_id": "5"} | given]})
    assert ordered["properties"]["products"] == [{"product_id": "5"} | kept]


@pytest.mark.parametrize(
    ("event", "given", "kept"),
    [
        ("Order Completed", {"products": None}, {"products": []}),
        ("Order Completed", {"discount": -2.5}, {"discount": 2.5}),
        ("Order Refunded", {"total": -40}, {"total": 40}),
        ("Completed Order", {"order_id": 77.0}, {"order_id": "77"}),
    ],
)
def test_an_order_in_other_words(event: str, given: dict[str, Any], kept: dict[str, Any]) -> None:
    properties = taken(event=event, properties=ORDER | given)["properties"]
    assert {name: properties.get(name, []) for name in kept} == kept


def test_a_number_is_a_search_too() -> None:
    assert taken(event="Products Searched", properties={"query": 1080})["properties"]["query"] == "1080"


@pytest.mark.parametrize(
    ("event", "properties"),
    [
        ("Product Viewed", {"product_id": "5", "price": "1,299.00"}),
        ("Product Viewed", {"product_id": "5", "quantity": 1.5}),
        ("Order Completed", ORDER | {"total": -40}),
    ],
)
def test_what_could_mean_two_things_is_refused_with_its_reason(event: str, properties: dict[str, Any]) -> None:
    assert refused(event=event, properties=properties) == b"invalid_field"


@pytest.mark.parametrize(
    ("name", "known_as"),
    [
        ("Viewed Product", "Product Viewed"),
        ("Added Product", "Product Added"),
        ("product viewed", "Product Viewed"),
        ("Product  Viewed ", "Product Viewed"),
        ("Product Shared", "Product Shared"),
    ],
)
def test_names_of_events(name: str, known_as: str) -> None:
    assert taken(event=name)["event"] == known_as


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (1793440800000, "2026-10-31T10:00:00Z"),
        (1793440800, "2026-10-31T10:00:00Z"),
        ("1793440800000", "2026-10-31T10:00:00Z"),
        ("2026-10-31", "2026-10-31T00:00:00Z"),
        ("2026-10-31T10:00Z", "2026-10-31T10:00:00Z"),
        ("2026-10-31T12:00:00+0200", "2026-10-31T10:00:00Z"),
        ("2026-10-31 10:00:00", "2026-10-31T10:00:00Z"),
        ("2026-10-31T10:00:00.123456789Z", "2026-10-31T10:00:00.123457Z"),
        ("2026-10-31T10:00:60Z", None),
        ("the day before", None),
        ("", None),
    ],
)
def test_a_time_is_read_or_costs_nothing(given: Any, meant: str | None) -> None:
    for field in ("timestamp", "originalTimestamp"):
        event = taken(**{field: given})
        assert event["originalTimestamp"] == meant
        assert event["timestamp"] == (meant or event["receivedAt"])


def test_the_time_that_was_given_outweighs_the_time_of_the_call() -> None:
    now = datetime.now(UTC)
    given = now - timedelta(minutes=20)
    event = taken(timestamp=given, originalTimestamp=now, sentAt=now)
    assert json.decode(json.encode(event["originalTimestamp"]), type=datetime) == given
    delay = json.decode(json.encode(event["receivedAt"]), type=datetime) - json.decode(
        json.encode(event["timestamp"]), type=datetime
    )
    assert delay == timedelta(minutes=20)


NO = [
    {"analytics": False},
    {"Analytics": False},
    {"categoryPreferences": {"C0001": True, "C0002": False}},
    {"categoryPreferences": {"STATISTICS": False}},
    {"categoryPreferences": {"Performance": False}},
    {"categoryPreferences": {"Advertising": True, "Functional": False}},
    {"provider": "oneTrust", "allowedConsentIds": ["C0001"], "deniedConsentIds": ["C0002"]},
]


@pytest.mark.parametrize("consent", NO)
@pytest.mark.parametrize("field", ["consent", "consentManagement"])
def test_a_no_in_any_words_leaves_nothing_but_itself(consent: dict[str, Any], field: str) -> None:
    collector = InProcess()
    answer = collector.post(body=json.encode({"batch": [message(context={field: consent})]})).json()
    [record] = collector.sink.records
    kept = json.decode(record.value)
    assert (answer["dropped"], kept["type"], kept["properties"]) == (1, "withdrawal", {})
    assert kept["context"] == {"consent": {"analytics": False, "personalisation": False}}


def test_nothing_of_an_address_or_a_number_comes_through_by_another_name() -> None:
    secret = "https://shop.test/p?mail=s3cret&token=s3cret"
    event = message(
        userId="31313131",
        context={
            "page": {"url": secret, "tab_url": secret, "initial_referrer": secret},
            "referrer": {"url": secret},
            "externalIds": [{"id": "31313131", "type": "customer"}],
            "traits": {"email": MAIL},
        },
        properties={"product_id": "5", "customer": "31313131", "email": MAIL, "url": secret},
    )
    order = message(event="Order Completed", properties=ORDER | {"products": [{"product_id": "5", "url": secret}]})
    collector = InProcess()
    collector.post(body=json.encode({"batch": [event, order]}))
    values = b"".join(record.value for record in collector.sink.records)
    assert len(landed(collector)) == 2 and values.count(b"https://shop.test/p") == 3
    assert not [personal for personal in (b"s3cret", b"31313131", b"grace") if personal in values]
    metrics = collector.get("/metrics").body.decode()
    for name in ("customer", "email", "context.referrer", "context.externalIds"):
        assert f'collector_dropped_fields_total{{name="{name}"}} 1.0' in metrics


@pytest.mark.parametrize(
    ("user_agent", "robot"),
    [
        ("Mozilla/5.0 (Linux; Android 11; CUBOT X50) AppleWebKit/537.36 Chrome/119 Mobile Safari/537.36", False),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/Preview) Chrome/121", False),
        ("curl/8.9.1", True),
        ("python-requests/2.32", True),
        ("facebookcatalog/1.0", True),
        ("ChatGPT-User/1.0", True),
    ],
)
def test_robots_and_people(user_agent: str, robot: bool) -> None:
    event = parse(json.encode(taken(context={"userAgent": user_agent})))
    assert isinstance(event, Event) and event.is_bot is robot


@pytest.mark.parametrize(("library", "robot"), [({"name": "analytics-python"}, False), (None, True)])
def test_the_user_agent_of_a_request_is_the_visitors_unless_a_library_sends_it(
    library: dict[str, str] | None, robot: bool
) -> None:
    collector = InProcess()
    context = {"library": library} if library else {}
    headers = {b"authorization": b"Basic dGVzdC1rZXk6", b"user-agent": b"python-requests/2.32.3"}
    collector.post(body=json.encode({"batch": [message(context=context)]}), headers=headers)
    [record] = collector.sink.records
    event = parse(record.value)
    assert isinstance(event, Event) and event.is_bot is robot
