"""The money of the hard shop: its currencies, taxes and prices."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from comptoir.currencies import rounded
from demo_shop.store.checkout import Pricing
from demo_shop.store.model import Product

TIMEZONE = "Asia/Tokyo"
CURRENCY, PAST_CURRENCY = "JPY", "USD"
PAST_RATE = Decimal(150)  # yen that a dollar of the old books is worth
# units for one yen
RATES = {
    "JPY": Decimal(1),
    "USD": Decimal("0.0066"),
    "EUR": Decimal("0.0061"),
    "KWD": Decimal("0.00203"),
    "GBP": Decimal("0.0052"),
    "KRW": Decimal("9.21"),
}
COUNTRY_OF = {"JPY": "JP", "USD": "US", "EUR": "FR", "KWD": "KW", "GBP": "GB", "KRW": "KR"}
TAX_RATES = {"JP": Decimal("0.10"), "FR": Decimal("0.20"), "GB": Decimal("0.20"), "KR": Decimal("0.10")}
HARD_PRICING = Pricing(
    shop_currency=CURRENCY,
    exchange_rates=RATES,
    tax_rates=TAX_RATES,
    shipping=Decimal(600),
    free_shipping_from=Decimal(10**9),
)
YEN_FOR_A_EURO = 160


def in_yen(product: Product) -> Product:
    """The product with its prices, which the catalogue has in euros, in whole yen."""

    def yen(amount: Decimal) -> Decimal:
        return rounded(amount * YEN_FOR_A_EURO, CURRENCY)

    before = yen(product.compare_at_price) if product.compare_at_price else None
    return replace(product, price=yen(product.price), compare_at_price=before, unit_cost=yen(product.unit_cost))
