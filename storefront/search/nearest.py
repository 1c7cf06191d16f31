"""What is nearest to a search that found nothing: with a filter less, or for the word that was meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import tantivy

from storefront.search.filters import ATTRIBUTE_FACET, NO_FILTERS, Filters
from storefront.search.interpretation import Reading
from storefront.search.listing import Listing, Sort, count_of
from storefront.search.versions import Version

# what a shopper gives up first; attributes come before these
BEFORE_ATTRIBUTES, AFTER_ATTRIBUTES = ("price", "in_stock", "rating"), ("brand", "category", "department")


@dataclass(frozen=True, slots=True)
class Near:
    """Products near a search without any: `without` these filters, and for `query`, if that was asked instead."""

    reading: Reading
    listing: Listing
    found: tantivy.SearchResult
    without: tuple[str, ...]
    query: str | None


def find_near(version: Version, reading: Reading, filters: Filters, limit: int) -> Near | None:
    """The first that finds any: the query that was meant, one filter less, no filter at all; None when none does.

    Left without a limit of the price, the products nearest to it come first.
    """
    query = None
    if reading.match == "none":
        if not reading.suggestion:
            return None
        query = reading.suggestion
        reading = version.interpreter.read(query, as_typed=True)
    for without, left in _relaxed(filters, as_asked=query is not None):
        listing = Listing(version, reading, [], left, _sort(filters, without))
        found = listing.page(limit, 0)
        if count_of(found):
            return Near(reading, listing, found, without, query)
    return None


def sentence(near: Near) -> str:
    """Why these products are shown, for a page in English."""
    many = count_of(near.found)
    products = "1 product" if many == 1 else f"{many} products"
    asked = f"For {near.query!r}" if near.query else "With these words"
    left_out = " and ".join(name.removeprefix(ATTRIBUTE_FACET).replace("_", " ") for name in near.without)
    verb, rest = "is" if many == 1 else "are", f" without the filter of {left_out}" if left_out else ""
    return f"{asked} there {verb} {products}{rest}."


def _relaxed(filters: Filters, as_asked: bool) -> Iterator[tuple[tuple[str, ...], Filters]]:
    """Filters with one left out, in the order in which people give them up, then without any."""
    if as_asked:
        yield (), filters
    names = (*BEFORE_ATTRIBUTES, *(f"{ATTRIBUTE_FACET}{name}" for name in filters.attributes()), *AFTER_ATTRIBUTES)
    fewer = [(name, filters.without(name)) for name in names]
    applied = [(name, left) for name, left in fewer if left != filters]
    for name, left in applied:
        yield (name,), left
    if len(applied) > 1:
        yield tuple(name for name, _ in applied), NO_FILTERS


def _sort(filters: Filters, without: tuple[str, ...]) -> Sort:
    if without != ("price",):
        return "relevance"
    return "price_desc" if filters.price_max is None else "price_asc"
