"""What the bodies of Shopify's three privacy webhooks look like, and what is kept of one.

Shopify signs the body alone, so the body, not a header, says what is asked and of which shop.
Source of the shapes: https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance
"""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

MAX_NUMBER = 2**63 - 1  # Postgres' bigint
MAX_CHARACTERS = 255  # of a text that is kept; a mail address has at most 254

Number = Annotated[int, msgspec.Meta(gt=0, le=MAX_NUMBER)]

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # Postgres stores no NUL, and a terminal obeys the others


class WebhookPayloadError(ValueError):
    """The body is not that of its topic; the message says why in a sentence."""


class Customer(msgspec.Struct, omit_defaults=True):
    """Whom it is about; a guest has no number, and is known by mail or telephone alone."""

    id: int | str | None = None
    email: str | None = None
    phone: str | None = None


class AskedExport(msgspec.Struct):
    """Shopify's number of a customer's wish to see their data."""

    id: Number


class ShopRedact(msgspec.Struct, kw_only=True):
    """shop/redact: forget the shop."""

    shop_id: Number
    shop_domain: str


class DataRequest(ShopRedact, kw_only=True):
    """customers/data_request: show a customer's data."""

    customer: Customer
    data_request: AskedExport
    orders_requested: list[Number] = []


class CustomerRedact(ShopRedact, kw_only=True):
    """customers/redact: forget a customer."""

    customer: Customer
    orders_to_redact: list[Number]


SHAPES: dict[str, type[ShopRedact]] = {
    "customers/data_request": DataRequest,
    "customers/redact": CustomerRedact,
    "shop/redact": ShopRedact,
}
NAMES = {name for shape in SHAPES.values() for name in shape.__struct_fields__}


class KeptWebhook(msgspec.Struct, frozen=True):
    """What is kept of a webhook: `payload` is JSON with nothing but the fields of its topic's shape."""

    customer_id: int | None
    shop_domain: str
    payload: str


def read_payload(topic: str, body: bytes) -> KeptWebhook:
    """What is kept of a topic's body; mail and telephone only of a guest, whom nothing else tells from others.

    `topic` is one of SHAPES. Raises WebhookPayloadError for a body that is not JSON in UTF-8, or another topic's.
    """
    try:
        body.decode()  # all of it: msgspec passes over what the shape does not name
        given = msgspec.json.decode(body, type=dict[str, msgspec.Raw]).keys()
        fields = msgspec.structs.fields(SHAPES[topic])
        if lacking := [field.name for field in fields if field.required and field.name not in given]:
            raise WebhookPayloadError(f"the body is not that of {topic}: it lacks {', '.join(lacking)}")
        if foreign := sorted(given & (NAMES - {field.name for field in fields})):
            raise WebhookPayloadError(f"the body is not that of {topic}: it has {', '.join(foreign)}")
        payload = msgspec.json.decode(body, type=SHAPES[topic])
    except msgspec.ValidationError as error:
        raise WebhookPayloadError(f"the body is not that of {topic}: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WebhookPayloadError(f"the body cannot be read: {error}") from None
    _check_text("shop_domain", payload.shop_domain)
    number = _keep(payload.customer) if isinstance(payload, DataRequest | CustomerRedact) else None
    return KeptWebhook(number, payload.shop_domain, msgspec.json.encode(payload).decode())


def _keep(customer: Customer) -> int | None:
    """Leave of the customer what is kept, and give their number."""
    if customer.id is None:
        _check_text("customer.email", customer.email or "")
        _check_text("customer.phone", customer.phone or "")
        return None
    if isinstance(customer.id, str) and not re.fullmatch("[0-9]{1,19}", customer.id):
        raise WebhookPayloadError("customer.id is a text that is not a number")
    customer.id, customer.email, customer.phone = int(customer.id), None, None
    if not 0 < customer.id <= MAX_NUMBER:
        raise WebhookPayloadError(f"customer.id is not between 1 and {MAX_NUMBER}")
    return customer.id


def _check_text(name: str, text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise WebhookPayloadError(f"{name} is longer than {MAX_CHARACTERS} characters")
    if CONTROL.search(text):
        raise WebhookPayloadError(f"{name} holds a control character")
