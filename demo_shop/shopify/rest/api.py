"""The part of Shopify's REST Admin API that clients read: shop, locations, products, customers, orders, events.

A list is answered in pages of `limit` rows (default 50, at most 250) with a `Link` header to the next page. With
`page_info` all other parameters but `limit` are ignored. Source: Shopify's REST Admin API reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo_shop.profile import ShopProfile
from demo_shop.shopify.access import API_VERSION, SCOPES
from demo_shop.shopify.rest.offers import checkout_record, price_rule_record
from demo_shop.shopify.rest.orders import OrderWriter
from demo_shop.shopify.rest.page import BadParameter, Page, page_size
from demo_shop.shopify.rest.people import customer_record, location_record, shop_record
from demo_shop.shopify.rest.products import level_records, metafield_records, product_record
from demo_shop.shopify.rest.values import JsonRecord
from demo_shop.store.model import Checkout, Customer, Discount, Order, Product
from demo_shop.store.store import Deletion, Store
from demo_shop.store.tables import seconds

IS_STATUS: dict[str, Callable[[Order], bool]] = {
    "any": lambda order: True,
    "open": lambda order: order.cancelled_at is None,
    "closed": lambda order: False,
    "cancelled": lambda order: order.cancelled_at is not None,
}


class RestApi:
    """The endpoints over one store. Each is a synchronous function of a request, run in Starlette's thread pool.

    Lists and bodies are named as in Shopify, e.g. `{"orders": [...]}`. An unknown id is answered 404.
    """

    def __init__(self, store: Store, shop: ShopProfile) -> None:
        self._store, self._shop = store, shop

    def routes(self) -> list[Route]:
        """The endpoints by path."""

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
            versioned("/products.json", self.products),
            versioned("/products/{product_id:int}.json", self.product),
            versioned("/products/{product_id:int}/metafields.json", self.metafields),
            versioned("/inventory_levels.json", self.inventory_levels),
            versioned("/{table:str}/count.json", self.count),
            Route("/admin/{rest:path}", self.unknown, methods=["GET", "POST", "PUT", "DELETE"]),
        ]

    def products(self, request: Request) -> Response:
        """GET products.json, a page of them."""
        page = Page.of(request)
        rows = (p for p in self._store.products(**page.selection()) if page.matches(p.product_id))
        return self._list(request, page, "products", rows, _product_id, lambda p: product_record(p, self._shop))

    def product(self, request: Request) -> Response:
        """GET products/ID.json, or 404."""
        product = self._store.product(request.path_params["product_id"])
        return _json({"product": product_record(product, self._shop)}) if product else _not_found()

    def metafields(self, request: Request) -> Response:
        """GET products/ID/metafields.json, or 404."""
        product = self._store.product(request.path_params["product_id"])
        return _json({"metafields": metafield_records(product, self._shop)}) if product else _not_found()

    def inventory_levels(self, request: Request) -> Response:
        """GET inventory_levels.json of some `inventory_item_ids` or `location_ids`; 422 without either."""
        items, locations = (
            {text for text in request.query_params.get(name, "").split(",") if text}
            for name in ("inventory_item_ids", "location_ids")
        )
        if not items and not locations:
            return JSONResponse({"errors": {"base": ["set one of: location_ids, inventory_item_ids"]}}, 422)
        levels = (
            level
            for product in self._store.products()
            if not items or str(product.inventory_item_id) in items
            for level in level_records(product, self._shop)
            if not locations or str(level["location_id"]) in locations
        )
        return _json({"inventory_levels": list(islice(levels, page_size(request)))})

    def count(self, request: Request) -> Response:
        """GET products/count.json and the like, or 404. Of orders the open ones, unless `status` says otherwise."""
        table = request.path_params["table"]
        if table not in ("products", "customers", "orders", "locations"):
            return _not_found()
        page = Page.of(request)
        if table != "orders":
            return _json({"count": self._store.count(table, **page.selection())})
        if page.status not in IS_STATUS:
            raise BadParameter(f"status must be one of {', '.join(IS_STATUS)}")
        return _json({"count": sum(map(IS_STATUS[page.status], self._store.orders(**page.selection())))})

    def unknown(self, _request: Request) -> Response:
        """Any other path below /admin: 404, in JSON as Shopify's clients expect."""
        return _not_found()

    def access_scopes(self, _request: Request) -> Response:
        """GET oauth/access_scopes.json: what the token may read."""
        return JSONResponse({"access_scopes": [{"handle": scope} for scope in SCOPES]})

    def shop(self, _request: Request) -> Response:
        """GET shop.json."""
        return _json({"shop": shop_record(self._shop, list(self._store.pricing().exchange_rates))})

    def locations(self, _request: Request) -> Response:
        """GET locations.json."""
        return _json({"locations": [location_record(x, self._shop) for x in self._store.locations()]})

    def customers(self, request: Request) -> Response:
        """GET customers.json, a page of them."""
        page = Page.of(request)
        rows = (c for c in self._store.customers(**page.selection()) if page.matches(c.customer_id))
        return self._list(request, page, "customers", rows, _customer_id, lambda c: customer_record(c, self._shop))

    def customer(self, request: Request) -> Response:
        """GET customers/ID.json, or 404."""
        customer = self._store.customer(request.path_params["customer_id"])
        return _json({"customer": customer_record(customer, self._shop)}) if customer else _not_found()

    def orders(self, request: Request) -> Response:
        """GET orders.json, a page of them. Raises BadParameter for a status that Shopify does not know."""
        page = Page.of(request)
        if page.status not in IS_STATUS:
            raise BadParameter(f"status must be one of {', '.join(IS_STATUS)}")
        has_status = IS_STATUS[page.status]
        rows = (o for o in self._store.orders(**page.selection()) if has_status(o) and page.matches(o.order_id))
        return self._list(request, page, "orders", rows, _order_id, lambda o: self._writer(o).order())

    def order(self, request: Request) -> Response:
        """GET orders/ID.json, or 404."""
        order = self._store.order(request.path_params["order_id"])
        return _json({"order": self._writer(order).order()}) if order else _not_found()

    def refunds(self, request: Request) -> Response:
        """GET orders/ID/refunds.json, or 404."""
        order = self._store.order(request.path_params["order_id"])
        return _json({"refunds": self._writer(order).order()["refunds"]}) if order else _not_found()

    def transactions(self, request: Request) -> Response:
        """GET orders/ID/transactions.json, or 404."""
        order = self._store.order(request.path_params["order_id"])
        return _json({"transactions": self._writer(order).transactions()}) if order else _not_found()

    def price_rules(self, request: Request) -> Response:
        """GET price_rules.json, a page of them."""
        page = Page.of(request)
        rows = (d for d in self._store.discounts(**page.selection()) if page.matches(d.discount_id))
        return self._list(request, page, "price_rules", rows, _discount_id, lambda d: price_rule_record(d, self._shop))

    def checkouts(self, request: Request) -> Response:
        """Abandoned checkouts. `status` is about recovery mails, which the demo shop does not send."""
        page = Page.of(request)
        rows = (c for c in self._store.checkouts(**page.selection()) if page.matches(c.checkout_id))
        return self._list(request, page, "checkouts", rows, _checkout_id, self._checkout)

    def events(self, request: Request) -> Response:
        """Deletions (`verb=destroy`) of the kinds in `filter`. The demo shop records no other events."""
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
                if page.matches(deletion.event_id) and (page.after is None or deletion.event_id > page.after[1])
            ),
            key=_event_id,
        )
        return self._list(request, page, "events", iter(deletions), _event_id, self._event)

    def _event(self, deletion: Deletion) -> JsonRecord:
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

    def _checkout(self, checkout: Checkout) -> JsonRecord:
        return checkout_record(checkout, self._store.buyer(checkout.priced), self._shop)

    def _writer(self, order: Order) -> OrderWriter:
        return OrderWriter(order, self._store.buyer(order), self._shop)

    def _list(
        self,
        request: Request,
        page: Page,
        name: str,
        rows: Iterator[Any],
        id_of: Callable[[Any], int],
        record: Callable[[Any], JsonRecord],
    ) -> Response:
        limit = page_size(request)
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


def _json(content: JsonRecord) -> Response:
    return JSONResponse(content)


def _not_found() -> Response:
    return JSONResponse({"errors": "Not Found"}, 404)


def _product_id(product: Product) -> int:
    return product.product_id


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
