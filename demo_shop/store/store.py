"""The demo shop's data in one SQLite file: products, locations, customers, orders and what was deleted.

Several processes may use the file at once: the simulator and the server do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Unpack

import msgspec

from demo_shop.store import checkout
from demo_shop.store.checkout import Pricing
from demo_shop.store.model import Checkout, Customer, Location, Order, Product
from demo_shop.store.offers import Offers
from demo_shop.store.tables import Selection, encoded, now, seconds

STORE_FILE = "shop.sqlite"
"""The file's name in the demo shop's folder."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """The record that a product or an order was deleted."""

    event_id: int
    kind: str  # "Product" | "Order"
    subject_id: int
    deleted_at: datetime


class Store(Offers):
    """One shop's data. `save_*` take entities with their ids; ids given out later are above all of those."""

    # writing many entities

    def save_products(self, products: Iterable[Product]) -> None:
        """Insert or replace, in one transaction."""
        saved = list(products)
        with self._transaction():
            self._reserve("product", (p.product_id for p in saved))
            self._reserve("variant", (p.variant_id for p in saved))
            self._reserve("inventory_item", (p.inventory_item_id for p in saved))
            self._save(
                "products (id, variant_id, inventory_item_id, created_at, updated_at, body)",
                (
                    (
                        p.product_id,
                        p.variant_id,
                        p.inventory_item_id,
                        seconds(p.created_at),
                        seconds(p.updated_at),
                        encoded(p),
                    )
                    for p in saved
                ),
            )

    def save_locations(self, locations: Iterable[Location]) -> None:
        """Insert or replace, in one transaction."""
        saved = list(locations)
        with self._transaction():
            self._reserve("location", (x.location_id for x in saved))
            self._save_entities("locations", ((x.location_id, x.created_at, x.created_at, x) for x in saved))

    def save_customers(self, customers: Iterable[Customer]) -> None:
        """Insert or replace, in one transaction."""
        saved = list(customers)
        with self._transaction():
            self._reserve("customer", (c.customer_id for c in saved))
            self._save_entities("customers", ((c.customer_id, c.created_at, c.updated_at, c) for c in saved))

    def save_orders(self, orders: Iterable[Order]) -> None:
        """Insert or replace, in one transaction."""
        saved = list(orders)
        with self._transaction():
            self._reserve("order", (o.order_id for o in saved))
            self._reserve("order_number", (o.number for o in saved))
            self._reserve("line", (line.line_id for o in saved for line in o.lines))
            refunds = [refund for o in saved for refund in o.refunds]
            self._reserve("refund", (refund.refund_id for refund in refunds))
            self._reserve("refund_line", (x.refund_line_id for refund in refunds for x in refund.lines))
            self._save_entities("orders", ((o.order_id, o.created_at, o.updated_at, o) for o in saved))

    def save_pricing(self, pricing: Pricing, at: datetime | None = None) -> None:
        """Set how orders are charged from now on. Each new code becomes a discount created `at` (default: now)."""
        with self._transaction():
            self._save("facts (name, body)", [("pricing", encoded(pricing))])
            self.offer(pricing.discount_codes, at or now())

    # changing one entity, at the time `at` (default: now), which becomes its `updated_at`

    def place_order(
        self,
        lines: Sequence[tuple[int, int]],
        *,
        customer_id: int | None = None,
        currency: str | None = None,
        country_code: str = "FR",
        discount_code: str | None = None,
        source_name: str = "web",
        at: datetime | None = None,
    ) -> Order:
        """Place an order of (product id, quantity) pairs and take the units off the stock.

        The stock may go below zero: orders made by an API bypass the inventory policy, as in Shopify.
        Raises CheckoutError when a product or customer does not exist, and as `checkout.build_order`.
        """
        at = at or now()
        with self._transaction():
            if customer_id is not None and self.customer(customer_id) is None:
                raise checkout.CheckoutError(f"there is no customer {customer_id}")
            order = checkout.build_order(
                self._basket(lines),
                new_id=self.new_id,
                pricing=self.pricing(),
                at=at,
                customer_id=customer_id,
                currency=currency,
                country_code=country_code,
                discount_code=discount_code,
                source_name=source_name,
            )
            self.save_orders([order])
            self.count_use([order])
            for product_id, quantity in lines:
                self._move_stock(product_id, -quantity, at)
        return order

    def quote_order(
        self,
        lines: Sequence[tuple[int, int]],
        *,
        currency: str | None = None,
        country_code: str = "FR",
        discount_code: str | None = None,
    ) -> Order:
        """The order that `place_order` would make, without ids; nothing is saved.

        Raises CheckoutError when a product does not exist, and as `checkout.build_order`.
        """
        return checkout.build_order(
            self._basket(lines),
            new_id=lambda _: 0,
            pricing=self.pricing(),
            at=now(),
            currency=currency,
            country_code=country_code,
            discount_code=discount_code,
        )

    def abandon_checkout(
        self,
        lines: Sequence[tuple[int, int]],
        *,
        customer_id: int | None = None,
        at: datetime | None = None,
    ) -> Checkout:
        """Begin a checkout of (product id, quantity) pairs and leave it. Raises CheckoutError as `place_order`."""
        at = at or now()
        with self._transaction():
            priced = checkout.build_order(
                self._basket(lines), new_id=lambda _: 0, pricing=self.pricing(), at=at, customer_id=customer_id
            )
            left = Checkout(self.new_id("checkout"), priced, at, at)
            self.save_checkouts([left])
        return left

    def refund_order(
        self,
        order_id: int,
        lines: Mapping[int, int] | None = None,
        at: datetime | None = None,
        note: str = "",
    ) -> Order:
        """Refund `lines` (line id -> units; default: all that is left) and put the units back into the stock.

        Raises CheckoutError when the order does not exist, and as `checkout.refund`.
        """
        at = at or now()
        with self._transaction():
            order = self._order(order_id)
            if lines is None:
                lines = {line_id: units for line_id, units in checkout.refundable(order).items() if units}
            changed = checkout.refund(order, lines, new_id=self.new_id, at=at, note=note)
            self.save_orders([changed])
            product_of = {line.line_id: line.product_id for line in order.lines}
            for line_id, quantity in lines.items():
                self._move_stock(product_of[line_id], quantity, at)
        return changed

    def cancel_order(self, order_id: int, at: datetime | None = None, reason: str = "customer") -> Order:
        """Cancel an order and put the units not refunded yet back into the stock.

        Raises CheckoutError when the order does not exist or is already cancelled.
        """
        at = at or now()
        with self._transaction():
            order = self._order(order_id)
            changed = checkout.cancel(order, at=at, reason=reason)
            self.save_orders([changed])
            left = checkout.refundable(order)
            for line in order.lines:
                self._move_stock(line.product_id, left[line.line_id], at)
        return changed

    def update_product(self, product_id: int, *, at: datetime | None = None, **changes: Any) -> Product:
        """Change fields of a product, e.g. `update_product(id, price=Decimal("9.90"))`.

        Raises KeyError when the product does not exist.
        """
        with self._transaction():
            product = self.product(product_id)
            if product is None:
                raise KeyError(f"there is no product {product_id}")
            changed = replace(product, updated_at=at or now(), **changes)
            self.save_products([changed])
        return changed

    def delete_product(self, product_id: int, at: datetime | None = None) -> None:
        """Delete a product and record the deletion. Raises KeyError when the product does not exist."""
        self._delete("products", "Product", product_id, at)

    def delete_order(self, order_id: int, at: datetime | None = None) -> None:
        """Delete an order and record the deletion. Raises KeyError when the order does not exist."""
        self._delete("orders", "Order", order_id, at)

    # reading: one entity or None, or those that a `Selection` selects

    def product(self, product_id: int) -> Product | None:
        """The product, or None."""
        return self._one("products", product_id, Product)

    def product_of_variant(self, variant_id: int) -> Product | None:
        """The product that a variant belongs to, or None."""
        return self._first("select body from products where variant_id = ?", variant_id, Product)

    def product_of_inventory_item(self, inventory_item_id: int) -> Product | None:
        """The product whose stock an inventory item counts, or None."""
        query = "select body from products where inventory_item_id = ?"
        return self._first(query, inventory_item_id, Product)

    def location(self, location_id: int) -> Location | None:
        """The location, or None."""
        return self._one("locations", location_id, Location)

    def customer(self, customer_id: int) -> Customer | None:
        """The customer, or None."""
        return self._one("customers", customer_id, Customer)

    def order(self, order_id: int) -> Order | None:
        """The order, or None."""
        return self._one("orders", order_id, Order)

    def buyer(self, order: Order) -> Customer | None:
        """The order's customer, None for a guest."""
        return self.customer(order.customer_id) if order.customer_id else None

    def products(self, **selection: Unpack[Selection]) -> Iterator[Product]:
        """The products of a selection, in its order."""
        return self._many("products", Product, **selection)

    def locations(self, **selection: Unpack[Selection]) -> Iterator[Location]:
        """The locations of a selection, in its order."""
        return self._many("locations", Location, **selection)

    def customers(self, **selection: Unpack[Selection]) -> Iterator[Customer]:
        """The customers of a selection, in its order."""
        return self._many("customers", Customer, **selection)

    def orders(self, **selection: Unpack[Selection]) -> Iterator[Order]:
        """The orders of a selection, in its order."""
        return self._many("orders", Order, **selection)

    def deletions(self, kind: str, since: datetime | None = None, until: datetime | None = None) -> list[Deletion]:
        """Deletions of a kind ("Product", "Order") by event id; both bounds are inclusive."""
        rows = self._connection.execute(
            """select event_id, kind, subject_id, deleted_at from deletions
               where kind = ? and deleted_at between ? and ? order by event_id""",
            (kind, seconds(since) if since else 0, seconds(until) if until else 2**62),
        )
        return [Deletion(row[0], row[1], row[2], datetime.fromtimestamp(row[3], UTC)) for row in rows]

    def pricing(self) -> Pricing:
        """How orders are charged now."""
        row = self._connection.execute("select body from facts where name = 'pricing'").fetchone()
        return msgspec.json.decode(row[0], type=Pricing) if row else Pricing()

    def counts(self) -> dict[str, int]:
        """Rows per table, e.g. {"products": 32000, "orders": 9000, ...}."""
        return {table: self.count(table) for table in ("products", "locations", "customers", "orders")}

    def _basket(self, lines: Sequence[tuple[int, int]]) -> list[tuple[Product, int]]:
        basket = []
        for product_id, quantity in lines:
            product = self.product(product_id)
            if product is None:
                raise checkout.CheckoutError(f"there is no product {product_id}")
            basket.append((product, quantity))
        return basket

    def _delete(self, table: str, kind: str, subject_id: int, at: datetime | None) -> None:
        with self._transaction() as connection:
            if connection.execute(f"delete from {table} where id = ?", (subject_id,)).rowcount == 0:
                raise KeyError(f"there is no {kind.lower()} {subject_id}")
            connection.execute(
                "insert into deletions values (?, ?, ?, ?)",
                (self.new_id("event"), kind, subject_id, seconds(at or now())),
            )

    def _order(self, order_id: int) -> Order:
        order = self.order(order_id)
        if order is None:
            raise checkout.CheckoutError(f"there is no order {order_id}")
        return order

    def receive_stock(self, product_id: int, units: int, at: datetime | None = None) -> None:
        """Units that arrive at the product's first location, as when a sold-out product comes back."""
        with self._transaction():
            self._move_stock(product_id, units, at or now())

    def _move_stock(self, product_id: int | None, units: int, at: datetime) -> None:
        """Add units at the product's first location. A deleted product, or a tip, has no stock to change."""
        product = None if product_id is None else self.product(product_id)
        if product is None or not product.stock or not units:
            return
        location = min(product.stock)
        stock = {**product.stock, location: product.stock[location] + units}
        self.save_products([replace(product, stock=stock, updated_at=max(at, product.updated_at))])
