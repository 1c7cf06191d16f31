"""How charts write numbers and days: Vega's locale, of what CLDR says of the language."""

from __future__ import annotations

from functools import cache
from typing import Any

from babel.dates import get_day_names, get_month_names
from babel.numbers import get_decimal_symbol, get_group_symbol

from bi.texts import Language


@cache
def chart_locale(language: Language) -> dict[str, Any]:
    """Return Vega's locale: separators, names of days (Sunday first) and months."""
    names = {}
    for key, width in (("days", "wide"), ("shortDays", "abbreviated")):
        of_days = get_day_names(width, locale=language)
        names[key] = [of_days[(number - 1) % 7] for number in range(7)]  # Babel's week begins on Monday
    for key, width in (("months", "wide"), ("shortMonths", "abbreviated")):
        of_months = get_month_names(width, locale=language)
        names[key] = [of_months[number] for number in range(1, 13)]
    return {
        "number": {
            "decimal": get_decimal_symbol(language),
            "thousands": get_group_symbol(language),
            "grouping": [3],
            "currency": ["", ""],
        },
        "time": {"dateTime": "%x %X", "date": "%Y-%m-%d", "time": "%H:%M:%S", "periods": ["AM", "PM"], **names},
    }
