"""The languages that a shop is searched in, by its setting."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from comptoir.setting_types import SearchLanguage
from comptoir.settings import get_settings
from storefront.search.builder import index_products
from storefront.search.languages import NAMES, is_stopped, stems
from storefront.search.light_words import ACCENTED, is_stop_word
from storefront.search.reader import SearchIndex
from storefront.search.versions import IndexMissingError
from storefront.search.words import forms
from tests.support.products import product

GERMAN = [
    product("1", "Kopfhörer mit Kabel", "Norvane", "Kopfhörer", 49.0),
    product("2", "Hülle für Tablets", "Ekdal", "Hüllen", 24.9),
    product("3", "Ladekabel", "Ekdal", "Kabel", 9.9),
]


@pytest.fixture
def in_german(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("COMPTOIR_SEARCH_LANGUAGES", "de,en")
    get_settings.cache_clear()
    yield
    monkeypatch.undo()
    get_settings.cache_clear()


def ids(index: SearchIndex, query: str) -> list[str]:
    return [hit["product_id"] for hit in index.search(query).hits]


def test_each_language_of_the_setting_has_stems_and_stop_words() -> None:
    assert set(NAMES) == set(get_args(SearchLanguage))
    for language in NAMES:
        assert stems("tablets", (language,)), language


def test_an_accented_stop_word_is_one_of_its_language() -> None:
    with ACCENTED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 50
    for row in rows:
        assert not row["word"].isascii() and is_stopped(row["word"], (row["language"],)), row


def test_a_german_shop_finds_its_words_in_every_number(in_german: None, tmp_path: Path) -> None:
    index_products(GERMAN, tmp_path)
    index = SearchIndex(tmp_path)
    assert ids(index, "hüllen für tablet") == ["2"], "für says nothing, and the plural is the same word"
    assert ids(index, "kopfhörern") == ["1"]
    assert is_stop_word("fur") and is_stop_word("the") and not is_stop_word("pour")


def test_the_words_of_a_language_that_is_not_set_stay_as_written() -> None:
    assert get_settings().search_languages == ("en", "fr")
    assert forms("kopfhorern") == ("kopfhorern",) and not is_stop_word("fur")
    assert is_stop_word("pour") and forms("ecrans") == ("ecrans", "ecran")


def test_an_index_of_other_languages_is_built_again_first(
    monkeypatch: pytest.MonkeyPatch, in_german: None, tmp_path: Path
) -> None:
    index_products(GERMAN, tmp_path)
    monkeypatch.setenv("COMPTOIR_SEARCH_LANGUAGES", "fr")
    get_settings.cache_clear()
    with pytest.raises(IndexMissingError):
        SearchIndex(tmp_path).search("tablet")
    index_products(GERMAN, tmp_path)
    assert ids(SearchIndex(tmp_path), "tablets") == ["2"]
