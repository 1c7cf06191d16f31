"""pii.privacy_requests: what customers, or the shop for them, have asked for; by webhook or by the command line."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import psycopg
from psycopg.types.json import Jsonb

Topic = Literal["customers/data_request", "customers/redact"]

BY_HAND = """
    insert into pii.privacy_requests (webhook_id, topic, shop_domain, customer_id, payload, due_at)
    values (%s, %s, 'by hand', %s, '{}', now() + interval '30 days')
"""
OPEN = """
    select
        webhook_id, topic, customer_id::text, received_at, due_at,
        case when customer_id is null then payload else '{}' end
    from pii.privacy_requests where handled_at is null order by due_at, webhook_id
"""


class RequestError(RuntimeError):
    """There is no such request; the message says what to do."""


@dataclass(frozen=True)
class PrivacyRequest:
    """An open request; `customer_id` is the shop's number, None for a guest or a whole shop.

    `payload` is what the webhook said of a guest, who has no number (privacy/webhook_payload.py); else empty.
    """

    request_id: str
    topic: str
    customer_id: str | None
    received_at: datetime
    due_at: datetime
    payload: dict[str, Any]

    @property
    def whom(self) -> str:
        """Whom it is about, in words for the operator."""
        if self.topic == "shop/redact":
            return "the whole shop"
        if self.customer_id:
            return f"customer {self.customer_id}"
        found_by = _found_by(self.payload)
        return f"a guest ({found_by})" if found_by else "a guest"


def open_requests(connection: psycopg.Connection) -> list[PrivacyRequest]:
    """Those not handled yet, the most urgent first. Raises psycopg.Error."""
    return [PrivacyRequest(*row) for row in connection.execute(OPEN)]


def request_of(connection: psycopg.Connection, topic: Topic, customer_id: int) -> PrivacyRequest:
    """The customer's open request of this topic; made if there is none. Raises psycopg.Error."""
    for request in open_requests(connection):
        if (request.topic, request.customer_id) == (topic, str(customer_id)):
            return request
    request_id = f"by-hand-{uuid.uuid4()}"
    connection.execute(BY_HAND, [request_id, topic, customer_id])
    return next(request for request in open_requests(connection) if request.request_id == request_id)


def request_by_id(connection: psycopg.Connection, request_id: str) -> PrivacyRequest:
    """An open request. Raises RequestError when it is unknown or handled."""
    for request in open_requests(connection):
        if request.request_id == request_id:
            return request
    raise RequestError(f"No open request is called {request_id!r}: see `comptoir privacy requests`.")


def close_by_hand(connection: psycopg.Connection, request: PrivacyRequest, by: str) -> None:
    """Somebody has done what was asked, such as for a guest or a whole shop. Raises psycopg.Error."""
    connection.execute(
        "update pii.privacy_requests set handled_at = now(), customer_id = null, payload = '{}', outcome = %s"
        " where webhook_id = %s",
        [Jsonb({"closed_by": by}), request.request_id],
    )


def mark_exported(connection: psycopg.Connection, request_id: str) -> None:
    """The data were handed out. Raises psycopg.Error."""
    connection.execute(
        "update pii.privacy_requests set handled_at = now(), payload = '{}', outcome = '{\"exported\": true}'"
        " where webhook_id = %s and topic = 'customers/data_request'",
        [request_id],
    )


def _found_by(payload: dict[str, Any]) -> str:
    """What a guest can be found by in the shop's admin: mail, telephone, numbers of orders."""
    customer = payload.get("customer") or {}
    orders = payload.get("orders_to_redact") or payload.get("orders_requested") or []
    listed = f"orders {', '.join(map(str, orders))}" if orders else None
    return "; ".join(str(one) for one in (customer.get("email"), customer.get("phone"), listed) if one)
