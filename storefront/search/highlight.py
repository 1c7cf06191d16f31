"""Marks the words of a query in a text, as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from storefront.search.query import Phrase
from storefront.search.words import chunks, forms, prepared, word

SHORTEST_BEGINNING = 2  # letters of a word that is being typed


def terms_of(phrases: Iterable[Phrase]) -> set[str]:
    """The words of the index that stand for the phrases and their synonyms."""
    found: set[str] = set()
    for phrase in phrases:
        for reading in phrase.meanings:
            for each in reading:
                for spelling in (each.glued, *each.pieces, *each.runs):
                    found.update(forms(spelling))
        found.update(phrase.endings, phrase.joined)
    return found


def highlighted(text: str, terms: set[str], beginning: str = "") -> str:
    """The text, escaped, its words that are among `terms` or begin with `beginning` in <mark>."""
    plain = prepared(text)
    if len(plain) != len(text):  # a letter that is written as two: places differ
        return escape(text)
    parts, place = [], 0
    for chunk in chunks(text):
        each = word(chunk.text, chunk.quantity)
        is_found = not terms.isdisjoint(
            form for spelling in (each.glued, *each.pieces, *each.runs) for form in forms(spelling)
        )
        if is_found:
            parts += [escape(text[place : chunk.start]), f"<mark>{escape(text[chunk.start : chunk.end])}</mark>"]
            place = chunk.end
        elif len(beginning) >= SHORTEST_BEGINNING and chunk.text.startswith(beginning):
            end = chunk.start + len(beginning)
            parts += [escape(text[place : chunk.start]), f"<mark>{escape(text[chunk.start : end])}</mark>"]
            place = end
    return "".join((*parts, escape(text[place:])))
