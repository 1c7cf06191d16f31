"""Fields of the search index and how it splits text into words; shared by builder and reader."""

from __future__ import annotations

from typing import Final

import tantivy
from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

WORDS: Final = "shop_words"  # stemmed words, for full text
EXACT_WORDS: Final = "shop_exact_words"  # whole words, for spelling

# text fields that every query searches, with their weight
TEXT_FIELDS: Final = {
    "title": 3.0,
    "category_text": 2.0,
    "brand_text": 1.5,
    "department_text": 0.6,
    "attributes_text": 0.35,
    "description_text": 1.0,
}
FACET_FIELDS: Final = ("brand", "category", "department", "attribute")
ATTRIBUTE_SEPARATOR: Final = "="


def build_schema() -> tantivy.Schema:
    """One document per published product; `card` and `attributes` are JSON for the answer."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("product_id", tokenizer_name="raw", index_option="basic")
    for field in TEXT_FIELDS:
        builder.add_text_field(field, tokenizer_name=WORDS)
    builder.add_text_field("vocabulary", tokenizer_name=EXACT_WORDS, index_option="basic")
    for field in FACET_FIELDS:
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_float_field("price", indexed=True, fast=True)
    builder.add_float_field("rating", indexed=True, fast=True)
    builder.add_float_field("popularity", fast=True)
    builder.add_boolean_field("is_in_stock", indexed=True, fast=True)
    builder.add_bytes_field("card", stored=True)
    builder.add_bytes_field("attributes", stored=True)
    return builder.build()


def word_analyzer() -> TextAnalyzer:
    """Splits text into stemmed words in lower case without accents: "Laptops" and "laptop" are one word."""
    return _folded().filter(Filter.stemmer("english")).build()


def exact_analyzer() -> TextAnalyzer:
    """Splits text into words in lower case without accents, otherwise as written."""
    return _folded().build()


def register_analyzers(index: tantivy.Index) -> None:
    """Register both analyzers with an opened index, because tantivy does not store them in it."""
    index.register_tokenizer(WORDS, word_analyzer())
    index.register_tokenizer(EXACT_WORDS, exact_analyzer())


def _folded() -> TextAnalyzerBuilder:
    builder = TextAnalyzerBuilder(Tokenizer.simple())
    return builder.filter(Filter.remove_long(60)).filter(Filter.lowercase()).filter(Filter.ascii_fold())
