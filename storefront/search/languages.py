"""The languages that the shop is searched in (`COMPTOIR_SEARCH_LANGUAGES`): their stems and stop words, by Snowball.

A query is read in all of them at once, whatever the page's language: visitors mix them, and product names are of none.
"""

from __future__ import annotations

from functools import lru_cache

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from comptoir.setting_types import SearchLanguage
from comptoir.settings import get_settings

# as tantivy names them: those it has both stems and stop words of
NAMES: dict[SearchLanguage, str] = {
    "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ru": "russian",
    "sv": "swedish",
}  # fmt: skip


def languages_of_shop() -> tuple[SearchLanguage, ...]:
    """The languages that are set, the first one first."""
    return get_settings().search_languages


def stems(word: str, languages: tuple[SearchLanguage, ...]) -> list[str]:
    """The word's stems, one of each language that has one."""
    return [stem for language in languages for stem in _stemmer(language).analyze(word)]


def is_stopped(word: str, languages: tuple[SearchLanguage, ...]) -> bool:
    """Whether the word is a stop word of one of the languages."""
    return any(not _stopper(language).analyze(word) for language in languages)


@lru_cache
def _stemmer(language: SearchLanguage) -> TextAnalyzer:
    return TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stemmer(NAMES[language])).build()


@lru_cache
def _stopper(language: SearchLanguage) -> TextAnalyzer:
    return TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stopword(NAMES[language])).build()
