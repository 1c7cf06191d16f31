"""How figures are formatted on the dashboard."""

from __future__ import annotations

from functools import cache

from babel.numbers import format_decimal, format_percent, get_decimal_symbol, get_group_symbol

from bi.metrics import Metric, Unit
from bi.texts import Language
from comptoir.currencies import currency_digits

SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "CHF": "CHF ", "JPY": "¥"}
THIN_SPACE = "\u2009"
PLACE_OF_SIGN = "¤"  # as CLDR writes it


def figure(value: float | None, unit: Unit, currency: str, language: Language = "en") -> str:
    """Format a figure: "€12,345", "1,234", "12.3 %", "4.31", or a dash for a missing one.

    Below 1,000 money has the decimals of its currency: "€12.34", "¥850", "KWD 12.345". In French: "12 345 €", "12,3 %".
    """
    if value is None or value != value:
        return "–"
    if unit == "ratio":
        return format_percent(value, f"0.0{THIN_SPACE}%", locale=language)
    if unit != "money":
        return format_decimal(value, "#,##0" if unit == "count" else "0.00", locale=language)
    sign = SIGNS.get(currency, f"{currency} ")
    digits = 0 if abs(value) >= 1000 else currency_digits(currency)
    number = format_decimal(abs(value), f"#,##0.{'0' * digits}".rstrip("."), locale=language)
    minus = "−" if value < 0 else ""
    return f"{minus}{number}\u00a0{sign.strip()}" if language == "fr" else f"{minus}{sign}{number}"


def cell(value: float | None, unit: Unit, currency: str, language: Language = "en") -> str:
    """Format a figure of a table, whose column's head says the currency: every row has the same decimals.

    "12,345.60" (money), "1,234", "12.3 %", "4.31", or a dash for a missing one; in French "12 345,60". A table has
    thousands of them, and Babel takes a tenth of a millisecond for each: it is asked for the separators alone.
    """
    if value is None or value != value:
        return "–"
    digits = currency_digits(currency) if unit == "money" else {"count": 0, "ratio": 1, "score": 2}[unit]
    number = f"{value * 100 if unit == 'ratio' else value:,.{digits}f}"
    return number.translate(_separators(language)) + (f"{THIN_SPACE}%" if unit == "ratio" else "")


@cache
def _separators(language: Language) -> dict[int, str]:
    return str.maketrans({",": get_group_symbol(language), ".": get_decimal_symbol(language), "-": "−"})


def sign_of(currency: str) -> str:
    """Return the sign of a currency, or its code where none is usual."""
    return SIGNS.get(currency, currency).strip()


def change(metric: Metric, now: float | None, before: float | None, language: Language = "en") -> str | None:
    """Format the change to the compared period: percent, or points for a ratio; None when there is none to compare.

    "+3.2%", in French "+3,2 %". Its minus is a hyphen, by which Streamlit knows a fall.
    """
    if now is None or before is None or now != now or before != before:
        return None
    if metric.unit != "ratio" and not before:
        return None
    moved = now - before if metric.unit == "ratio" else (now - before) / abs(before)
    number = f"{moved * 100:+.1f}".replace(".", get_decimal_symbol(language))
    if metric.unit == "ratio":
        return f"{number} pt"
    return f"{number}{THIN_SPACE}%" if language == "fr" else f"{number}%"


def signed_percent(share: float, language: Language) -> str:
    """Format a change without decimals: "+12 %", "−38 %"."""
    sign = "−" if share < 0 else "+"
    return sign + format_percent(abs(share), f"#,##0{THIN_SPACE}%", locale=language)


def vega_money(currency: str, billion: str) -> str:
    """Return the Vega expression that labels an axis with short amounts: €1.5k; where the sign stands, says the locale.

    The sign is put in the place of `chart_locale`'s, which knows no currency, and the language's `billion` in that of
    Vega's G, a unit's prefix.
    """
    sign = SIGNS.get(currency, f"{currency} ")
    amount = f"replace(replace(format(abs(datum.value), '$~s'), 'G', '{billion}'), '{PLACE_OF_SIGN}', '{sign}')"
    return f"(datum.value < 0 ? '−' : '') + trim({amount})"
