"""How text becomes words of the index: one way for products and queries, so that every spelling meets its product.

A chunk is what stands between spaces ("WH-1000XM5"). It is indexed as written without its joints ("wh1000xm5"), by its
pieces ("wh", "1000xm5") and by their runs of letters and of digits ("1000", "xm", "5"); words also by their stems.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from comptoir.setting_types import SearchLanguage
from storefront.search.languages import languages_of_shop, stems
from storefront.search.units import NUMBER, NUMBER_AND_UNIT, QUANTITY, plain_number, quantity_term

LONGEST: Final = 60  # characters of a word; longer ones are no words
_SPECIAL = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "’": "'", "‘": "'", "ʼ": "'", "´": "'"})
_QUOTES = str.maketrans({"″": '"', "”": '"', "“": '"', "„": '"', "‑": "-", "–": "-", "—": "-"})
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)'(?=[a-z]{2})")
_CHUNK = re.compile(r"[a-z](?:\+\+|#)(?!\w)|[^\W_]+(?:[-/.'+&_][^\W_]+)*")
_HAS_DIGIT = re.compile(r"\d").search
_JOINTS = re.compile(r"[-/.'+&_]")
_DECIMAL = re.compile(r"\d+\.\d+")
_RUNS = re.compile(r"\d+|[^\W\d_]+")


class Chunk(NamedTuple):
    """One word of a text as it stands there, with its place: `text[start:end]` of the folded text."""

    text: str
    start: int
    end: int
    quantity: str | None = None  # the one word of a number with a unit


@dataclass(frozen=True, slots=True)
class Word:
    """The words of the index that a chunk stands for."""

    text: str
    quantity: str | None
    pieces: tuple[str, ...]  # what stands between the chunk's joints: "wi-fi" has two; a decimal number is one
    runs: tuple[str, ...]  # runs of letters and of digits, when there are several: "gtx1080" is "gtx" and "1080"
    glued: str  # without joints; a quantity as its one word

    @property
    def is_number(self) -> bool:
        """Whether it has no letter."""
        return self.quantity is None and not any(letter.isalpha() for letter in self.text)


@lru_cache(maxsize=100_000)
def word(text: str, quantity: str | None = None) -> Word:
    """The word of a chunk; `quantity` is its one word when it is a number with a unit."""
    if quantity or _DECIMAL.fullmatch(text) or not text[-1].isalnum():
        return Word(text, quantity, (text,), (), quantity or text)
    pieces = tuple(piece for piece in _JOINTS.split(text) if piece)
    runs = tuple(run for piece in pieces for run in _RUNS.findall(piece))
    return Word(text, None, pieces, runs if len(runs) > 1 else (), "".join(pieces))


def folded(text: str) -> str:
    """Lower case without accents; typographic quotes and dashes as on a keyboard; no elisions ("l'écran": "ecran").

    It has as many characters as a prepared text: a place in one is the same place in the other (see `prepared`).
    """
    return _ELISION.sub(lambda found: " " * len(found[0]), prepared(text))


def prepared(text: str) -> str:
    """Lower case, without accents, quotes and dashes plain: letter by letter, except for the few written as two."""
    text = text.lower().translate(_QUOTES)
    if text.isascii():
        return text
    plain = text.translate(_SPECIAL)
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))


@lru_cache(maxsize=256)  # a title is read several times in a row
def chunks(text: str) -> tuple[Chunk, ...]:
    """The words of a text in their order; quantities and decimal numbers are one word."""
    plain = folded(text)
    if not _HAS_DIGIT(plain):
        return tuple(_words_between(plain, 0, len(plain)))
    parts: list[Chunk] = []
    place = 0
    for found in QUANTITY.finditer(plain):
        parts += _plain_chunks(plain, place, found.start())
        parts.append(Chunk(found[0], found.start(), found.end(), quantity_term(found["number"], found["unit"])))
        place = found.end()
    return (*parts, *_plain_chunks(plain, place, len(plain)))


def _plain_chunks(plain: str, place: int, end: int) -> list[Chunk]:
    parts: list[Chunk] = []
    for found in NUMBER.finditer(plain, place, end):
        if found.start() and (plain[found.start() - 1].isalnum() or plain[found.start() - 1] in ".,-"):
            continue
        parts += _words_between(plain, place, found.start())
        parts.append(Chunk(plain_number(found[0]), found.start(), found.end()))
        place = found.end()
    return parts + _words_between(plain, place, end)


def _words_between(plain: str, place: int, end: int) -> list[Chunk]:
    return [Chunk(found[0][:LONGEST], found.start(), found.end()) for found in _CHUNK.finditer(plain, place, end)]


def words(text: str) -> list[Word]:
    """The words of a text."""
    return [word(chunk.text, chunk.quantity) for chunk in chunks(text)]


def forms(text: str) -> tuple[str, ...]:
    """A word as written and its stems in the shop's languages, each once."""
    return _forms(text, languages_of_shop())


@lru_cache(maxsize=100_000)
def _forms(text: str, languages: tuple[SearchLanguage, ...]) -> tuple[str, ...]:
    if not text.isalpha() or len(text) < 3:
        return (text,)
    return tuple(dict.fromkeys((text, *stems(text, languages))))


def index_terms(text: str) -> list[str]:
    """Every word of the index that a text of a product is found by, in its order, repeated as often as it stands."""
    languages = languages_of_shop()
    return [term for chunk in chunks(text) for term in _terms_of(chunk.text, chunk.quantity, languages)]


@lru_cache(maxsize=100_000)
def _terms_of(text: str, quantity: str | None, languages: tuple[SearchLanguage, ...]) -> tuple[str, ...]:
    made = word(text, quantity)
    found = dict.fromkeys(_forms(made.glued, languages))
    if quantity:
        number, unit = NUMBER_AND_UNIT.fullmatch(text).groups()  # type: ignore[union-attr]  # what QUANTITY found
        return (*found, plain_number(number), *_forms(unit, languages))
    for piece in made.pieces:
        found |= dict.fromkeys(_forms(piece, languages))
    for run in made.runs:
        found |= dict.fromkeys(_forms(run, languages))
    return tuple(found)


def pair_terms(text: str) -> list[str]:
    """Neighbouring words written as one: "Power bank" is also found by "powerbank"."""
    return [form for first, second in neighbours(text) for form in forms(first + second)]


def neighbours(text: str) -> Iterator[tuple[str, str]]:
    """Each two words that stand side by side, quantities left out."""
    before = ""
    for chunk in chunks(text):
        if chunk.quantity:
            before = ""
            continue
        glued = word(chunk.text).glued
        if before and len(before) + len(glued) <= LONGEST:
            yield before, glued
        before = glued
