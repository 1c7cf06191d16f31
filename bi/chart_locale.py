"""How charts write numbers and days: Vega's locale, of what CLDR says of the language."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from babel import Locale
from babel.dates import get_day_names, get_month_names
from babel.numbers import get_decimal_symbol, get_group_symbol

from bi.texts import Language

Width = Literal["wide", "abbreviated"]


@cache
def chart_locale(language: Language) -> dict[str, Any]:
    """Return Vega's locale (formatLocale and timeFormatLocale): separators, names of days, Sunday first, and months."""
    return {
        "number": {
            "decimal": get_decimal_symbol(language),
            "thousands": get_group_symbol(language),
            "grouping": [3],
            "currency": _around_amounts(language),
        },
        "time": {
            "dateTime": "%x %X",
            "date": "%Y-%m-%d",
            "time": "%H:%M:%S",
            "periods": ["AM", "PM"],
            "days": _days("wide", language),
            "shortDays": _days("abbreviated", language),
            "months": _months("wide", language),
            "shortMonths": _months("abbreviated", language),
        },
    }


def _around_amounts(language: Language) -> list[str]:
    """Return what stands before and after an amount, with CLDR's ¤ for the currency's sign."""
    pattern = Locale.parse(language).currency_formats["standard"]
    return [pattern.prefix[0], pattern.suffix[0]]


def _days(width: Width, language: Language) -> list[str]:
    names = get_day_names(width, locale=language)
    return [names[(number - 1) % 7] for number in range(7)]  # Babel's week begins on Monday


def _months(width: Width, language: Language) -> list[str]:
    names = get_month_names(width, locale=language)
    return [names[number] for number in range(1, 13)]
