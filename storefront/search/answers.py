"""What a search answers. These types are also the schemas of the HTTP API's OpenAPI description."""

from __future__ import annotations

from typing import Any

import msgspec

from storefront.search.interpretation import Match, Reading


class Understood(msgspec.Struct):
    """What was read into a query: bounds of the price, and words that were left out."""

    price_min: float | None
    price_max: float | None
    ignored: list[str]


class Banner(msgspec.Struct):
    """Something to show above the results."""

    title: str
    url: str | None = None
    image_url: str | None = None


class Nearest(msgspec.Struct):
    """The first of `total` products near a search that found none, and in a sentence why these.

    `without`: filters that were left out (price, in_stock, rating, brand, category, department, attr.<name>). `query`:
    what was asked instead, or None.
    """

    total: int
    hits: list[dict[str, Any]]
    without: list[str]
    query: str | None
    reason: str


class SearchResult(msgspec.Struct):
    """One page of cards (`hits`) of all matches (`total`), and what is said about them.

    `match`: "all" words were found, only "some" of them (of `full_total` products all), "none"; "everything": no words
    were given. `corrected` is the query that was answered instead, `suggestion` one that was not. `reason` is a
    sentence to show. `is_personal`: the visitor's taste had a say in the order. `nearest`: on the first page of a
    search that found nothing, if anything is near.
    """

    total: int
    full_total: int
    took_ms: float
    offset: int
    limit: int
    match: Match
    hits: list[dict[str, Any]]
    facets: dict[str, list[dict[str, Any]]]
    corrected: str | None = None
    suggestion: str | None = None
    reason: str | None = None
    understood: Understood | None = None
    redirect: str | None = None
    banners: list[Banner] = msgspec.field(default_factory=list)
    is_personal: bool = False
    nearest: Nearest | None = None


class Suggestion(msgspec.Struct):
    """A query, a category or a value that fits what was typed so far; `highlighted` is HTML."""

    text: str
    count: int
    highlighted: str
    department: str | None = None


class Suggestions(msgspec.Struct):
    """What fits the beginning of a query."""

    q: str
    queries: list[Suggestion]
    categories: list[Suggestion]
    products: list[dict[str, Any]]


def understood(reading: Reading) -> Understood | None:
    """What was read into the query, or None when it was taken word by word."""
    prices = reading.prices
    if prices.lowest is None and prices.highest is None and not reading.left_out:
        return None
    return Understood(prices.lowest, prices.highest, list(reading.left_out))


def reason(text: str, reading: Reading, total: int, unfiltered: int, offset: int, hits: int) -> str | None:
    """The sentence that a page shows above or instead of its results; None when there is nothing to say.

    `unfiltered`: how many products the words find without filters.
    """
    if reading.match == "none":
        if not text.strip() or not any(letter.isalnum() for letter in text):
            return "These signs are no words: type what you look for."
        near = f" Did you mean {reading.suggestion!r}?" if reading.suggestion else ""
        return f"Nothing here is called {' '.join(text.split())[:80]!r}.{near}"
    if not total and unfiltered:
        many = "1 product matches" if unfiltered == 1 else f"{unfiltered} products match"
        return f"No product passes all the filters; without them {many}."
    if total and not hits and offset:
        return f"The list ends before this page: there are {total} products."
    if reading.match == "some":
        missing = " and ".join(map(repr, reading.left_out))
        if missing:
            return f"No product has {missing}: these have the other words."
        if reading.full_count:
            have = "1 product has" if reading.full_count == 1 else f"{reading.full_count} products have"
            return f"{have} every word; the others have some of them."
        return "No product has every word: these have some of them."
    return None
