"""Quantities in text: "1 TB", "1tb" and "1000 GB" are one word of the index, as are 15,6" and 15.6 inch.

Base units: megabytes, millimetres, hertz and so on (SI prefixes are powers of ten; 1024 GB counts as 1 TB, because
shops write memory so).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

# spelling -> (base unit, factor); spellings in lower case without accents, English and French
_UNITS: Final[dict[str, tuple[str, float]]] = {
    **dict.fromkeys(("kb/s", "kbit/s", "kbps"), ("kbps", 1)),
    **dict.fromkeys(("mbit/s", "mbps", "mbits", "mbit"), ("kbps", 1e3)),
    **dict.fromkeys(("gbit/s", "gbps", "gbits", "gbit"), ("kbps", 1e6)),
    **dict.fromkeys(("mb/s", "mo/s"), ("mb/s", 1)),
    **dict.fromkeys(("gb/s", "go/s"), ("mb/s", 1e3)),
    **dict.fromkeys(("mb", "mo", "megabyte", "megabytes", "megaoctets"), ("mb", 1)),
    **dict.fromkeys(("gb", "go", "gig", "gigs", "gigabyte", "gigabytes", "gigaoctets"), ("mb", 1e3)),
    **dict.fromkeys(("tb", "to", "terabyte", "terabytes", "teraoctets"), ("mb", 1e6)),
    **dict.fromkeys(('"', "''", "inch", "inches", "pouce", "pouces", "zoll"), ("in", 1)),
    **dict.fromkeys(("mm", "millimetres", "millimeters"), ("mm", 1)),
    **dict.fromkeys(("cm", "centimetres", "centimeters"), ("mm", 10)),
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters"), ("mm", 1e3)),
    **dict.fromkeys(("ft", "feet", "foot"), ("ft", 1)),
    **dict.fromkeys(("hz", "hertz"), ("hz", 1)),
    "khz": ("hz", 1e3),
    "mhz": ("hz", 1e6),
    "ghz": ("hz", 1e9),
    **dict.fromkeys(("w", "watt", "watts"), ("w", 1)),
    "kw": ("w", 1e3),
    **dict.fromkeys(("v", "volt", "volts"), ("v", 1)),
    "mah": ("mah", 1),
    "wh": ("wh", 1),
    **dict.fromkeys(("mp", "mpx", "mpix", "megapixel", "megapixels"), ("mp", 1)),
    **dict.fromkeys(("kg", "kilo", "kilos"), ("kg", 1)),
    **dict.fromkeys(("ml", "millilitres"), ("ml", 1)),
    **dict.fromkeys(("l", "litre", "litres", "liter", "liters"), ("ml", 1e3)),
    **dict.fromkeys(("dpi", "ppp"), ("dpi", 1)),
    **dict.fromkeys(("rpm",), ("rpm", 1)),
    **dict.fromkeys(("fps",), ("fps", 1)),
    **dict.fromkeys(("h", "hour", "hours", "heure", "heures"), ("h", 1)),
}
_SPELLED = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
# "15.6in" only without a space: "2 in 1" is no length
QUANTITY: Final = re.compile(
    rf"(?<![\w.,])(?P<number>\d+(?:[.,]\d+)*)(?:in\b|(?:[\s\u00a0-]?(?P<unit>{_SPELLED}))(?![\w/]))"
)
NUMBER_AND_UNIT: Final = re.compile(r"([\d.,]*\d)[\s\u00a0-]?(.+)")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
NUMBER: Final = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+[.,]\d{1,2}(?![\d.,]\d|\d)")


@lru_cache(maxsize=20_000)
def quantity_term(number: str, unit: str | None) -> str:
    """The one word of a quantity: ("1", "tb") and ("1000", "gb") are "1000000mb". No unit: inches."""
    base, factor = _UNITS[unit] if unit else ("in", 1.0)
    value = float(plain_number(number))
    if base == "mb" and value >= 1024 and value % 1024 == 0:
        value = value / 1024 * 1000  # 1024 GB is sold as 1 TB
    return f"{value * factor:.12g}{base}"


def plain_number(text: str) -> str:
    """A number as Python writes it: "20,000" is 20000, "15,6" is 15.6."""
    if _THOUSANDS.fullmatch(text):
        return text.replace(",", "")
    whole, _, rest = text.replace(",", ".").partition(".")
    return f"{whole}.{rest.replace('.', '')}" if rest else whole
