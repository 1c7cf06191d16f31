"""Removes personal data before it reaches Kafka: traits, IP addresses, query strings and users of URLs."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

QUERY_PARAMETERS = frozenset(
    {"q", "query", "category", "brand", "sort", "page", "utm_source", "utm_medium", "utm_campaign", "utm_content"}
)
TRAITS = frozenset({"country", "language", "currency", "locale", "createdAt"})
URL_FIELDS = ("url", "referrer", "search", "path", "image_url")
CACHED_CHARACTERS = 512  # a longer text is worked out each time: visitors write it, and must not fill the caches
MAX_CHARACTERS = 4_096  # of a URL; the contract keeps half of them, and urlsplit has a cache of its own
MAX_PARAMETERS = 100  # of a query string; what has more is cut off


def known_traits(traits: Any) -> dict[str, Any]:
    """The traits of an identify that many people share (TRAITS); empty when `traits` is no object."""
    return {name: trait for name, trait in traits.items() if name in TRAITS} if isinstance(traits, dict) else {}


def trim_urls(fields: dict[str, Any]) -> dict[str, Any]:
    """`fields` with its URLs trimmed (URL_FIELDS); the same object when there was nothing to trim."""
    for name in URL_FIELDS:
        text = fields.get(name)
        if isinstance(text, str) and ("?" in text or "#" in text or "@" in text):
            fields = fields | {name: trim_url(text)}
    return fields


def trim_url(url: str) -> str:
    """`url` without fragment, user and password, and with the QUERY_PARAMETERS alone."""
    return _cached_trim(url) if len(url) <= CACHED_CHARACTERS else _trim(url)


def cut_address(address: str) -> str | None:
    """An IP address with its last part zeroed: IPv4 to /24, IPv6 to /48; None when it is not an IP address."""
    return _cut(address) if len(address) <= 64 else None


def _trim(url: str) -> str:
    url = url[:MAX_CHARACTERS]
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, max_num_fields=MAX_PARAMETERS)
        allowed = [(name, value) for name, value in query if name in QUERY_PARAMETERS]
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path, urlencode(allowed), ""))
    except ValueError:
        return url.partition("?")[0].partition("#")[0].rpartition("@")[2]


_cached_trim = lru_cache(maxsize=4096)(_trim)


@lru_cache(maxsize=4096)
def _cut(address: str) -> str | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    network = ipaddress.ip_network(f"{parsed}/{24 if parsed.version == 4 else 48}", strict=False)
    return str(network.network_address)
