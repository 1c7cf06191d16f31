"""The collector's configuration: where Kafka is, who may send, and how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from collector.consent import CATEGORIES, Purpose
from comptoir.kafka_access import Bootstrap
from comptoir.rate_limit import Rate
from comptoir.settings import Settings


@dataclass(frozen=True)
class CollectorConfig:
    """`origins`: the browsers' origins that may send; `write_key`: the key that every client must send.

    `user_id_secret`: with it a userId counts only when the shop signed it, or with the `server_key` for a write key.

    `bad_topic` gets the refused events. A rate of None is no limit. Addresses in `unlimited_networks` (CIDR) are
    never limited, nor are the visitors whose events they send. `proxies`: addresses whose X-Forwarded-For is believed.
    """

    bootstrap: Bootstrap
    topic: str
    bad_topic: str
    write_key: str
    pseudonym_key: str
    origins: frozenset[str] = frozenset()
    user_id_secret: str = ""
    server_key: str = ""
    max_unacked: int = 10_000
    max_unacked_bytes: int = 64 * 1024 * 1024
    visitor_rate: Rate | None = None
    address_rate: Rate | None = None
    unlimited_networks: tuple[str, ...] = ()
    proxies: frozenset[str] = frozenset()
    consent_categories: Mapping[str, Purpose] = field(default_factory=lambda: CATEGORIES)

    @classmethod
    def of(cls, settings: Settings) -> CollectorConfig:
        """The configuration of the running platform: its own shop pages may send as well as the allowed origins."""
        shop = [settings.storefront_url, f"http://localhost:{settings.storefront_port}"]
        return cls(
            bootstrap=settings.kafka_as("collector"),
            topic=settings.clicks_topic,
            bad_topic=settings.clicks_bad_topic,
            write_key=settings.write_key,
            pseudonym_key=settings.pseudonym_key.get_secret_value(),
            user_id_secret=settings.user_id_secret.get_secret_value() if settings.signed_user_ids else "",
            server_key=settings.server_key.get_secret_value(),
            origins=frozenset([*settings.allowed_origins, *shop]),
            visitor_rate=Rate(settings.visitor_events_per_second_limit, settings.visitor_events_burst),
            address_rate=Rate(settings.address_events_per_second_limit, settings.address_events_burst),
            unlimited_networks=tuple(settings.networks_without_limits),
            proxies=frozenset(settings.trusted_proxies),
            consent_categories=CATEGORIES
            | {name.lower(): allows for name, allows in settings.consent_categories.items()},
        )
