"""Names of countries."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale


@lru_cache
def country_name(code: str) -> str:
    """The English name of an ISO 3166 country code; an unknown code as it is."""
    return str(Locale("en").territories.get(code, code))
