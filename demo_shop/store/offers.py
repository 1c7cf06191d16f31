"""The store's tables of offers: discount codes with their use, and abandoned checkouts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Unpack

from demo_shop.store.amounts import OrderAmounts
from demo_shop.store.model import Checkout, Discount, Order
from demo_shop.store.tables import Selection, Tables


class Offers(Tables):
    """Discounts and checkouts of the store."""

    def offer(self, codes: Mapping[str, Decimal], at: datetime) -> None:
        """Create a discount for each code (code -> share) that has none yet."""
        known = {discount.code for discount in self.discounts()}
        self._save_discounts(
            Discount(self.new_id("discount"), self.new_id("discount_code"), code, share, 0, Decimal(0), at, at, at)
            for code, share in codes.items()
            if code not in known
        )

    def count_use(self, orders: Iterable[Order]) -> None:
        """Add the orders to the usage and sales of the discounts whose codes they used."""
        by_code = {discount.code: discount for discount in self.discounts()}
        changed: dict[str, Discount] = {}
        for order in orders:
            if (code := order.discount_code) and code in by_code:
                old = changed.get(code, by_code[code])
                changed[code] = replace(
                    old,
                    usage_count=old.usage_count + 1,
                    sales=old.sales + OrderAmounts(order).subtotal.shop,
                    updated_at=max(old.updated_at, order.created_at),
                )
        self._save_discounts(changed.values())

    def discounts(self, **selection: Unpack[Selection]) -> Iterator[Discount]:
        """The selected discounts; see `Selection`."""
        return self._many("discounts", Discount, **selection)

    def discount(self, discount_id: int) -> Discount | None:
        """One discount, None when there is no such id."""
        return self._one("discounts", discount_id, Discount)

    def save_checkouts(self, checkouts: Iterable[Checkout]) -> None:
        """Insert or replace, in one transaction."""
        saved = list(checkouts)
        with self._transaction():
            self._reserve("checkout", (c.checkout_id for c in saved))
            self._save_entities("checkouts", ((c.checkout_id, c.created_at, c.updated_at, c) for c in saved))

    def checkouts(self, **selection: Unpack[Selection]) -> Iterator[Checkout]:
        """The selected checkouts; see `Selection`."""
        return self._many("checkouts", Checkout, **selection)

    def _save_discounts(self, discounts: Iterable[Discount]) -> None:
        self._save_entities("discounts", [(d.discount_id, d.created_at, d.updated_at, d) for d in discounts])
