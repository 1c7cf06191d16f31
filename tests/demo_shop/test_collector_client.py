"""The demo's visitors send their customers' numbers as the shop's pages do: signed."""

from __future__ import annotations

from msgspec import json

from demo_shop.traffic.collector_client import CollectorClient
from privacy.signed_user_id import is_signed


def test_the_number_is_signed_with_the_secret_and_nothing_else_changes() -> None:
    client = CollectorClient("http://collector.invalid", "key", user_id_secret="secret")
    found = json.decode(client.encoded({"anonymousId": "v", "userId": "42"}))
    assert is_signed(found.pop("userId"), "secret") and found == {"anonymousId": "v"}
    assert json.decode(client.encoded({"anonymousId": "v"})) == {"anonymousId": "v"}
    assert json.decode(CollectorClient("http://c.invalid", "key").encoded({"userId": "42"})) == {"userId": "42"}
