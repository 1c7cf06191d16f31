"""Words of a sentence that say nothing about a product: they count only while every word is found."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

from comptoir.setting_types import SearchLanguage
from storefront.search.languages import is_stopped, languages_of_shop
from storefront.search.words import folded

TABLE = Path(__file__).parent / "light_words.csv"
ACCENTED = Path(__file__).parent / "accented_stop_words.csv"
KEPT = frozenset(("no", "not", "sans", "without"))  # a negation is not understood, but neither is it left out
LETTERS = frozenset("ai")  # single letters that are words; the others are names: USB C, battery D


def is_stop_word(word: str) -> bool:
    """Whether the word, folded, is a stop word of one of the shop's languages."""
    return _is_stop_word(word, languages_of_shop())


@lru_cache(maxsize=20_000)
def _is_stop_word(word: str, languages: tuple[SearchLanguage, ...]) -> bool:
    if word in KEPT:
        return False
    if len(word) == 1:
        return word in LETTERS
    return is_stopped(word, languages) or word in _accented(languages)


def is_light(word: str) -> bool:
    """Whether the word is a stop word or one of our table."""
    return is_stop_word(word) or word in _table()


@lru_cache
def _accented(languages: tuple[SearchLanguage, ...]) -> frozenset[str]:
    """Stop words that are written with accents, which folded words no longer have."""
    with ACCENTED.open(encoding="utf-8", newline="") as file:
        return frozenset(folded(row["word"]) for row in csv.DictReader(file) if row["language"] in languages)


@lru_cache(maxsize=1)
def _table() -> frozenset[str]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return frozenset(row["word"] for row in csv.DictReader(file))
