"""What a resolver knows about its request, and how GraphQL writes times and amounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from demo_shop.profile import ShopProfile
from demo_shop.store.checkout import Pricing, cents
from demo_shop.store.store import Store

if TYPE_CHECKING:
    from demo_shop.shopify.graphql.bulk_operations import BulkOperations
    from demo_shop.shopify.graphql.bulk_reader import BulkReader


@dataclass(slots=True)
class RequestContext:
    """The shop, its store and its prices of one request; `bulk` is set while a bulk operation executes its query."""

    store: Store
    shop: ShopProfile
    pricing: Pricing
    bulk_operations: BulkOperations | None = None
    bulk: BulkReader | None = None
    subscriptions: list[dict[str, Any]] = field(default_factory=list)  # of webhooks

    def in_currency(self, amount: Decimal, currency: str) -> Decimal:
        """An amount in the shop's currency, converted at the current rate and rounded to the cent."""
        return cents(amount * self.pricing.exchange_rates[currency])


def utc_time(moment: datetime) -> str:
    """ISO 8601 in whole seconds, ending in Z, as the GraphQL API writes times."""
    return f"{moment.astimezone(UTC).isoformat()[:19]}Z"


def money_v2(amount: object, currency: str) -> dict[str, str]:
    """A MoneyV2: the amount as a text, with its currency."""
    return {"amount": str(amount), "currencyCode": currency}
