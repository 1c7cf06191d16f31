"""Who the demo shop is: its name, address, currency and time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from comptoir.settings import Settings


@dataclass(frozen=True, slots=True)
class ShopProfile:
    """What the APIs show about the shop itself."""

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
        """The host that clients call: `<handle>.myshopify.com`."""
        return f"{self.handle}.myshopify.com"

    def local_time(self, moment: datetime) -> str:
        """ISO 8601 in whole seconds, with the offset of the shop's time zone, as Shopify's REST API writes times."""
        return moment.astimezone(ZoneInfo(self.timezone)).replace(microsecond=0).isoformat()


def profile_from(settings: Settings) -> ShopProfile:
    """The profile with the name, currency and time zone of the settings."""
    return ShopProfile(settings.shop_name, settings.shop_currency, settings.shop_timezone)
