"""Mail addresses in texts that are kept or told: they are masked, the rest stays."""

from __future__ import annotations

import re2

MASK = "(mail)"  # no longer than the shortest address: a masked text keeps the contract's bounds
_PART = r"[^\s@＠/?&=:;,<>\"'()\\]+"
# the second is of keyboards that write full-width signs; and both in a URL, and in one that another URL carries
ESCAPED_SIGN = "%(?:25)*(?:40|(?i:EF%(?:25)*BC%(?:25)*A0))"
_SIGN = f"(?:@|＠|{ESCAPED_SIGN})"
# in RE2, whose time is linear in the text: a visitor writes it. What stands before the sign may be quoted (RFC 5322)
_ADDRESS = re2.compile(rf"(?:\"[^\"\n]+\"|{_PART}){_SIGN}{_PART}\.\pL{{2,}}")


def has_mail_address(text: str) -> bool:
    """Whether there is one, also one that is written for a URL."""
    return _ADDRESS.search(text) is not None


def without_mail_addresses(text: str) -> str:
    """The text with each address masked."""
    return str(_ADDRESS.sub(MASK, text))
