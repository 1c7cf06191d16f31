"""Shopify's own counts, order totals and keys, by GraphQL; bulk operations where the list may be long."""

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
ORDERS_SHOWN = timedelta(days=59)  # sixty days to an app without read_all_orders; the last one is not sure


class ShopifyListing:
    """A `ShopListing` of one shop."""

    # a level leaves and comes back with its location's being active, so only its absence is told
    streams = (
        ListedStream("products"),
        ListedStream("product_variants"),
        ListedStream("inventory_items"),
        ListedStream("inventory_levels", is_whole=False),
        ListedStream("customers"),
        ListedStream("orders"),
    )

    def __init__(self, api: ShopifyApi) -> None:
        self._api = api

    def now(self) -> datetime:
        self._api.query("{ shop { id } }")
        return self._api.clock

    def orders_from(self) -> datetime | None:
        scopes = self._api.query(SCOPES)["currentAppInstallation"]["accessScopes"]
        return None if {"handle": "read_all_orders"} in scopes else self._api.clock - ORDERS_SHOWN

    def orders_changed_since(self, moment: datetime) -> Iterator[ListedOrder]:
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
        query = f"created_at:>='{since.isoformat()}' AND created_at:<='{until.isoformat()}'"
        return {stream: count["count"] for stream, count in self._api.query(COUNTS, query=query).items()}

    def keys(self, stream: str) -> Iterator[ListedKey]:
        for node in self._api.bulk(KEYS[stream]):
            key = _number(node["id"])
            if stream == "inventory_levels":
                if "__parentId" not in node:
                    continue  # the item that the levels after it are of
                # as the connector writes it: a level's own number is another
                key = f"{_number(node['location']['id'])}|{_number(node['__parentId'])}"
            yield ListedKey(key, datetime.fromisoformat(node["updatedAt"]))


def _number(identifier: str) -> str:
    """Of a global id, gid://shopify/Order/123."""
    return identifier.rpartition("/")[2]
