"""A customer's number as the shop signs it, `NUMBER.SIGNATURE`: whoever sends it in a click was told so by the shop.

The signature is HMAC-SHA256 (RFC 2104) of the number's text in UTF-8 under COMPTOIR_USER_ID_SECRET, as 64 hex digits.
It is a part of the id, so that every client library keeps it and sends it along.
"""

from __future__ import annotations

import hashlib
import hmac
import re

SIGNED = re.compile(r"(.+)\.([0-9a-f]{64})")


def signed_user_id(number: str, secret: str) -> str:
    """The number with its signature, to be given to the page of the customer who signed in."""
    return f"{number}.{_signature(number, secret)}"


def number_of(user_id: str) -> str:
    """The number, without its signature if it has one; whether that is right is not asked."""
    found = SIGNED.fullmatch(user_id)
    return found[1] if found else user_id


def is_signed(user_id: str, secret: str) -> bool:
    """Whether the shop signed it, in constant time."""
    found = SIGNED.fullmatch(user_id)
    return found is not None and hmac.compare_digest(_signature(found[1], secret), found[2])


def _signature(number: str, secret: str) -> str:
    return hmac.new(secret.encode(), number.encode(), hashlib.sha256).hexdigest()
