"""A product of the mart as a document of the search index."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import lru_cache
from typing import Any

import msgspec
import tantivy

from storefront.search.price_lists import price_field, prices_of
from storefront.search.qualifiers import qualifiers
from storefront.search.schema import ATTRIBUTE_SEPARATOR
from storefront.search.words import index_terms, neighbours, pair_terms, words

Product = Mapping[str, Any]

# an attribute becomes a filter when many products share few values of it
FACET_MAX_VALUES = 60
FACET_MIN_PRODUCTS = 20
FACET_MIN_PRODUCTS_PER_VALUE = 3  # each serial number has one product: no use as a filter


def document(
    product: Product,
    facet_attributes: Mapping[str, Any],
    names: Set[str],
    kind: str | None = None,
    price_lists: Sequence[str] = (),
) -> tantivy.Document:
    """The document of a row with the columns of `products.PRODUCTS_QUERY`; `facet_attributes` become filters.

    `kind` is the category that the product is most like, see `storefront.search.kinds`.
    """
    attributes: dict[str, Any] = product["attributes"] or {}
    made = tantivy.Document(
        product_id=product["product_id"],
        is_in_stock=bool(product["is_in_stock"]),
    )
    if kind:
        made.add_text("kind", kind)
    made.add_bytes("card", msgspec.json.encode(kept_card(product, price_lists)))
    made.add_bytes("attributes", msgspec.json.encode(attributes))
    made.add_text("title", " ".join(index_terms(product["title"])))
    made.add_text("qualifiers", " ".join(qualifiers(product, names)))
    made.add_text("title_pairs", " ".join(pair_terms(product["title"])))
    for field in ("brand", "category", "department"):
        if product[field]:
            made.add_text(field, product[field])
            made.add_text(f"{field}_text", _repeated(product[field])[0])
    for key, value in attributes.items():
        made.add_text("attributes_text", f"{_repeated(key.replace('_', ' '))[0]} {_repeated(str(value))[0]}")
        if key in facet_attributes:
            made.add_text("attribute", f"{key}{ATTRIBUTE_SEPARATOR}{value}")
    if product["description"]:
        made.add_text("description_text", " ".join(index_terms(product["description"])))
    made.add_text("vocabulary", " ".join(_vocabulary(product, attributes)))
    for code in sorted(_codes(product)):
        made.add_text("code", code)
    for field, column in (("price", "price_amount"), ("rating", "rating")):
        if product[column] is not None:
            made.add_float(field, float(product[column]))
    for name, listed in prices_of(product, price_lists).items():
        made.add_float(price_field(name), listed["price"])
    made.add_float("popularity", float(product["rating_count"] or 0))
    if created := product.get("created_at"):
        made.add_integer("created", int(created.timestamp()))
    return made


def card(product: Product) -> dict[str, Any]:
    """A product as search results show it; amounts are in units of `currency`."""

    def amount(column: str) -> float | None:
        return None if product[column] is None else float(product[column])

    variants = [dict(variant) for variant in product.get("variants") or []]
    first: Mapping[str, Any] = variants[0] if variants else {}
    return {
        "product_id": product["product_id"],
        "sku": product.get("sku") or first.get("sku"),
        "barcode": product.get("barcode") or first.get("barcode"),
        "title": product["title"],
        "brand": product["brand"],
        "category": product["category"],
        "department": product["department"],
        "price": amount("price_amount"),
        "compare_at_price": amount("compare_at_amount"),
        "currency": product["currency"],
        "rating": amount("rating"),
        "rating_count": product["rating_count"] or 0,
        "image_url": product["image_url"],
        "is_in_stock": bool(product["is_in_stock"]),
        "variants_count": max(len(variants), 1),
        "variants": variants if len(variants) > 1 else [],
    }


def kept_card(product: Product, price_lists: Sequence[str]) -> dict[str, Any]:
    """The card as the index keeps it: with the product's prices in other lists, where it has any."""
    prices = prices_of(product, price_lists)
    return card(product) | ({"price_lists": prices} if prices else {})


def facet_attributes(products: Iterable[Product]) -> dict[str, list[str]]:
    """Attribute -> its values, of the attributes that are worth a filter."""
    values: dict[str, set[str]] = defaultdict(set)
    counts: Counter[str] = Counter()
    for product in products:
        for key, value in (product["attributes"] or {}).items():
            values[key].add(str(value))
            counts[key] += 1
    return {
        key: sorted(seen)
        for key, seen in values.items()
        if 2 <= len(seen) <= FACET_MAX_VALUES
        and counts[key] >= max(FACET_MIN_PRODUCTS, FACET_MIN_PRODUCTS_PER_VALUE * len(seen))
    }


def code_of(text: str) -> str:
    """A number of an article without signs, and a GTIN without leading zeros: EAN-13 and UPC-A are then one."""
    plain = "".join(letter for letter in text.lower() if letter.isalnum())
    return plain.lstrip("0") if plain.isdigit() else plain


def _codes(product: Product) -> set[str]:
    texts = [product.get("sku"), product.get("barcode")]
    texts += [variant.get(name) for variant in product.get("variants") or [] for name in ("sku", "barcode")]
    return {code for text in texts if text and (code := code_of(str(text)))}


def _vocabulary(product: Product, attributes: Mapping[str, Any]) -> set[str]:
    """The words that a misspelled word may have been meant for."""
    texts = [product[name] for name in ("brand", "category", "department") if product[name]]
    found = set(_words_of(product["title"]))
    for text in (*texts, *map(str, attributes.values())):
        found.update(_repeated(text)[1])
    found.update(first + second for first, second in neighbours(product["title"]) if (first + second).isalpha())
    return found


@lru_cache(maxsize=50_000)
def _repeated(text: str) -> tuple[str, tuple[str, ...]]:
    """(words of the index, words of the vocabulary) of a text that many products share."""
    return " ".join(index_terms(text)), tuple(_words_of(text))


def _words_of(text: str) -> set[str]:
    return {each for word in words(text) if not word.quantity for each in (word.glued, *word.pieces) if each}
