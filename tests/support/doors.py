"""Every door by which a person's mail address and telephone may come to the collector: one request each."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from msgspec import json

from tests.support import client_messages
from tests.support.people import Person

NUMBERS = count()


def message(kind: str, **fields: Any) -> dict[str, Any]:
    """A message with an id of its own: one sent twice would be a conflict."""
    return client_messages.message(kind, **{"messageId": f"door-{next(NUMBERS)}"} | fields)


def link(person: Person) -> str:
    """An address with theirs in each part."""
    mail, escaped = person.mail, person.escaped
    return f"https://{mail}:secret@shop.example/of/{escaped}?q={escaped}&mail={mail}&phone={person.phone}#{mail}"


def page(person: Person) -> dict[str, Any]:
    """What a tracker says of a page."""
    mail, url = person.mail, link(person)
    return {"url": url, "referrer": url, "path": f"/of/{mail}", "search": f"?q={mail}", "title": f"Hello {mail}"}


def ordered(person: Person) -> dict[str, Any]:
    """What a tracker says of an order."""
    lines = [{"product_id": "1", "name": person.mail, "url": link(person)}]
    return {"order_id": "7", "currency": "EUR", "products": lines}


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


DOORS: dict[str, Callable[[Person], Request]] = {
    "the visitor's id": lambda one: batch(message("track", anonymousId=one.mail)),
    "the customer's id": lambda one: batch(message("identify", userId=one.mail)),
    "the customer's id with a phone number": lambda one: batch(message("identify", userId=one.phone)),
    "the id before": lambda one: batch(message("alias", userId="31", previousId=one.mail)),
    "a group's id": lambda one: batch(message("group", userId="31", groupId=one.mail)),
    "the event's id": lambda one: batch(message("track", messageId=one.mail)),
    "the event's name": lambda one: batch(track(f"Mail to {one.mail}")),
    "the page's name": lambda one: batch(message("page", name=f"Orders of {one.mail}", category=one.mail)),
    "traits": lambda one: batch(
        message("identify", userId="31", traits={"email": one.mail, "phone": one.phone, "country": one.mail})
    ),
    "traits in the context": lambda one: batch(context(traits={"email": one.mail, "phone": one.phone})),
    "a search": lambda one: batch(track("Products Searched", query=f"order of {one.mail}")),
    "a filter": lambda one: batch(
        track("Products Searched", query="q", filters=[{"type": one.mail, "value": [one.mail]}])
    ),
    "a filter's name": lambda one: batch(track("Products Searched", query="q", filters={one.mail: one.mail})),
    "a product": lambda one: batch(
        track(name=one.mail, brand=one.mail, category=one.mail, variant=one.mail, coupon=one.mail, url=link(one))
    ),
    "a product's id": lambda one: batch(track(product_id=one.mail, sku=one.mail)),
    "an order": lambda one: batch(
        track("Order Completed", **ordered(one) | {"affiliation": one.mail, "coupon": one.mail})
    ),
    "an order's id": lambda one: batch(track("Order Completed", **ordered(one) | {"order_id": one.mail})),
    "a coupon": lambda one: batch(track("Coupon Applied", coupon_id=one.mail, coupon_name=one.mail)),
    "a checkout": lambda one: batch(track("Checkout Step Viewed", shipping_method=one.mail, payment_method=one.mail)),
    "a field of nobody's": lambda one: batch(track(email=one.mail, phone=one.phone, **{one.mail: 1})),
    "the page's address": lambda one: batch(context(page=page(one))),
    "the page's address in the properties": lambda one: batch(message("page", properties=page(one))),
    "a campaign": lambda one: batch(
        context(campaign=dict.fromkeys(("name", "source", "medium", "term", "content"), one.mail))
    ),
    "the visit's id": lambda one: batch(context(sessionId=one.mail)),
    "the device": lambda one: batch(
        context(device={"type": one.mail, "model": one.mail, "id": one.mail, "name": one.phone})
    ),
    "the library": lambda one: batch(context(library={"name": one.mail, "version": one.mail})),
    "a context of nobody's": lambda one: batch(context(**{one.mail: one.mail, "contact": {"phone": one.phone}})),
    "the batch's context": lambda one: batch(
        message("track", context=None), context={"sessionId": "s", "page": page(one)}
    ),
    "headers": lambda one: batch(
        track(),
        headers={
            b"user-agent": f"shop/1 ({one.mail})".encode(),
            b"referer": link(one).encode(),
            b"cookie": f"m={one.mail}".encode(),
            b"x-forwarded-for": one.mail.encode(),
            b"x-request-id": one.mail.encode(),
            b"from": one.mail.encode(),
        },
    ),
    "the request's query": lambda one: batch(track(), query=f"?mail={one.escaped}&phone={one.digits}"),
    "an escaped sign": lambda one: raw(json.encode({"batch": [track(name=one.mail)]}).replace(b"@", rb"\u0040")),
    "a price that is none": lambda one: batch(track(price=one.mail, name=one.mail)),
    "a refused event": lambda one: batch(
        track(quantity=-1, name=one.mail, email=one.mail, phone=one.phone) | {"traits": {"n": one.mail}}
    ),
    "a refused event's texts": lambda one: batch(
        {"type": one.mail, "event": one.mail, "messageId": one.mail, "timestamp": one.mail}
    ),
    "an event that is none": lambda one: raw(json.encode({"batch": [one.mail, [one.phone], {one.mail: one.mail}]})),
    "bytes that nobody reads": lambda one: raw(
        b'{"batch": [{"name": "%s", "%s": tru' % (one.mail.encode(), one.mail.encode())
    ),
    "half a batch that nobody reads": lambda one: raw(b'{"batch": [{"name": NaN, "mail": "%s"}]}' % one.mail.encode()),
}
