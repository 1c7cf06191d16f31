"""The part of Shopify's REST Admin API that connectors read: shop, locations, customers, orders, payments, events.

Lists are pages of `limit` (50, at most 250) with a `Link` header to the next; with `page_info` no other parameter
counts. Source: Shopify's REST reference, paginated requests and rate limits.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo_shop.profile import API_VERSION, SCOPES, ShopProfile
from demo_shop.shopify.rest_offers import checkout_record, price_rule_record
from demo_shop.shopify.rest_orders import OrderWriter, Record
from demo_shop.shopify.rest_people import customer_record, location_record, shop_record
from demo_shop.store.model import Checkout, Customer, Discount, Order
from demo_shop.store.store import Deletion, Store
from demo_shop.store.tables import seconds

DEFAULT_LIMIT, MAX_LIMIT = 50, 250
IS_STATUS: dict[str, Callable[[Order], bool]] = {
    "any": lambda order: True,
    "open": lambda order: order.cancelled_at is None,
    "closed": lambda order: False,
    "cancelled": lambda order: order.cancelled_at is not None,
}


class BadParameter(ValueError):
    """A query parameter makes no sense; answered as 400 with the reason."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a list request asks for; all of it travels in `page_info`."""

    order: str = "id asc"
    after: tuple[int, int] | None = None
    created_at_min: str | None = None
    created_at_max: str | None = None
    updated_at_min: str | None = None
    updated_at_max: str | None = None
    since_id: int | None = None
    ids: str | None = None
    status: str = "open"

    @classmethod
    def of(cls, request: Request) -> Page:
        """Raises BadParameter for a cursor that is not ours or a number that is none."""
        given = dict(request.query_params)
        try:
            if "page_info" in given:
                known = json.loads(base64.urlsafe_b64decode(given["page_info"]))
                return cls(**{**known, "after": tuple(known["after"])})
            known = {name: given[name] for name in cls.__slots__ if name in given and name != "after"}
            since = int(known.pop("since_id", 0)) or None
            return cls(**known, since_id=since)
        except (ValueError, TypeError, KeyError) as error:
            raise BadParameter(f"invalid page or filter: {error}") from error

    def next(self, after: tuple[int, int]) -> str:
        """The `page_info` of the page that follows."""
        kept = {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}
        return base64.urlsafe_b64encode(json.dumps({**kept, "after": after}).encode()).decode()

    def selection(self) -> dict[str, Any]:
        """The store's selection."""
        column, _, direction = self.order.partition(" ")
        if column not in ("id", "created_at", "updated_at", "processed_at"):
            raise BadParameter(f"cannot order by {column}")
        return {
            "order_by": {"processed_at": "created_at"}.get(column, column),
            "descending": direction == "desc",
            "after": self.after,
            "created_from": _time(self.created_at_min, round_up=True),
            "created_to": _time(self.created_at_max),
            "updated_from": _time(self.updated_at_min, round_up=True),
            "updated_to": _time(self.updated_at_max),
        }

    def accepts(self, row_id: int) -> bool:
        return (self.since_id is None or row_id > self.since_id) and (
            self.ids is None or str(row_id) in self.ids.split(",")
        )


