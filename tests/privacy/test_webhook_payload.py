"""The bodies of Shopify's privacy webhooks: each is taken as its own topic alone, and little of it is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from privacy.webhook_payload import MAX_CHARACTERS, MAX_NUMBER, SHAPES, WebhookPayloadError, read_payload

SHOP = {"shop_id": 954889, "shop_domain": "my-shop.myshopify.com"}
CUSTOMER = {"id": 191167, "email": "john@example.com", "phone": "555-625-1199"}
ORDERS = [299938, 280263]
BODIES: dict[str, dict[str, Any]] = {  # as Shopify's page has them
    "customers/data_request": {**SHOP, "orders_requested": ORDERS, "customer": CUSTOMER, "data_request": {"id": 9999}},
    "customers/redact": {**SHOP, "customer": CUSTOMER, "orders_to_redact": ORDERS},
    "shop/redact": SHOP,
}
REDACT = BODIES["customers/redact"]


def encoded(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def redact_of(customer: Any) -> bytes:
    return encoded({**REDACT, "customer": customer})


@pytest.mark.parametrize("topic", SHAPES)
@pytest.mark.parametrize("body", BODIES)
def test_a_body_is_taken_as_its_own_topic_alone(body: str, topic: str) -> None:
    if body == topic:
        kept = read_payload(topic, encoded(BODIES[body]))
        number = {} if body == "shop/redact" else {"customer": {"id": 191167}}
        assert json.loads(kept.payload) == BODIES[body] | number, "all but mail and telephone"
        assert (kept.shop_domain, kept.customer_id) == (SHOP["shop_domain"], 191167 if number else None)
    else:
        with pytest.raises(WebhookPayloadError, match=rf"^the body is not that of {topic}: it (lacks|has) \w+"):
            read_payload(topic, encoded(BODIES[body]))


@pytest.mark.parametrize(
    ("topic", "body", "said"),
    [
        ("customers/redact", {**SHOP, "customer": CUSTOMER}, "customers/redact: it lacks orders_to_redact"),
        ("customers/redact", {**REDACT, "data_request": {"id": 1}}, "customers/redact: it has data_request"),
        ("customers/redact", {**REDACT, "customer": None}, r"Expected `object`, got `null` - at `\$.customer`"),
        ("customers/redact", {**REDACT, "orders_to_redact": ["1"]}, r"got `str` - at `\$.orders_to_redact\["),
        ("customers/data_request", {**SHOP, "customer": CUSTOMER}, "it lacks data_request"),
        ("shop/redact", {**SHOP, "customer": None}, "shop/redact: it has customer"),
        ("shop/redact", {"shop_id": 954889}, "shop/redact: it lacks shop_domain"),
        ("shop/redact", {**SHOP, "shop_id": 0}, r"at `\$.shop_id`"),
        ("shop/redact", [], "the body is not that of shop/redact"),
        ("shop/redact", b"", "the body cannot be read"),
        ("shop/redact", b"{half", "the body cannot be read"),
        ("shop/redact", b'{"shop_id": 1, "shop_domain": "x", "note": "\xff"}', "the body cannot be read"),
        ("shop/redact", b'{"shop_id": 1, "shop_domain": "\\ud800"}', "the body cannot be read"),
        ("shop/redact", b'{"note": ' + b"[" * 100_000, "the body cannot be read"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_another_body_is_refused_with_a_sentence(topic: str, body: Any, said: str) -> None:
    with pytest.raises(WebhookPayloadError, match=said):
        read_payload(topic, encoded(body))


@pytest.mark.parametrize("number", [1, "1", 191167, "191167", MAX_NUMBER, str(MAX_NUMBER)])
def test_a_customer_has_a_number_or_a_text_of_digits(number: int | str) -> None:
    kept = read_payload("customers/redact", redact_of({**CUSTOMER, "id": number}))
    assert kept.customer_id == int(number) and json.loads(kept.payload)["customer"] == {"id": int(number)}


@pytest.mark.parametrize(
    "number",
    [
        *(0, -1, MAX_NUMBER + 1, 10**30, int("9" * 4_000), 1.5, True, [], {}),
        *("", "0", "-1", "+1", " 1", "1\n", "1_000", "1e3", "0x1", "١٢", str(MAX_NUMBER + 1), "9" * 20, "9" * 5_000),
        "gid://shopify/Customer/191167",
    ],
    ids=lambda number: repr(number)[:24],
)
def test_another_id_is_refused(number: Any) -> None:
    with pytest.raises(WebhookPayloadError, match=r"customer\.id"):
        read_payload("customers/redact", redact_of({"id": number}))


@pytest.mark.parametrize(
    ("customer", "kept_of_them"),
    [
        ({"id": None, "email": "ada@example.org", "phone": None}, {"email": "ada@example.org"}),
        ({"id": None, "email": None, "phone": "555-625-1199"}, {"phone": "555-625-1199"}),
        ({"email": "ada@example.org", "name": "Ada"}, {"email": "ada@example.org"}),
        ({}, {}),
    ],
)
def test_of_a_guest_mail_and_telephone_are_kept(customer: dict[str, Any], kept_of_them: dict[str, str]) -> None:
    kept = read_payload("customers/redact", redact_of(customer))
    assert kept.customer_id is None and json.loads(kept.payload) == {**REDACT, "customer": kept_of_them}


def test_what_no_shape_names_is_not_kept() -> None:
    body = {**REDACT, "note": "Ada", "customer": {**CUSTOMER, "first_name": "John"}}
    assert read_payload("customers/redact", encoded(body)) == read_payload("customers/redact", encoded(REDACT))
    asked = {**BODIES["customers/data_request"], "data_request": {"id": 9999, "reason": "curious"}}
    kept = read_payload("customers/data_request", encoded(asked))
    assert "curious" not in kept.payload


@pytest.mark.parametrize("text", ["a" * (MAX_CHARACTERS + 1), "a\0", "a\x1b[2J", "a\x9b"], ids=repr)
def test_texts_that_are_kept_have_a_bound_and_no_control_characters(text: str) -> None:
    for name, body in (
        ("shop_domain", encoded({**REDACT, "shop_domain": text})),
        (r"customer\.email", redact_of({"email": text})),
        (r"customer\.phone", redact_of({"phone": text})),
    ):
        with pytest.raises(WebhookPayloadError, match=f"^{name} (is longer than|holds a control)"):
            read_payload("customers/redact", body)
    read_payload("customers/redact", redact_of({"email": "a" * MAX_CHARACTERS}))
    read_payload("customers/redact", redact_of({"id": 191167, "email": text}))  # not kept
