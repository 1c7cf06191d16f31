"""The lists of the REST API: the rows of each, the fields they are searched and sorted by, and how one is written."""

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
from demo_shop.magento.values import JsonRecord, utc_text
from demo_shop.profile import ShopProfile
from demo_shop.store.model import Customer, Order, Product, Refund
from demo_shop.store.store import Store

Row = TypeVar("Row")
Key = tuple[int, datetime, datetime]  # id, created at, updated at
KEY_FIELDS: Values[Key] = {
    "entity_id": lambda key: key[0],
    "created_at": lambda key: utc_text(key[1]),
    "updated_at": lambda key: utc_text(key[2]),
}
CATEGORY_FIELDS: Values[JsonRecord] = {
    "entity_id": lambda record: record["id"],
    "position": lambda record: record["position"],
    "updated_at": lambda record: record["updated_at"],
}
REFUND_FIELDS: Values[tuple[Order, Refund]] = {
    "entity_id": lambda row: row[1].refund_id,
    "order_id": lambda row: row[0].order_id,
    "created_at": lambda row: utc_text(row[1].created_at),
    "updated_at": lambda row: utc_text(row[1].created_at),
}


@dataclass(frozen=True, slots=True)
class Collection(Generic[Row]):
    """One list."""

    resource: str  # the permission it needs, as in Magento's acl.xml
    # (lower bound on updated_at or None) -> rows; older rows may be left out
    rows: Callable[[datetime | None], Iterable[Row]]
    values: Values[Row]
    write: Callable[[Row], JsonRecord]

    def answer(self, criteria: SearchCriteria) -> tuple[list[JsonRecord], int]:
        """(records of the page, number of rows on all pages). Raises BadSearch for an unknown field."""
        found = criteria.select(self.rows(_bound(criteria)), self.values)
        return [self.write(row) for row in criteria.page(found)], len(found)


class Collections:
    """The collections of one store."""

    def __init__(self, store: Store, shop: ShopProfile) -> None:
        self._store, self._shop = store, shop

    def by_path(self) -> dict[str, Collection[Any]]:
        """Path below /V1 -> collection."""
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

    def _keyed(self, resource: str, table: Any, write: Callable[[Key], JsonRecord]) -> Collection[Key]:
        return Collection(resource, lambda since: self._store.keys(table, since), KEY_FIELDS, write)

    def _categories(self) -> list[JsonRecord]:
        return category_records(self._store.products(order_by="id"), self._shop.created_at)

    def _stock(self) -> Iterable[JsonRecord]:
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
        return OrderRecords(order, self._store.buyer(order), self._shop)


def _plain(*fields: str) -> Values[JsonRecord]:
    """Searchable fields that stand in the record under the same name."""

    def reader(field: str) -> Callable[[JsonRecord], Any]:
        return lambda record: record[field]

    return {field: reader(field) for field in fields}


def _bound(criteria: SearchCriteria) -> datetime | None:
    text = criteria.lower_bound("updated_at")
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
    except ValueError:
        return None
