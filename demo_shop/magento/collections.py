"""What can be listed: the rows of each collection, the fields they may be searched by, and how one is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from demo_shop.magento.catalogue_records import (
    attribute_records,
    category_records,
    product_record,
    source_code,
    source_items,
)
from demo_shop.magento.order_records import OrderRecords
from demo_shop.magento.people_records import customer_record
from demo_shop.magento.search_criteria import SearchCriteria, Values
from demo_shop.magento.values import Record, time
from demo_shop.profile import ShopProfile
from demo_shop.store.model import Customer, Order, Product, Refund
from demo_shop.store.store import Store

Row = TypeVar("Row")
Key = tuple[int, datetime, datetime]  # id, created at, updated at
KEY_FIELDS: Values[Key] = {
    "entity_id": lambda key: key[0],
    "created_at": lambda key: time(key[1]),
    "updated_at": lambda key: time(key[2]),
}
CATEGORY_FIELDS: Values[Record] = {
    "entity_id": lambda record: record["id"],
    "position": lambda record: record["position"],
    "updated_at": lambda record: record["updated_at"],
}
REFUND_FIELDS: Values[tuple[Order, Refund]] = {
    "entity_id": lambda row: row[1].refund_id,
    "order_id": lambda row: row[0].order_id,
    "created_at": lambda row: time(row[1].created_at),
    "updated_at": lambda row: time(row[1].created_at),
}


@dataclass(frozen=True, slots=True)
class Collection(Generic[Row]):
    """`rows` may leave out what the lower bound on updated_at excludes; None: no bound."""

    resource: str  # the permission it needs
    rows: Callable[[datetime | None], Iterable[Row]]
    values: Values[Row]
    write: Callable[[Row], Record]

    def answer(self, criteria: SearchCriteria) -> tuple[list[Record], int]:
        """The page's records, and how many rows there are on all pages. Raises BadSearch."""
        found = criteria.select(self.rows(_bound(criteria)), self.values)
        return [self.write(row) for row in criteria.page(found)], len(found)


class Collections:
    """The collections of one store."""

    def __init__(self, store: Store, shop: ShopProfile) -> None:
        self._store, self._shop = store, shop

    def by_path(self) -> dict[str, Collection[Any]]:
        """Path below /V1 to its collection."""
        store = self._store
        return {
            "products": self._keyed(
                "Magento_Catalog::products", "products", lambda key: product_record(self._product(key[0]))
            ),
            "categories/list": Collection(
                "Magento_Catalog::categories", lambda _: self._categories(), CATEGORY_FIELDS, dict
            ),
            "products/attributes": Collection(
                "Magento_Catalog::attributes_attributes",
                lambda _: attribute_records(store.products(order_by="id")),
                _plain("attribute_id", "attribute_code"),
                dict,
            ),
            "inventory/source-items": Collection(
                "Magento_InventoryApi::source", lambda _: self._stock(), _plain("sku", "source_code", "quantity"), dict
            ),
            "customers/search": self._keyed(
                "Magento_Customer::customer", "customers", lambda key: customer_record(self._customer(key[0]))
            ),
            "orders": self._keyed("Magento_Sales::sales", "orders", lambda key: self._written(key).order()),
            "invoices": self._keyed("Magento_Sales::invoice", "orders", lambda key: self._written(key).invoice()),
            "creditmemos": Collection(
                "Magento_Sales::creditmemo",
                self._refunds,
                REFUND_FIELDS,
                lambda row: self._records(row[0]).credit_memo(row[1]),
            ),
        }

    def _keyed(self, resource: str, table: Any, write: Callable[[Key], Record]) -> Collection[Key]:
        return Collection(resource, lambda since: self._store.keys(table, since), KEY_FIELDS, write)

    def _categories(self) -> list[Record]:
        return category_records(self._store.products(order_by="id"), self._shop.created_at)

    def _stock(self) -> Iterable[Record]:
        codes = {location.location_id: source_code(location) for location in self._store.locations()}
        for product in self._store.products(order_by="id"):
            yield from source_items(product, codes)

    def _refunds(self, since: datetime | None) -> Iterable[tuple[Order, Refund]]:
        # an order is never older than its refunds
        for order in self._store.orders(updated_from=since):
            for refund in order.refunds:
                yield order, refund

    def _product(self, product_id: int) -> Product:
        product = self._store.product(product_id)
        assert product is not None
        return product

    def _customer(self, customer_id: int) -> Customer:
        customer = self._store.customer(customer_id)
        assert customer is not None
        return customer

    def _written(self, key: Key) -> OrderRecords:
        order = self._store.order(key[0])
        assert order is not None
        return self._records(order)

    def _records(self, order: Order) -> OrderRecords:
        customer = self._store.customer(order.customer_id) if order.customer_id else None
        return OrderRecords(order, customer, self._shop)


def _plain(*fields: str) -> Values[Record]:
    """Fields read from the record as it is."""

    def reader(field: str) -> Callable[[Record], Any]:
        return lambda record: record[field]

    return {field: reader(field) for field in fields}


def _bound(criteria: SearchCriteria) -> datetime | None:
    text = criteria.lower_bound("updated_at")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
    except ValueError:
        return None
