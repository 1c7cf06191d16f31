"""Of a refused event is kept what a good one keeps: no person, however deep they stand."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import json

from collector.consent import CATEGORIES
from collector.refused_event import kept_of
from privacy.pseudonym import pseudonym

KEY = "key"
SECRET = "ada@example.org"


def kept(event: dict[str, Any], **common: Any) -> dict[str, Any] | None:
    value = kept_of(json.encode(event), common, KEY, CATEGORIES)
    return None if value is None else json.decode(value)


@pytest.mark.parametrize(
    "said",
    [
        {"name": {"mail": SECRET}},
        {"context": {"page": {"tab_url": f"https://shop.test/?mail={SECRET}"}}},
        {"context": {"page": {"url": f"https://shop.test/?mail={SECRET}"}}},
        {"context": {"device": {"advertisingId": SECRET}, "traits": {"email": SECRET}}},
        {"properties": {"email": SECRET}},
        {"properties": {"name": {"mail": SECRET}, "filters": [{"type": "brand", "mail": SECRET}]}},
        {"properties": {"products": [{"product_id": "1", "mail": SECRET, "url": f"https://shop.test/?{SECRET}"}]}},
        {"properties": {"products": [[{"mail": SECRET}]]}},
        {"traits": {"email": SECRET}, "userId": SECRET, "anonymousId": SECRET},
    ],
)
def test_a_person_is_not_kept_wherever_they_stand(said: dict[str, Any]) -> None:
    found = kept({"type": "track", "event": "Product Viewed", **said})
    assert found is not None and SECRET not in json.encode(found).decode()


def test_what_can_be_mended_is_kept_as_it_was_written() -> None:
    event = {
        "messageId": "m", "type": "track", "event": "Order Completed", "anonymousId": "v-1", "userId": 31,
        "context": {"ip": "203.0.113.77", "sessionId": "s", "page": {"path": "/p"}},
        "properties": {"order_id": "77", "total": "a lot", "products": [{"product_id": "1", "price": -2}]},
    }  # fmt: skip
    found = kept(event)
    assert found is not None
    assert found["properties"] == event["properties"]
    assert (found["anonymousId"], found["userId"]) == ("v-1", pseudonym("31", KEY))
    assert found["context"] == {
        "ip": "203.0.113.0", "sessionId": "s", "page": {"path": "/p"},
        "consent": {"analytics": True, "personalisation": True},
    }  # fmt: skip


@pytest.mark.parametrize("field", ["consent", "consentManagement"])
def test_a_no_to_personalisation_stays_in_any_words(field: str) -> None:
    found = kept({"context": {field: {"categoryPreferences": {"C0002": True, "C0003": False}}}})
    assert found is not None and found["context"]["consent"] == {"analytics": True, "personalisation": False}


def test_nothing_is_kept_without_consent() -> None:
    assert kept({"context": {"consent": {"analytics": False}}}) is None
    assert kept({"properties": {}}, consent={"analytics": False}) is None


def test_what_is_nested_without_end_is_cut_off() -> None:
    deep: Any = "bottom"
    for _ in range(900):
        deep = [deep]
    found = kept({"properties": {"name": deep, "order_id": "1"}})
    assert found is not None and found["properties"]["order_id"] == "1"
    assert "bottom" not in json.encode(found).decode()
