"""Privacy webhooks: only signed ones of our shop are stored, once, under the topic that their body has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
from starlette.testclient import TestClient

from comptoir.postgres_url import with_login
from privacy.webhooks import MAX_BODY_BYTES, PATH, is_signed, make_app
from tests.support.signed_webhooks import SECRET, signature

OLD_SECRET = "older"
DOMAIN = "my-shop.myshopify.com"
SHOP = {"shop_id": 954889, "shop_domain": DOMAIN}
CUSTOMER = {"id": 191167, "email": "john@example.com", "phone": "555-625-1199"}
REDACT = {**SHOP, "customer": CUSTOMER, "orders_to_redact": [299938, 280263]}
DATA_REQUEST = {**SHOP, "customer": CUSTOMER, "orders_requested": [299938], "data_request": {"id": 9999}}


@pytest.fixture
def client(database: str) -> Iterator[TestClient]:
    intake = with_login(database, "privacy_intake", "privacy_intake")
    with TestClient(make_app(intake, [SECRET, OLD_SECRET], DOMAIN)) as client:
        yield client


def send(client: TestClient, payload: Any = REDACT, **headers: str) -> httpx.Response:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    sent = {
        "X-Shopify-Topic": "customers/redact",
        "X-Shopify-Hmac-Sha256": signature(body),
        "X-Shopify-Shop-Domain": DOMAIN,
        "X-Shopify-Webhook-Id": "b54557e4",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return client.post(PATH, content=body, headers=sent)


def stored(database: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as connection:
        query = "select webhook_id, topic, shop_domain, customer_id, payload from pii.privacy_requests order by 1"
        return connection.execute(query).fetchall()


def test_the_signature_is_that_of_the_raw_body() -> None:
    body = b'{"a": 1}'
    # openssl dgst -sha256 -hmac hush -binary | base64
    assert signature(body) == "5DKzjXjkohPEBrtMM0T94txB5iNDgg2uz4+OQtFkfio="
    assert is_signed(body, signature(body), [SECRET])
    assert is_signed(body, signature(body, OLD_SECRET), [SECRET, OLD_SECRET])
    for wrong in ("", "é", signature(body)[:-2], signature(b'{"a":1}'), signature(body, "guess")):
        assert not is_signed(body, wrong, [SECRET, OLD_SECRET])
    assert not is_signed(body, signature(body, ""), [])


@pytest.mark.services
def test_each_topic_is_stored_without_mail_and_telephone(client: TestClient, database: str) -> None:
    assert send(client).status_code == 200
    topics = {"c": ("customers/data_request", DATA_REQUEST), "d": ("shop/redact", SHOP)}
    for webhook_id, (topic, body) in topics.items():
        assert send(client, body, X_Shopify_Topic=topic, X_Shopify_Webhook_Id=webhook_id).status_code == 200
    number = {"customer": {"id": 191167}}
    assert stored(database) == [
        ("b54557e4", "customers/redact", DOMAIN, 191167, REDACT | number),
        ("c", "customers/data_request", DOMAIN, 191167, DATA_REQUEST | number),
        ("d", "shop/redact", DOMAIN, None, SHOP),
    ]
    with psycopg.connect(database) as connection:
        due = connection.execute("select distinct (due_at - received_at)::text from pii.privacy_requests").fetchall()
    assert due == [("30 days",)]


@pytest.mark.services
def test_a_number_may_be_a_text_and_a_guest_has_none(client: TestClient, database: str) -> None:
    assert send(client, {**REDACT, "customer": {"id": "191167"}}).status_code == 200
    guest = {**REDACT, "customer": {"id": None, "email": "ada@example.org", "phone": "555-625-1199"}}
    assert send(client, guest, X_Shopify_Webhook_Id="c").status_code == 200
    assert [(number, payload["customer"]) for *_, number, payload in stored(database)] == [
        (191167, {"id": 191167}),
        (None, {"email": "ada@example.org", "phone": "555-625-1199"}),
    ]


@pytest.mark.services
@pytest.mark.parametrize(
    ("payload", "headers", "said"),
    [
        (DATA_REQUEST, {"X_Shopify_Topic": "shop/redact"}, "the body is not that of shop/redact: it has customer"),
        (SHOP, {}, "it lacks customer, orders_to_redact"),
        (REDACT, {"X_Shopify_Shop_Domain": "other.myshopify.com"}, f"of shop {DOMAIN}, not of other.myshopify.com"),
        ({**REDACT, "shop_domain": "other.myshopify.com"}, {}, f"of shop other.myshopify.com, not of {DOMAIN}"),
        (
            {**REDACT, "shop_domain": "other.myshopify.com"},
            {"X_Shopify_Shop_Domain": "other.myshopify.com"},
            f"this is the webhook of shop other.myshopify.com, not of {DOMAIN}",
        ),
    ],
)
def test_headers_that_the_signed_body_does_not_bear_out_are_refused(
    client: TestClient, database: str, payload: Any, headers: dict[str, str], said: str
) -> None:
    answer = send(client, payload, X_Shopify_Webhook_Id="another", **headers)
    assert answer.status_code == 400 and said in answer.json()["detail"]
    assert stored(database) == []


@pytest.mark.services
def test_without_a_header_the_signed_body_names_the_shop(client: TestClient, database: str) -> None:
    body = json.dumps({**REDACT, "shop_domain": DOMAIN.upper()}).encode()
    sent = {"X-Shopify-Topic": "customers/redact", "X-Shopify-Hmac-Sha256": signature(body)}
    answer = client.post(PATH, content=body, headers={**sent, "X-Shopify-Webhook-Id": "b54557e4"})
    assert answer.status_code == 200 and stored(database)[0][2] == DOMAIN.upper()


@pytest.mark.services
def test_sent_again_it_is_stored_once(client: TestClient, database: str) -> None:
    assert [send(client).status_code for _ in range(3)] == [200, 200, 200]
    assert len(stored(database)) == 1


@pytest.mark.services
def test_a_wrong_signature_is_refused_and_nothing_is_stored(client: TestClient, database: str) -> None:
    for wrong in ("", "bm9uc2Vuc2U=", signature(b"another body")):
        assert send(client, X_Shopify_Hmac_Sha256=wrong).status_code == 401
    assert stored(database) == []


@pytest.mark.services
@pytest.mark.parametrize(
    ("payload", "headers", "status"),
    [
        (REDACT, {"X_Shopify_Topic": "orders/create"}, 400),
        (REDACT, {"X_Shopify_Webhook_Id": ""}, 400),
        (REDACT, {"X_Shopify_Webhook_Id": "9" * 256}, 400),
        ({**REDACT, "customer": {"id": "gid://shopify/Customer/191167"}}, {}, 400),
        (b"{half", {}, 400),
        (b"[]", {}, 400),
        ({**REDACT, "shop_domain": "\0"}, {}, 400),
        (json.dumps({**REDACT, "note": "é"}, ensure_ascii=False).encode("latin-1"), {}, 400),
        (json.dumps({**REDACT, "shop_domain": "\ud800"}).encode(), {}, 400),
        pytest.param(b'{"shop_domain": ' + b"[" * 100_000, {}, 400, id="deep"),
        pytest.param(b"x" * (MAX_BODY_BYTES + 1), {}, 413, id="large"),
    ],
)
def test_anything_but_a_privacy_webhook_is_refused(
    client: TestClient, database: str, payload: Any, headers: dict[str, str], status: int
) -> None:
    answer = send(client, payload, **headers)
    assert answer.status_code == status and answer.json()["detail"]
    assert stored(database) == []


def test_without_a_database_it_is_to_be_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comptoir.pool.WAIT_SECONDS", 0.3)
    with TestClient(make_app("postgresql://nobody@127.0.0.1:1/none", [SECRET], None)) as client:
        answer = send(client)
    assert answer.status_code == 503 and "send it again" in answer.json()["detail"]


@pytest.mark.services
@pytest.mark.parametrize("role", ["storefront", "reporter"])
def test_only_the_owner_reads_the_requests(database: str, role: str) -> None:
    url = database.replace("comptoir:test@", f"{role}:{role}@")
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("select * from pii.privacy_requests")
