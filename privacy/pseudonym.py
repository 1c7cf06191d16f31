"""Keyed pseudonyms: the same customer gets the same name in clicks and orders, and nobody reads a person from it.

The key lives in settings (`COMPTOIR_PSEUDONYM_KEY`), never in the database, so the database alone cannot
be turned back by trying all customer ids.
"""

from __future__ import annotations

import hashlib
import hmac

PSEUDONYM_LENGTH = 32  # hex characters = 128 bits: no collision among any number of customers a shop will have


def pseudonym(value: str, key: str) -> str:
    """HMAC-SHA256 (RFC 2104) of `value` under `key`, the first 32 hex characters."""
    return hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()[:PSEUDONYM_LENGTH]
