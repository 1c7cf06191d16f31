"""Weights of the ranking; docs/search.md explains them and says how they were fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class Weights:
    """What each kind of evidence counts for. A word's score is BM25 times the weight of the field that has it."""

    title: float = 1.5
    title_pairs: float = 0.5
    category_text: float = 0.05
    brand_text: float = 1.5
    department_text: float = 0.2
    attributes_text: float = 0.3
    description_text: float = 1.0
    tie_breaker: float = 0.2  # what a word found in a second field adds
    stem: float = 1.0  # found by its stem only
    joined: float = 1.5  # two words of the query found written as one
    pieces: float = 0.8  # one word found as its pieces
    synonym: float = 0.2  # found by another name of the same thing
    related: float = 0.2  # found by a narrower or wider word
    synonym_intent: float = 1.0  # the same for the category that is asked for
    every_word: float = 100.0  # products with every word come before those with some
    intent: float = 3.0  # the category that the query asks for
    kind: float = 25.0  # the product is most like that category
    agreement: float = 0.5  # how far that category must be among the products found by their words
    name_intent: float = 1.0  # of it: a word is in the category's name
    title_intent: float = 0.4  # of it: a word is typical of the category's titles
    click_intent: float = 1.5  # of it: visitors who asked the same clicked products of the category
    unqualified: float = 4.0  # the last word names the thing in the title, and does not only say what it is for
    taste: float = 0.5  # of two equal products that of a maker, or of a kind, that the visitor looks at
    in_stock: float = 0.5  # of two equal products the one that can be bought comes first

    def fields(self) -> dict[str, float]:
        """Text field -> weight, of the fields that every word is looked for in."""
        return {name: getattr(self, name) for name in TEXT_FIELDS}


TEXT_FIELDS = ("title", "category_text", "brand_text", "department_text", "attributes_text", "description_text")
WEIGHTS = Weights()


def weights_of(saved: Mapping[str, float]) -> Weights:
    """Saved weights; names of another version of the code are left out, and what is missing is as built in."""
    known = {field.name for field in fields(Weights)}
    return replace(WEIGHTS, **{name: float(value) for name, value in saved.items() if name in known})
