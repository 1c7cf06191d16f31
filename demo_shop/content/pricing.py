"""How the generated shop charges on a day: exchange rates, tax rates and discount codes.

The exchange rates are invented: believable, but not a bank's figures.
"""

from __future__ import annotations

import math
import random
from datetime import date
from decimal import Decimal
from functools import lru_cache

from demo_shop.store.checkout import Pricing

MEAN_RATES = {"EUR": 1.0, "GBP": 0.86, "USD": 1.09}
"""Currency -> units of it for one euro, in the long run."""

CURRENCY_OF = {"GB": "GBP", "US": "USD"}
"""Country -> the currency its visitors pay in; those of other countries pay in the shop's."""

# as fractions; texts, because they become Decimals
TAX_RATES = {
    "FR": "0.20",
    "DE": "0.19",
    "BE": "0.21",
    "NL": "0.21",
    "ES": "0.21",
    "GB": "0.20",
    "CH": "0.081",
    "US": "0",
}
DISCOUNT_CODES = {"WELCOME10": "0.10", "STUDENT5": "0.05", "AUTUMN15": "0.15", "BLACKWEEK20": "0.20"}


@lru_cache(maxsize=1000)
def exchange_rate(currency: str, day: date) -> Decimal:
    """Units of `currency` for one euro on `day`, with four decimals: a slow swing with a little daily noise.

    Raises KeyError for a currency the shop does not sell in.
    """
    mean = MEAN_RATES[currency]
    if currency == "EUR":
        return Decimal(1)
    noise = random.Random(f"{currency}{day.isoformat()}").gauss(0, 0.003)
    swing = 0.02 * math.sin(day.toordinal() / 29 + len(currency) + ord(currency[0]))
    return Decimal(repr(mean * (1 + swing + noise))).quantize(Decimal("0.0001"))


@lru_cache(maxsize=400)
def pricing_on(day: date) -> Pricing:
    """How the shop charges for orders placed on `day`."""
    return Pricing(
        exchange_rates={currency: exchange_rate(currency, day) for currency in MEAN_RATES},
        discount_codes={code: Decimal(rate) for code, rate in DISCOUNT_CODES.items()},
        tax_rates={country: Decimal(rate) for country, rate in TAX_RATES.items()},
    )
