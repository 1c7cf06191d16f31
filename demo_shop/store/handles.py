"""Names in the form that addresses use."""

from __future__ import annotations

import re
import unicodedata


def slug(text: str) -> str:
    """A Shopify handle: lower case, ASCII letters and digits, hyphens."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")
