"""Which words of a title name the thing, and which only say what it is for: a mouse pad is no mouse.

A noun ends its phrase ("LCD monitor stand, black"): the words that often end one in the titles of the whole catalogue
are taken for names of things. The last of them in a phrase is what the product is, those before it are what it is for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from storefront.search.words import chunks, folded, forms, word, words

LEAST_ENDINGS = 3  # titles in which a word ends a phrase, before it is taken for a name of things
LEAST_SHARE = 0.3  # of its places where it ends one

_BREAK = re.compile(r"[,;:()\[\]|/+&–—]| - ")
Phrase = list[str]


def learn(products: Iterable[Mapping[str, Any]]) -> set[str]:
    """The words that name things in these titles."""
    places: Counter[str] = Counter()
    endings: Counter[str] = Counter()
    for product in products:
        for phrase in phrases(product):
            places.update(set(phrase))
            endings[phrase[-1]] += 1
    return {each for each, count in endings.items() if count >= LEAST_ENDINGS and count >= LEAST_SHARE * places[each]}


def qualifiers(product: Mapping[str, Any], names: Set[str]) -> list[str]:
    """The words of the index that only qualify others: those before the name of a thing, and nowhere such a name."""
    found: set[str] = set()
    named: set[str] = set()
    for phrase in phrases(product):
        head = next((place for place in range(len(phrase) - 1, -1, -1) if phrase[place] in names), None)
        if head is None:
            named.update(phrase)
        else:
            found.update(phrase[:head])
            named.add(phrase[head])
    return [form for each in sorted(found - named) for form in forms(each)]


def phrases(product: Mapping[str, Any]) -> Iterator[Phrase]:
    """Runs of words of the title that nothing parts: no sign, no number, no value of an attribute ("black")."""
    title = product["title"]
    plain = folded(title)
    values = _values(product)
    phrase: Phrase = []
    place = 0
    for chunk in chunks(title):
        made = word(chunk.text, chunk.quantity)
        is_parted = bool(_BREAK.search(plain, place, chunk.start))
        place = chunk.end
        is_word = made.glued.isalpha() and made.glued not in values
        if phrase and (is_parted or not is_word):
            yield phrase
            phrase = []
        if is_word:
            phrase.append(made.glued)
    if phrase:
        yield phrase


def _values(product: Mapping[str, Any]) -> set[str]:
    texts = [product["brand"] or "", *map(str, (product["attributes"] or {}).values())]
    return {piece for text in texts if len(text) < 60 for each in words(text) for piece in (each.glued, *each.pieces)}
