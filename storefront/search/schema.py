"""Fields of the search index. Text fields hold words that `storefront.search.words` made, separated by spaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import tantivy
from tantivy import TextAnalyzerBuilder, Tokenizer

from storefront.search.price_lists import OWN, price_field
from storefront.search.weights import TEXT_FIELDS

TERMS: Final = "shop_terms"
FACET_FIELDS: Final = ("brand", "category", "department", "attribute")
ATTRIBUTE_SEPARATOR: Final = "="


def build_schema(price_lists: Sequence[str] = ()) -> tantivy.Schema:
    """One document per published product; `card` and `attributes` are JSON for the answer."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("product_id", tokenizer_name="raw", index_option="basic")
    for field in (*TEXT_FIELDS, "title_pairs"):
        builder.add_text_field(field, tokenizer_name=TERMS, index_option="freq")
    builder.add_text_field("qualifiers", tokenizer_name=TERMS, index_option="basic")
    builder.add_text_field("code", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("kind", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("vocabulary", tokenizer_name=TERMS, index_option="basic")
    for field in FACET_FIELDS:
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic", fast=True)
    for price_list in (OWN, *price_lists):
        builder.add_float_field(price_field(price_list), indexed=True, fast=True)
    builder.add_float_field("rating", indexed=True, fast=True)
    builder.add_float_field("popularity", fast=True)
    builder.add_integer_field("created", fast=True)
    builder.add_boolean_field("is_in_stock", indexed=True, fast=True)
    builder.add_bytes_field("card", stored=True)
    builder.add_bytes_field("attributes", stored=True)
    return builder.build()


def register_analyzers(index: tantivy.Index) -> None:
    """Register the analyzer with an opened index, because tantivy does not store it there."""
    index.register_tokenizer(TERMS, TextAnalyzerBuilder(Tokenizer.whitespace()).build())
