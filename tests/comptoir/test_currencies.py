"""Currencies and their smallest units, against ISO 4217, Shopify's list and dbt's macro."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal

import pytest

from comptoir.currencies import MACRO, currency_digits, digits_macro, known_currencies, rounded
from comptoir.repository import REPOSITORY


@pytest.mark.parametrize(
    ("code", "digits"),
    [("EUR", 2), ("JPY", 0), ("VND", 0), ("XOF", 0), ("KWD", 3), ("RSD", 2), ("HUF", 2), ("HRK", 2), ("QQQ", 2)],
)
def test_a_currency_has_the_decimals_of_iso_4217_and_an_unknown_one_two(code: str, digits: int) -> None:
    assert currency_digits(code) == digits


def test_currencies_of_markets_and_of_the_past_are_known_and_metals_are_none() -> None:
    assert {"RSD", "VND", "COP", "QAR", "EGP", "XOF", "GEL", "INR", "HRK", "BGN", "KWD"} <= known_currencies()
    assert not {"XAU", "XTS", "XXX", "QQQ"} & known_currencies()


def test_all_but_three_of_shopifys_codes_are_known() -> None:
    packed = (REPOSITORY / ".lib" / "shopify" / "admin_2026-10.json.gz").read_bytes()
    schema = json.loads(gzip.decompress(packed))
    [enum] = [t for t in schema.get("data", schema)["__schema"]["types"] if t["name"] == "CurrencyCode"]
    # two pounds and dollars without a code in ISO 4217, a coin, and the code for no currency
    assert {value["name"] for value in enum["enumValues"]} - known_currencies() == {"JEP", "KID", "USDC", "XXX"}


def test_amounts_are_rounded_half_up_to_the_smallest_unit() -> None:
    assert rounded(Decimal("908.5"), "JPY") == 909 and rounded(Decimal("1.2345"), "KWD") == Decimal("1.235")


def test_dbts_macro_is_the_one_made_from_the_lists() -> None:
    made = (REPOSITORY / "dbt_project" / "macros" / MACRO).read_text()
    assert made == digits_macro(), "write it again: comptoir docs currencies"
