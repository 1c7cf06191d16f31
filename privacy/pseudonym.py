"""Keyed pseudonyms: a customer has the same one in clicks and orders, and it does not reveal the person.

The key is a setting (`COMPTOIR_PSEUDONYM_KEY`) and never in the database: with the database alone, trying all
customer ids reveals nobody.
"""

from __future__ import annotations

import hashlib
import hmac

PSEUDONYM_LENGTH = 32  # hex characters, 128 bits: no collisions among the customers of any shop


def pseudonym(value: str, key: str) -> str:
    """HMAC-SHA256 (RFC 2104) of `value` under `key`, the first 32 hex characters."""
    return hmac.new(key.encode(), value.encode(), hashlib.sha256).hexdigest()[:PSEUDONYM_LENGTH]
