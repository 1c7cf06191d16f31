"""How charts write numbers and days: Vega's locale, of what CLDR says of the language."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from babel.dates import get_day_names, get_month_names
from babel.numbers import get_decimal_symbol, get_group_symbol

from bi.texts import Language


@cache
def chart_locale(language: Language) -> dict[str, Any]:
    """Return Vega's locale: separators, names of days (Sunday first) and months."""
    widths: tuple[tuple[str, Literal["wide", "abbreviated"]], ...] = (("", "wide"), ("short", "abbreviated"))
    names = {}
    for prefix, width in widths:
        days, months = get_day_names(width, locale=language), get_month_names(width, locale=language)
        names[f"{prefix}Days" if prefix else "days"] = [days[(number - 1) % 7] for number in range(7)]  # Monday is 0
        names[f"{prefix}Months" if prefix else "months"] = [months[number] for number in range(1, 13)]
    return {
        "number": {
            "decimal": get_decimal_symbol(language),
            "thousands": get_group_symbol(language),
            "grouping": [3],
            "currency": ["", ""],
        },
        "time": {"dateTime": "%x %X", "date": "%Y-%m-%d", "time": "%H:%M:%S", "periods": ["AM", "PM"], **names},
    }
