"""The generated shop's customers: invented people in eight countries, with e-mail addresses at the domains that
RFC 2606 reserves for examples."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from demo_shop.content.places import COUNTRIES, Country
from demo_shop.store.handles import slug
from demo_shop.store.ids import FIRST_IDS
from demo_shop.store.model import Customer

CUSTOMER_COUNT = 1500
EMAIL_DOMAINS = ("example.com", "example.org", "example.net")


def generate_customers(seed: int, end: datetime, count: int = CUSTOMER_COUNT) -> list[Customer]:
    """`count` customers as of `end`; about one in seven registered within the last 90 days."""
    rng = random.Random(f"customers {seed}")
    weights = [country.weight for country in COUNTRIES]
    return [_customer(number, rng.choices(COUNTRIES, weights)[0], rng, end) for number in range(count)]


def _customer(number: int, country: Country, rng: random.Random, end: datetime) -> Customer:
    first, last = rng.choice(country.first_names), rng.choice(country.last_names)
    city, postal_code = rng.choice(country.cities)
    age = rng.uniform(0.5, 90) if rng.random() < 0.15 else rng.uniform(90, 1500)
    created = (end - timedelta(days=age)).replace(microsecond=0)
    return Customer(
        customer_id=FIRST_IDS["customer"] + 1 + number,
        first_name=first,
        last_name=last,
        email=f"{slug(first)}.{slug(last)}.{number + 1}@{rng.choice(EMAIL_DOMAINS)}",
        phone=_phone(country, rng) if rng.random() < 0.7 else None,
        country_code=country.code,
        city=city,
        postal_code=postal_code,
        address=country.street.format(number=rng.randrange(1, 160), street=rng.choice(country.streets)),
        accepts_marketing=rng.random() < 0.4,
        created_at=created,
        updated_at=max(created, (end - timedelta(days=rng.uniform(0, 300))).replace(microsecond=0)),
    )


def _phone(country: Country, rng: random.Random) -> str:
    return country.phone + "".join(str(rng.randrange(10)) for _ in range(country.phone_digits))
