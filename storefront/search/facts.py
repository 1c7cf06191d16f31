"""What a build learns from the whole catalogue, kept beside its index."""

from __future__ import annotations

from pathlib import Path

import msgspec

from storefront.search.intent import Strengths
from storefront.search.synonyms import Synonym

FILE = "facts.json"


class Facts(msgspec.Struct):
    """Attributes that are filters with their values, typical words of categories, synonyms, queries, and weights."""

    facet_attributes: dict[str, list[str]]
    title_categories: Strengths
    clicked_categories: Strengths
    synonyms: list[Synonym]
    names: set[str]  # words that name things, see `storefront.search.qualifiers`
    queries: dict[str, int]  # to suggest: query -> how often it is asked, or how many products it has
    weights: dict[str, float] = {}  # of the ranking; those that are missing are as built in
    languages: tuple[str, ...] = ("en", "fr")  # whose stems its words have
    price_lists: tuple[str, ...] = ()  # beside the shop's own prices, see `storefront.search.price_lists`


def write_facts(facts: Facts, folder: Path) -> None:
    """Write the facts into an index's folder."""
    (folder / FILE).write_bytes(msgspec.json.encode(facts))


def read_facts(folder: Path) -> Facts:
    """The facts of an index. Raises FileNotFoundError, and ValueError where another version of the code wrote it."""
    return msgspec.json.decode((folder / FILE).read_bytes(), type=Facts)
