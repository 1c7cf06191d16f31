"""Every door by which a person's mail address and number may come to the collector: one request each."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from msgspec import json

from tests.support import client_messages

MAIL, ESCAPED, PHONE = "ada.lovelace@example.org", "ada.lovelace%40example.org", "+33 6 12 34 56 78"
PLANTED = (MAIL, ESCAPED, PHONE, "lovelace")
LINK = f"https://{MAIL}:secret@shop.example/of/{ESCAPED}?q={ESCAPED}&mail={MAIL}&phone={PHONE}#{MAIL}"
PAGE = {"url": LINK, "referrer": LINK, "path": f"/of/{MAIL}", "search": f"?q={MAIL}", "title": f"Hello {MAIL}"}
ORDERED = {"order_id": "7", "currency": "EUR", "products": [{"product_id": "1", "name": MAIL, "url": LINK}]}


NUMBERS = count()


def message(kind: str, **fields: Any) -> dict[str, Any]:
    """A message with an id of its own: one sent twice would be a conflict."""
    return client_messages.message(kind, **{"messageId": f"door-{next(NUMBERS)}"} | fields)


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
