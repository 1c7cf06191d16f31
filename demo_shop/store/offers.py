"""What the demo shop's store keeps beside the trade itself: discount codes with their use, abandoned checkouts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Unpack

from demo_shop.store.amounts import OrderAmounts
from demo_shop.store.model import Checkout, Discount, Order
from demo_shop.store.tables import Selection, Tables, encoded, seconds


class Offers(Tables):
    def offer(self, codes: Mapping[str, Decimal], at: datetime) -> None:
        """Make a discount of each code that has none yet."""
        known = {discount.code for discount in self.discounts()}
        self._save_discounts(
            Discount(self.new_id("discount"), self.new_id("discount_code"), code, share, 0, Decimal(0), at, at, at)
            for code, share in codes.items()
            if code not in known
        )

    def count_use(self, orders: Iterable[Order]) -> None:
        """Count orders for the discounts whose codes they used."""
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
        return self._many("discounts", Discount, **selection)

    def discount(self, discount_id: int) -> Discount | None:
        return self._one("discounts", discount_id, Discount)

    def save_checkouts(self, checkouts: Iterable[Checkout]) -> None:
        """Insert or replace, in one transaction. Keeps the `updated_at` given."""
        saved = list(checkouts)
        with self._transaction():
            self._reserve("checkout", (c.checkout_id for c in saved))
            self._save(
                "checkouts (id, created_at, updated_at, body)",
                ((c.checkout_id, seconds(c.created_at), seconds(c.updated_at), encoded(c)) for c in saved),
            )

    def checkouts(self, **selection: Unpack[Selection]) -> Iterator[Checkout]:
        return self._many("checkouts", Checkout, **selection)

    def _save_discounts(self, discounts: Iterable[Discount]) -> None:
        self._save(
            "discounts (id, created_at, updated_at, body)",
            [(d.discount_id, seconds(d.created_at), seconds(d.updated_at), encoded(d)) for d in discounts],
        )
