"""TLS certificates near their end."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from alerting.condition import Condition, Severity
from comptoir.settings import Settings

EARLY, LATE = timedelta(days=21), timedelta(days=3)
TIMEOUT_SECONDS = 5


def look_at_certificates(settings: Settings, connection: psycopg.Connection | None = None) -> list[Condition]:
    """Each certificate of COMPTOIR_WATCHED_CERTIFICATES, and a Magento shop's, that ends soon or cannot be read."""
    return [one for place in watched(settings) for one in _look(place, datetime.now(UTC))]


def watched(settings: Settings) -> list[str]:
    """host:port or a PEM file, of each certificate."""
    shop = urlsplit(str(settings.shop_url or ""))
    of_shop = [f"{shop.hostname}:{shop.port or 443}"] if shop.scheme == "https" else []
    return [*settings.watched_certificates, *of_shop]


def expiry(place: str) -> datetime:
    """When the certificate at host:port, or the first in a PEM file, ends. Raises OSError and ValueError."""
    from cryptography.x509 import load_pem_x509_certificate

    host, _, port = place.rpartition(":")
    if host and port.isdigit():
        # its issuer does not matter here: an expired one must be readable too
        text = ssl.get_server_certificate((host, int(port)), timeout=TIMEOUT_SECONDS).encode()
    else:
        text = Path(place).read_bytes()
    return load_pem_x509_certificate(text).not_valid_after_utc


def _look(place: str, now: datetime) -> list[Condition]:
    try:
        ends = expiry(place)
    except (OSError, ValueError) as error:
        cause = f"The certificate of {place} cannot be read: {error}."
        return [Condition(f"certificate/{place}/unreadable", f"no certificate at {place}", cause, Severity.WARNING)]
    left = ends - now
    if left > EARLY:
        return []
    words = "has ended" if left < timedelta(0) else f"ends in {left.days} days"
    cause = f"The certificate of {place} {words}, at {ends:%Y-%m-%d %H:%M} UTC: renew it."
    if left > LATE:
        return [Condition(f"certificate/{place}", f"the certificate of {place} {words}", cause, Severity.WARNING)]
    return [Condition(f"certificate/{place}/last-days", f"the certificate of {place} {words}", cause)]
