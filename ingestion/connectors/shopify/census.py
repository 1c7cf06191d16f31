"""Shopify's own counts, order totals and keys, by GraphQL; by bulk operation where the list may be long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from ingestion.connectors.shopify.api import ShopifyApi
from ingestion.reconciliation.census import ListedKey, ListedOrder, ListedStream

# `limit: null` is "no limit": by default Shopify stops counting at 10,000
COUNTS = """
query ($query: String) {
  products: productsCount(query: $query, limit: null) { count }
  orders: ordersCount(query: $query, limit: null) { count }
}
"""
ORDERS = """{ orders(query: "updated_at:>='%s'") { edges { node {
  id createdAt updatedAt totalPriceSet { presentmentMoney { amount currencyCode } }
} } } }"""
KEYS = {
    "products": "{ products { edges { node { id updatedAt } } } }",
    "product_variants": "{ productVariants { edges { node { id updatedAt } } } }",
    "inventory_items": "{ inventoryItems { edges { node { id updatedAt } } } }",
    "inventory_levels": """{ inventoryItems { edges { node {
        id inventoryLevels { edges { node { id updatedAt location { id } } } }
    } } } }""",
    "customers": "{ customers { edges { node { id updatedAt } } } }",
    "orders": "{ orders { edges { node { id updatedAt } } } }",
}
SCOPES = "{ currentAppInstallation { accessScopes { handle } } }"
ORDERS_VISIBLE = timedelta(days=59)  # sixty days for an app without read_all_orders; a day less to be safe


class ShopifyCensus:
    """A `ShopCensus` of one shop. Every method raises ShopifyError when the shop does not answer."""

    # levels disappear and come back when their location is switched off and on, so only deletions are looked for
    streams = (
        ListedStream("products"),
        ListedStream("product_variants"),
        ListedStream("inventory_items"),
        ListedStream("inventory_levels", must_be_complete=False),
        ListedStream("customers"),
        ListedStream("orders"),
    )

    def __init__(self, api: ShopifyApi) -> None:
        self._api = api

    def now(self) -> datetime:
        """The `Date` header of the shop's answer to a trivial query."""
        self._api.query("{ shop { id } }")
        return self._api.clock

    def orders_visible_since(self) -> datetime | None:
        """None when the app has the scope read_all_orders, else 59 days before the shop's now."""
        scopes = self._api.query(SCOPES)["currentAppInstallation"]["accessScopes"]
        return None if {"handle": "read_all_orders"} in scopes else self._api.clock - ORDERS_VISIBLE

    def orders_changed_since(self, moment: datetime) -> Iterator[ListedOrder]:
        """By a bulk operation; the total is in the customer's currency (presentment money)."""
        for node in self._api.bulk(ORDERS % moment.isoformat()):
            money = node["totalPriceSet"]["presentmentMoney"]
            yield ListedOrder(
                _number(node["id"]),
                datetime.fromisoformat(node["createdAt"]),
                datetime.fromisoformat(node["updatedAt"]),
                money["currencyCode"],
                Decimal(money["amount"]),
            )

    def counts(self, since: datetime, until: datetime) -> Mapping[str, int]:
        """Of products and orders."""
        query = f"created_at:>='{since.isoformat()}' AND created_at:<='{until.isoformat()}'"
        return {stream: count["count"] for stream, count in self._api.query(COUNTS, query=query).items()}

    def keys(self, stream: str) -> Iterator[ListedKey]:
        """By a bulk operation; KEYS has the query of each stream."""
        for node in self._api.bulk(KEYS[stream]):
            key = _number(node["id"])
            if stream == "inventory_levels":
                if "__parentId" not in node:
                    continue  # the item itself; its levels follow
                # the key as the connector writes it: the number in the level's own id is a different one
                key = f"{_number(node['location']['id'])}|{_number(node['__parentId'])}"
            yield ListedKey(key, datetime.fromisoformat(node["updatedAt"]))


def _number(identifier: str) -> str:
    """The number in a global id such as gid://shopify/Order/123."""
    return identifier.rpartition("/")[2]
