"""Prices that a visitor writes into the query: "under 500", "moins de 300 €", "between 100 and 200 euros"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from storefront.search.units import QUANTITY, plain_number
from storefront.search.words import prepared

_AMOUNT = r"(?:[€$£]\s*)?(\d+(?:[.,]\d+)*)\s*(?:(?:€|\$|£|eur\b|euros?\b|dollars?\b|usd\b|gbp\b|pounds?\b|chf\b))?"
_CURRENCY = r"(?:€|\$|£|eur\b|euros?\b|dollars?\b|usd\b|gbp\b|pounds?\b|chf\b)"
_MOST = (
    r"under|below|less than|cheaper than|up to|at most|no more than|max(?:imum)?"
    r"|moins de|moins cher que|jusqu'?\s?a|inferieure? a|au plus|maximum|maxi"
)
_LEAST = (
    r"over|above|more than|at least|from|starting at"
    r"|plus de|a partir de|superieure? a|au moins|des"
)
_BETWEEN = re.compile(rf"\b(?:between|from|entre|de)\s+{_AMOUNT}\s*(?:and|to|et|a|-)\s*{_AMOUNT}(?![\w\"])")
_AT_MOST = re.compile(rf"\b(?:{_MOST})\s+{_AMOUNT}")
_AT_LEAST = re.compile(rf"\b(?:{_LEAST})\s+{_AMOUNT}")
_HAS_CURRENCY = re.compile(_CURRENCY)
LEAST_WITHOUT_CURRENCY = 10.0  # "max 2" is a name, "under 20" a price


@dataclass(frozen=True, slots=True)
class PriceWords:
    """`text` without the words of the price, and the bounds they set, in the shop's currency."""

    text: str
    lowest: float | None = None
    highest: float | None = None


def read_price_words(text: str) -> PriceWords:
    """The bounds that a query names. A number with a unit ("under 15 inch") is no price; neither is one alone."""
    plain = prepared(text)
    if len(plain) != len(text) or not any(letter.isdigit() for letter in plain):
        return PriceWords(text)
    if found := _BETWEEN.search(plain):
        low, high = sorted((_amount(found[1]), _amount(found[2])))
        in_units = QUANTITY.match(plain, found.start(2))
        if (
            high >= LEAST_WITHOUT_CURRENCY
            and not in_units
            and (_HAS_CURRENCY.search(found[0]) or found[0][:2] in ("be", "en"))
        ):
            return PriceWords(_cut(text, found), low, high)
    lowest = highest = None
    if (found := _AT_MOST.search(plain)) and _is_price(plain, found):
        highest, text = _amount(found[1]), _cut(text, found)
        plain = prepared(text)
    if (found := _AT_LEAST.search(plain)) and _is_price(plain, found):
        lowest, text = _amount(found[1]), _cut(text, found)
    return PriceWords(text, lowest, highest)


def _is_price(plain: str, found: re.Match[str]) -> bool:
    if _HAS_CURRENCY.search(found[0]):
        return True
    quantity = QUANTITY.match(plain, found.start(1))
    glued = plain[found.end(1) : found.end(1) + 1].isalnum()
    ambiguous = found[0].split()[0] in ("from", "max", "maxi", "maximum", "des")
    return quantity is None and not glued and not ambiguous and _amount(found[1]) >= LEAST_WITHOUT_CURRENCY


def _amount(text: str) -> float:
    return float(plain_number(text))


def _cut(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}".strip()
