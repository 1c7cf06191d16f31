"""Words of a sentence that say nothing about a product: they count only while every word is found."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

TABLE = Path(__file__).parent / "light_words.csv"
KEPT = frozenset(("no", "not", "sans", "without"))  # a negation is not understood, but neither is it left out
LETTERS = frozenset("ai")  # single letters that are words; the others are names: USB C, battery D


@lru_cache(maxsize=20_000)
def is_stop_word(word: str) -> bool:
    """Whether the word is one of tantivy's English or French stop words."""
    if word in KEPT:
        return False
    if len(word) == 1:
        return word in LETTERS
    return any(not analyzer.analyze(word) for analyzer in _analyzers())


def is_light(word: str) -> bool:
    """Whether the word is a stop word or one of our table."""
    return is_stop_word(word) or word in _table()


@lru_cache(maxsize=1)
def _analyzers() -> list[TextAnalyzer]:
    return [
        TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stopword(language)).build()
        for language in ("english", "french")
    ]


@lru_cache(maxsize=1)
def _table() -> frozenset[str]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return frozenset(row["word"] for row in csv.DictReader(file))