class RestApi:
    """The endpoints over one store. Each is a plain function of a request, run in Starlette's threads."""

    def __init__(self, store: Store, shop: ShopProfile) -> None:
        self._store, self._shop = store, shop

    def routes(self) -> list[Route]:
        def versioned(path: str, endpoint: Callable[[Request], Response]) -> Route:
            return Route("/admin/api/{version}" + path, endpoint)

        return [
            Route("/admin/oauth/access_scopes.json", self.access_scopes),
            versioned("/shop.json", self.shop),
            versioned("/locations.json", self.locations),
            versioned("/customers.json", self.customers),
            versioned("/customers/{customer_id:int}.json", self.customer),
            versioned("/orders.json", self.orders),
            versioned("/orders/{order_id:int}.json", self.order),
            versioned("/orders/{order_id:int}/refunds.json", self.refunds),
            versioned("/orders/{order_id:int}/transactions.json", self.transactions),
            versioned("/price_rules.json", self.price_rules),
            versioned("/checkouts.json", self.checkouts),
            versioned("/events.json", self.events),
        ]

    def access_scopes(self, _request: Request) -> Response:
        return JSONResponse({"access_scopes": [{"handle": scope} for scope in SCOPES]})

    def shop(self, _request: Request) -> Response:
        return _json({"shop": shop_record(self._shop, list(self._store.pricing().exchange_rates))})

    def locations(self, _request: Request) -> Response:
        return _json({"locations": [location_record(x, self._shop) for x in self._store.locations()]})

    def customers(self, request: Request) -> Response:
        page = Page.of(request)
        rows = (c for c in self._store.customers(**page.selection()) if page.accepts(c.customer_id))
        return self._list(request, page, "customers", rows, _customer_id, lambda c: customer_record(c, self._shop))

    def customer(self, request: Request) -> Response:
        customer = self._store.customer(request.path_params["customer_id"])
        return _json({"customer": customer_record(customer, self._shop)}) if customer else _not_found()

    def orders(self, request: Request) -> Response:
        page = Page.of(request)
        if page.status not in IS_STATUS:
            raise BadParameter(f"status must be one of {', '.join(IS_STATUS)}")
        has_status = IS_STATUS[page.status]
        rows = (o for o in self._store.orders(**page.selection()) if has_status(o) and page.accepts(o.order_id))
        return self._list(request, page, "orders", rows, _order_id, lambda o: self._writer(o).order())

    def order(self, request: Request) -> Response:
        order = self._store.order(request.path_params["order_id"])
        return _json({"order": self._writer(order).order()}) if order else _not_found()

    def refunds(self, request: Request) -> Response:
        order = self._store.order(request.path_params["order_id"])
        return _json({"refunds": self._writer(order).order()["refunds"]}) if order else _not_found()

    def transactions(self, request: Request) -> Response:
        order = self._store.order(request.path_params["order_id"])
        return _json({"transactions": self._writer(order).transactions()}) if order else _not_found()

    def price_rules(self, request: Request) -> Response:
        page = Page.of(request)
        rows = (d for d in self._store.discounts(**page.selection()) if page.accepts(d.discount_id))
        return self._list(request, page, "price_rules", rows, _discount_id, lambda d: price_rule_record(d, self._shop))

    def checkouts(self, request: Request) -> Response:
        """Abandoned ones; `status` is about recovery mails, which the demo shop does not send."""
        page = Page.of(request)
        rows = (c for c in self._store.checkouts(**page.selection()) if page.accepts(c.checkout_id))
        return self._list(request, page, "checkouts", rows, _checkout_id, self._checkout)

    def events(self, request: Request) -> Response:
        """Deletions (`verb=destroy`) of the kinds in `filter`; the demo shop keeps no other events."""
        page = Page.of(request)
        kinds = request.query_params.get("filter", "Order,Product").split(",")
        is_asked = request.query_params.get("verb", "destroy") == "destroy"
        selection = page.selection()
        deletions = sorted(
            (
                deletion
                for kind in kinds
                if is_asked
                for deletion in self._store.deletions(kind, selection["created_from"], selection["created_to"])
                if page.accepts(deletion.event_id) and (page.after is None or deletion.event_id > page.after[1])
            ),
            key=_event_id,
        )
        return self._list(request, page, "events", iter(deletions), _event_id, self._event)

    def _event(self, deletion: Deletion) -> Record:
        return {
            "id": deletion.event_id,
            "subject_id": deletion.subject_id,
            "subject_type": deletion.kind,
            "verb": "destroy",
            "created_at": self._shop.local_time(deletion.deleted_at),
            "message": f"{deletion.kind} was deleted.",
            "description": None,
            "author": self._shop.owner,
            "arguments": [],
            "body": None,
            "path": None,
        }

    def _checkout(self, checkout: Checkout) -> Record:
        buyer = checkout.priced.customer_id
        return checkout_record(checkout, self._store.customer(buyer) if buyer else None, self._shop)

    def _writer(self, order: Order) -> OrderWriter:
        customer = self._store.customer(order.customer_id) if order.customer_id else None
        return OrderWriter(order, customer, self._shop)

    def _list(
        self,
        request: Request,
        page: Page,
        name: str,
        rows: Iterator[Any],
        id_of: Callable[[Any], int],
        record: Callable[[Any], Record],
    ) -> Response:
        limit = _limit(request)
        found = list(islice(rows, limit + 1))
        response = _json({name: [record(row) for row in found[:limit]]})
        if len(found) > limit:
            last = found[limit - 1]
            column = page.selection()["order_by"]
            first = id_of(last) if column == "id" or name == "events" else seconds(getattr(last, column))
            query = urlencode({"limit": limit, "page_info": page.next((first, id_of(last)))})
            url = f"https://{self._shop.domain}/admin/api/{API_VERSION}/{name}.json?{query}"
            response.headers["Link"] = f'<{url}>; rel="next"'
        return response


def _json(content: Record) -> Response:
    return JSONResponse(content)


def _not_found() -> Response:
    return JSONResponse({"errors": "Not Found"}, 404)


def _limit(request: Request) -> int:
    try:
        limit = int(request.query_params.get("limit", DEFAULT_LIMIT))
    except ValueError as error:
        raise BadParameter("limit must be a number") from error
    return max(1, min(limit, MAX_LIMIT))


def _time(text: str | None, round_up: bool = False) -> datetime | None:
    """A bound in whole seconds: lower bounds go up to the next, upper bounds down."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # an offset whose plus nobody escaped
    except ValueError as error:
        raise BadParameter(f"{text!r} is no time") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    whole = moment.replace(microsecond=0)
    return whole + timedelta(seconds=1) if round_up and moment > whole else whole


def _customer_id(customer: Customer) -> int:
    return customer.customer_id


def _order_id(order: Order) -> int:
    return order.order_id


def _discount_id(discount: Discount) -> int:
    return discount.discount_id


def _checkout_id(checkout: Checkout) -> int:
    return checkout.checkout_id


def _event_id(deletion: Deletion) -> int:
    return deletion.event_id
