"""A person's mail address and number, sent through every door of the collector, are in nothing that leaves it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import json

from benchmarks.support.in_process import InProcess
from events.ecommerce import TRACK_PROPERTIES
from events.event import Event, parse
from tests.support.client_messages import message

MAIL, ESCAPED, PHONE = "ada.lovelace@example.org", "ada.lovelace%40example.org", "+33 6 12 34 56 78"
PLANTED = (MAIL, ESCAPED, PHONE, "lovelace")
LINK = f"https://{MAIL}:secret@shop.example/of/{ESCAPED}?q={ESCAPED}&mail={MAIL}&phone={PHONE}#{MAIL}"
PAGE = {"url": LINK, "referrer": LINK, "path": f"/of/{MAIL}", "search": f"?q={MAIL}", "title": f"Hello {MAIL}"}
ORDERED = {"order_id": "7", "currency": "EUR", "products": [{"product_id": "1", "name": MAIL, "url": LINK}]}


def track(name: str = "Product Viewed", /, **properties: Any) -> dict[str, Any]:
    return message("track", event=name, properties={"product_id": "1", **properties})


def context(**said: Any) -> dict[str, Any]:
    return message("track", context={"sessionId": "s", **said})


Request = tuple[str, bytes, dict[bytes, bytes]]


def batch(*events: dict[str, Any], query: str = "", headers: dict[bytes, bytes] | None = None, **own: Any) -> Request:
    body = json.encode({"batch": list(events), **own})
    return f"/v1/batch{query}", body, {b"authorization": b"Basic dGVzdC1rZXk6", **(headers or {})}


def raw(body: bytes) -> Request:
    return "/v1/batch", body, {b"authorization": b"Basic dGVzdC1rZXk6"}


DOORS: dict[str, Callable[[], Request]] = {
    "the visitor's id": lambda: batch(message("track", anonymousId=MAIL)),
    "the customer's id": lambda: batch(message("identify", userId=MAIL)),
    "the customer's id with a phone number": lambda: batch(message("identify", userId=PHONE)),
    "the id before": lambda: batch(message("alias", userId="31", previousId=MAIL)),
    "a group's id": lambda: batch(message("group", userId="31", groupId=MAIL)),
    "the event's id": lambda: batch(message("track", messageId=MAIL)),
    "the event's name": lambda: batch(track(f"Mail to {MAIL}")),
    "the page's name": lambda: batch(message("page", name=f"Orders of {MAIL}", category=MAIL)),
    "traits": lambda: batch(message("identify", userId="31", traits={"email": MAIL, "phone": PHONE, "country": MAIL})),
    "traits in the context": lambda: batch(context(traits={"email": MAIL, "phone": PHONE})),
    "a search": lambda: batch(track("Products Searched", query=f"order of {MAIL}")),
    "a filter": lambda: batch(track("Products Searched", query="q", filters=[{"type": MAIL, "value": [MAIL]}])),
    "a filter's name": lambda: batch(track("Products Searched", query="q", filters={MAIL: MAIL})),
    "a product": lambda: batch(track(name=MAIL, brand=MAIL, category=MAIL, variant=MAIL, coupon=MAIL, url=LINK)),
    "a product's id": lambda: batch(track(product_id=MAIL, sku=MAIL)),
    "an order": lambda: batch(track("Order Completed", **ORDERED | {"affiliation": MAIL, "coupon": MAIL})),
    "an order's id": lambda: batch(track("Order Completed", **ORDERED | {"order_id": MAIL})),
    "a coupon": lambda: batch(track("Coupon Applied", coupon_id=MAIL, coupon_name=MAIL)),
    "a checkout": lambda: batch(track("Checkout Step Viewed", shipping_method=MAIL, payment_method=MAIL)),
    "a field of nobody's": lambda: batch(track(email=MAIL, phone=PHONE, **{MAIL: 1})),
    "the page's address": lambda: batch(context(page=PAGE)),
    "the page's address in the properties": lambda: batch(message("page", properties=PAGE)),
    "a campaign": lambda: batch(context(campaign=dict.fromkeys(("name", "source", "medium", "term", "content"), MAIL))),
    "the visit's id": lambda: batch(context(sessionId=MAIL)),
    "the device": lambda: batch(context(device={"type": MAIL, "model": MAIL, "id": MAIL, "name": PHONE})),
    "the library": lambda: batch(context(library={"name": MAIL, "version": MAIL})),
    "a context of nobody's": lambda: batch(context(**{MAIL: MAIL, "contact": {"phone": PHONE}})),
    "the batch's context": lambda: batch(message("track", context=None), context={"sessionId": "s", "page": PAGE}),
    "headers": lambda: batch(
        track(),
        headers={
            b"user-agent": f"shop/1 ({MAIL})".encode(),
            b"referer": LINK.encode(),
            b"cookie": f"m={MAIL}".encode(),
            b"x-forwarded-for": MAIL.encode(),
            b"x-request-id": MAIL.encode(),
            b"from": MAIL.encode(),
        },
    ),
    "the request's query": lambda: batch(track(), query=f"?mail={ESCAPED}&phone=33612345678"),
    "an escaped sign": lambda: raw(json.encode({"batch": [track(name=MAIL)]}).replace(b"@", rb"\u0040")),
    "a price that is none": lambda: batch(track(price=MAIL, name=MAIL)),
    "a refused event": lambda: batch(track(quantity=-1, name=MAIL, email=MAIL, phone=PHONE) | {"traits": {"n": MAIL}}),
    "a refused event's texts": lambda: batch({"type": MAIL, "event": MAIL, "messageId": MAIL, "timestamp": MAIL}),
    "an event that is none": lambda: raw(json.encode({"batch": [MAIL, [PHONE], {MAIL: MAIL}]})),
    "bytes that nobody reads": lambda: raw(b'{"batch": [{"name": "%s", "%s": tru' % (MAIL.encode(), MAIL.encode())),
    "half a batch that nobody reads": lambda: raw(b'{"batch": [{"name": NaN, "mail": "%s"}]}' % MAIL.encode()),
}


@pytest.mark.parametrize("door", DOORS)
def test_no_person_comes_through(door: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    collector = InProcess()
    path, body, headers = DOORS[door]()
    answer = collector.post(path, body, headers)
    assert collector.sink.records or answer.status == 400, "nothing arrived: this shows nothing"
    left = [caplog.text.encode(), collector.get("/metrics").body, answer.body]
    for record in collector.sink.records:
        left += [record.key or b"", record.value, *(value for _, value in record.headers)]
    everything = b"\n".join(left).decode().lower()
    assert [word for word in PLANTED if word in everything] == [], everything


@pytest.mark.parametrize("name", TRACK_PROPERTIES)
def test_no_text_of_an_event_brings_one(name: str) -> None:
    """Every field of the contract that takes a text, at once."""
    fields = TRACK_PROPERTIES[name].__struct_encode_fields__
    collector = InProcess()
    collector.post("/v1/batch", json.encode({"batch": [track(name, **dict.fromkeys(fields, MAIL))]}))
    for field in fields:  # one alone, where the others would have it refused
        collector.post("/v1/batch", json.encode({"batch": [track(name, **ORDERED | {field: MAIL})]}))
    values = [record.value for record in collector.sink.records]
    assert len(values) == len(fields) + 1 and not any(b"lovelace" in value for value in values)


def test_what_holds_an_address_is_counted_and_told_apart_as_before() -> None:
    collector = InProcess()
    sent = [track("Products Searched", query=f"invoice {MAIL}") | {"messageId": f"{n}-{MAIL}"} for n in (1, 2, 1)]
    collector.post("/v1/batch", json.encode({"batch": sent}))
    first, second, again = (parse(record.value) for record in collector.sink.records)
    assert isinstance(first, Event) and isinstance(second, Event) and isinstance(again, Event)
    assert first.event_id == again.event_id != second.event_id
    assert json.decode(first.properties)["query"] == "invoice (mail)"
