"""Who the demo shop is: its handle, currency and time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from comptoir.settings import Settings

API_VERSION = "2026-10"
SCOPES = (
    "read_all_orders",
    "read_customers",
    "read_discounts",
    "read_draft_orders",
    "read_inventory",
    "read_locations",
    "read_markets",
    "read_merchant_managed_fulfillment_orders",
    "read_orders",
    "read_price_rules",
    "read_products",
    "read_publications",
    "read_shipping",
)
"""What our app may read. Without `read_all_orders` a shop shows an app the orders of sixty days."""


@dataclass(frozen=True, slots=True)
class ShopProfile:
    handle: str = "comptoir-demo"
    currency: str = "EUR"
    timezone: str = "Europe/Paris"
    shop_id: int = 61_000_000_001
    owner: str = "Comptoir Demo"
    email: str = "shop@comptoir.example"
    country_code: str = "FR"
    city: str = "Paris"
    address: str = "1 rue du Comptoir"
    postal_code: str = "75002"
    created_at: datetime = datetime(2019, 3, 1, tzinfo=UTC)

    @property
    def domain(self) -> str:
        """The host every client knows: `<handle>.myshopify.com`."""
        return f"{self.handle}.myshopify.com"

    def local_time(self, moment: datetime) -> str:
        """ISO 8601 in whole seconds with the shop's own offset, as the REST API writes times."""
        return moment.astimezone(ZoneInfo(self.timezone)).replace(microsecond=0).isoformat()


def profile_from(settings: Settings) -> ShopProfile:
    return ShopProfile(settings.shop_name, settings.shop_currency, settings.shop_timezone)
