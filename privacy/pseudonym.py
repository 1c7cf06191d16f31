"""Keyed pseudonyms: a customer has the same one in all clicks, and it does not reveal the person.

The keys are a setting (`COMPTOIR_PSEUDONYM_KEY`) and never in the database: with the database alone, trying all
customer ids reveals nobody. After a rotation the setting holds every key, the oldest first, with commas between them:
each key makes a name of the one before it, so the newest name of somebody can be told from any older one.
"""

from __future__ import annotations

import hmac
import re
from functools import lru_cache

PSEUDONYM_LENGTH = 32  # hex characters, 128 bits: no collisions among the customers of any shop
BETWEEN_KEYS = ","
# the first key's names have no version
VERSIONED = re.compile(rf"k([0-9]+)-[0-9a-f]{{{PSEUDONYM_LENGTH}}}")


def pseudonym(value: str, key: str) -> str:
    """The newest name of `value`: HMAC-SHA256 (RFC 2104) under `key`, the first 32 hex characters.

    Of several keys, each under the one before it, with the number of the last: `k2-…`.
    """
    for version, one in enumerate(keys_of(key), start=1):
        value = _named(value, one, version)
    return value


def every_pseudonym(value: str, key: str) -> list[str]:
    """The names of `value` under the first key, under the first two …: the newest is the last."""
    names = []
    for version, one in enumerate(keys_of(key), start=1):
        value = _named(value, one, version)
        names.append(value)
    return names


def later_pseudonyms(name: str, key: str) -> list[str]:
    """The names that somebody got after this one; none for a newest. `name` is any that `every_pseudonym` returns."""
    first = version_of(name)
    names = []
    for version, one in enumerate(keys_of(key)[first:], start=first + 1):
        name = _named(name, one, version)
        names.append(name)
    return names


def version_of(name: str) -> int:
    """How many keys made this name."""
    found = VERSIONED.fullmatch(name)
    return int(found[1]) if found else 1


@lru_cache(maxsize=8)
def keys_of(key: str) -> tuple[bytes, ...]:
    """The keys of the setting, the oldest first."""
    return tuple(one.encode() for one in key.split(BETWEEN_KEYS))


def _named(value: str, key: bytes, version: int) -> str:
    digest = hmac.digest(key, value.encode(), "sha256").hex()[:PSEUDONYM_LENGTH]  # a third of the time of hmac.new
    return digest if version == 1 else f"k{version}-{digest}"
