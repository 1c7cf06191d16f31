"""What resolvers know about the request: the shop, its store, and the bulk operation they run for, if any."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from demo_shop.profile import ShopProfile
from demo_shop.store.checkout import Pricing, cents
from demo_shop.store.store import Store

if TYPE_CHECKING:
    from demo_shop.shopify.bulk_operations import BulkOperations
    from demo_shop.shopify.graphql.bulk_reader import BulkReader


@dataclass(slots=True)
class RequestContext:
    store: Store
    shop: ShopProfile
    pricing: Pricing
    bulk_operations: BulkOperations | None = None
    bulk: BulkReader | None = None

    def in_currency(self, amount: Decimal, currency: str) -> Decimal:
        """A shop amount at today's rate."""
        return cents(amount * self.pricing.exchange_rates[currency])


def utc_time(moment: datetime) -> str:
    """ISO 8601 in whole seconds ending in Z, as the GraphQL API writes times."""
    return f"{moment.astimezone(UTC).isoformat()[:19]}Z"


def money(amount: object, currency: str) -> dict[str, str]:
    """A MoneyV2."""
    return {"amount": str(amount), "currencyCode": currency}
