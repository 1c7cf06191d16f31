"""Currencies and their smallest units, from kept lists: ISO 4217 for those in use, CLDR (babel) for past ones."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

from babel.numbers import get_currency_precision, list_currencies
from iso4217 import Currency

USUAL_DIGITS = 2
# metals, bond units and test codes have no smallest unit: nothing is sold in them
_IN_USE = {currency.code: currency.exponent for currency in Currency if currency.exponent is not None}
_NO_MONEY = {currency.code for currency in Currency if currency.exponent is None}
MACRO = "currency_digits.sql"


@cache
def known_currencies() -> frozenset[str]:
    """Codes of all currencies that are or were in use, the ones that a country gave up included (HRK, BGN)."""
    return frozenset((_IN_USE.keys() | list_currencies()) - _NO_MONEY)


def currency_digits(code: str) -> int:
    """Decimals of a currency's smallest unit: 0 for JPY, 3 for KWD; 2 for a code that no list knows.

    ISO 4217 decides for currencies in use: CLDR rounds some of them (RSD, HUF) as people speak of them.
    """
    if code in _IN_USE:
        return _IN_USE[code]
    return get_currency_precision(code) if code in known_currencies() else USUAL_DIGITS


def smallest_unit(code: str) -> Decimal:
    """The smallest amount of a currency: 1 for JPY, 0.01 for EUR, 0.001 for KWD."""
    return Decimal(1).scaleb(-currency_digits(code))


def rounded(amount: Decimal, code: str) -> Decimal:
    """The amount rounded half-up to the currency's smallest unit."""
    return amount.quantize(smallest_unit(code), ROUND_HALF_UP)


def smallest_unit_sql(column: str) -> str:
    """An SQL expression: the smallest unit of the currency whose code is in the column."""
    codes: dict[int, list[str]] = {}
    for code in sorted(known_currencies()):
        codes.setdefault(currency_digits(code), []).append(f"'{code}'")
    cases = [
        f"when {column} in ({', '.join(of_them)}) then {Decimal(1).scaleb(-digits)}"
        for digits, of_them in sorted(codes.items())
        if digits != USUAL_DIGITS
    ]
    return f"case {' '.join(cases)} else {Decimal(1).scaleb(-USUAL_DIGITS)} end"


def digits_macro() -> str:
    """The text of the dbt macro that rounds by currency; only codes that differ from two decimals are listed."""
    by_digits: dict[int, list[str]] = {}
    for code in sorted(known_currencies()):
        by_digits.setdefault(currency_digits(code), []).append(code)
    cases = []
    for digits, codes in sorted(by_digits.items()):
        if digits != USUAL_DIGITS:
            lines = [", ".join(f"'{code}'" for code in codes[at : at + 12]) for at in range(0, len(codes), 12)]
            joined = ",\n            ".join(lines)
            cases.append(f"        when {{{{ currency }}}} in (\n            {joined}\n        ) then {digits}")
    listed = "\n".join(cases)
    head = (
        "{#-\n"
        "    Decimals of a currency's smallest unit. Made by `comptoir docs currencies` from ISO 4217 (package\n"
        "    iso4217) and, for currencies of the past, CLDR (package babel): do not edit.\n"
        "-#}\n"
    )
    body = f"    case\n{listed}\n        else {USUAL_DIGITS}\n    end\n"
    return f"{head}{{% macro currency_digits(currency) -%}}\n{body}{{%- endmacro %}}\n"


def write_digits_macro(folder: Path) -> Path:
    """Write the macro into dbt's folder of macros; returns the file."""
    file = folder / MACRO
    file.write_text(digits_macro())
    return file
