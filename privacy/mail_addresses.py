"""Mail addresses in texts that are kept or told: they are masked, the rest stays."""

from __future__ import annotations

import re2

MASK = "(mail)"  # no longer than the shortest address: a masked text keeps the contract's bounds
_PART = r"[^\s@＠/?&=:;,<>\"'()\\]+"
# in RE2, whose time is linear in the text: a visitor writes it. ＠ is of keyboards that write full-width signs
_ADDRESS = re2.compile(rf"{_PART}(?:@|＠|%40){_PART}\.\pL{{2,}}")


def has_mail_address(text: str) -> bool:
    """Whether there is one, also one that is written for a URL."""
    return _ADDRESS.search(text) is not None


def without_mail_addresses(text: str) -> str:
    """The text with each address masked."""
    return str(_ADDRESS.sub(MASK, text))
