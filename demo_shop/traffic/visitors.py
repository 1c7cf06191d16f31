"""The visitors: customers and strangers with lasting tastes (categories, a brand in each, a price level)."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from demo_shop.content.places import BY_CODE, COUNTRIES
from demo_shop.content.pricing import CURRENCY_OF, exchange_rate
from demo_shop.store.model import Customer

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"
SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5"
USER_AGENTS = {
    "desktop": (
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36",
        f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {SAFARI} Safari/605.1.15",
        "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    ),
    "mobile": (
        f"Mozilla/5.0 (Linux; Android 15; K) {CHROME} Mobile Safari/537.36",
        f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {SAFARI} Mobile/15E148 Safari/604.1",
    ),
    "tablet": (f"Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) {SAFARI} Mobile/15E148 Safari/604.1",),
}
BOT_USER_AGENT = "Mozilla/5.0 (compatible; PriceWatchBot/2.1; +https://bot.example/about)"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person on one device, on one day."""

    anonymous_id: str
    customer: Customer | None
    country_code: str
    locale: str
    currency: str
    exchange_rate: Decimal  # units of `currency` for one unit of the shop's currency, that day
    device: str
    is_app: bool
    user_agent: str
    ip: str
    personalisation: bool  # whether they agreed to it
    tastes: dict[str, float]  # category -> weight
    level: float  # which prices of a category they look at, from 0 (the cheapest) to 1 (the most expensive)
    loyalty: int  # picks the favourite brand of each category

    def on(self, day: date) -> Visitor:
        """The visitor with that day's exchange rate."""
        rate = exchange_rate(self.currency, day)
        return self if rate == self.exchange_rate else replace(self, exchange_rate=rate)


def make_visitor(key: str, demand: dict[str, float], customer: Customer | None = None, taste_key: str = "") -> Visitor:
    """The visitor with that key, always the same; call `on` for the exchange rate of a day.

    A customer's second device has its own `key` and the same `taste_key`. `demand` are the shop's categories with their
    weights, of which each visitor likes one to three.
    """
    rng = random.Random(f"visitor {key}")
    taste = random.Random(f"taste {taste_key or key}")
    if customer:
        # an orders file of one's own has customers of any country
        code = customer.country_code
        country = BY_CODE.get(code, COUNTRIES[0])
    else:
        country = rng.choices(COUNTRIES, [c.weight for c in COUNTRIES])[0]
        code = country.code
    currency = CURRENCY_OF.get(code, "EUR")
    device = rng.choices(("desktop", "mobile", "tablet"), (46, 47, 7))[0]
    names = list(demand)
    favourites = taste.choices(names, list(demand.values()), k=taste.choice((1, 2, 2, 3)))
    return Visitor(
        anonymous_id=f"{rng.getrandbits(128):032x}",
        customer=customer,
        country_code=code,
        locale=country.locale,
        currency=currency,
        exchange_rate=Decimal(0),
        device=device,
        is_app=device == "mobile" and rng.random() < 0.2,
        user_agent=rng.choice(USER_AGENTS[device]),
        ip=f"203.0.113.{rng.randrange(1, 255)}",  # RFC 5737: reserved for documentation
        personalisation=rng.random() < 0.85,
        tastes={name: 1 / rank for rank, name in enumerate(dict.fromkeys(favourites), 1)},
        level=min(1.0, max(0.0, taste.gauss(0.45, 0.27))),
        loyalty=taste.getrandbits(30),
    )


def robot(rng: random.Random) -> Visitor:
    """A crawler whose user agent says so, with a new anonymous id on every visit."""
    return Visitor(
        anonymous_id=f"{rng.getrandbits(128):032x}",
        customer=None,
        country_code="US",
        locale="en-US",
        currency="USD",
        exchange_rate=Decimal(0),
        device="desktop",
        is_app=False,
        user_agent=BOT_USER_AGENT,
        ip=f"198.51.100.{rng.randrange(1, 255)}",  # RFC 5737
        personalisation=False,
        tastes={},
        level=0.5,
        loyalty=0,
    )
