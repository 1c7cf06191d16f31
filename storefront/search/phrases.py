"""Groups the words of a query into phrases: what is to be found together, with its synonyms, spellings and codes."""

from __future__ import annotations

from collections.abc import Sequence

import tantivy

from storefront.search.query import Phrase
from storefront.search.spelling import Spelling
from storefront.search.synonyms import Thesaurus
from storefront.search.weights import TEXT_FIELDS
from storefront.search.words import Word, forms
from storefront.search.words import word as make_word

LEAST_TOGETHER = 5  # products that write two words as one
CODE_CHARACTERS = 4  # of the beginning of an article's number
MOST_CODES = 200


class PhraseFinder:
    """Finds phrases for one state of the index."""

    def __init__(self, searcher: tantivy.Searcher, spelling: Spelling, thesaurus: Thesaurus) -> None:
        self._searcher, self._spelling, self._thesaurus = searcher, spelling, thesaurus

    def of(self, kept: Sequence[Word]) -> tuple[Phrase, ...]:
        """The phrases of these words, in their order: one with article numbers when all words together begin some."""
        whole = "".join(word.glued for word in kept)
        codes = self._codes(whole)
        if codes:
            return (Phrase(tuple(kept), codes=codes),)
        spans = self._thesaurus.spans(kept)
        found: list[Phrase] = []
        position = 0
        while position < len(spans):
            joined = self._one_word(spans, position)
            found.append(joined or self._phrase(spans, position))
            position += 2 if joined else 1
        return tuple(found)

    def is_known(self, word: Word) -> bool:
        """Whether the catalogue or the synonyms have the word."""
        if self._thesaurus.knows(word.text) or word.quantity or word.is_number:
            return True
        spellings = [*forms(word.glued), *(word.pieces if len(word.pieces) > 1 else ())]
        return any(
            self._searcher.doc_freq(field, spelling)
            for spelling in spellings
            for field in (*TEXT_FIELDS, "title_pairs")
        )

    def is_known_joined(self, kept: Sequence[Word], position: int) -> bool:
        """Whether they have it as one word with a neighbour."""
        return any(self.is_known(make_word(joined)) for joined in self._joined([[word] for word in kept], position))

    def endings(self, word: Word) -> tuple[str, ...]:
        """The words of the catalogue that begin with this one."""
        return tuple(self._spelling.endings(word.text))

    def _phrase(self, spans: Sequence[Sequence[Word]], position: int) -> Phrase:
        span = spans[position]
        meanings = self._thesaurus.meanings(span)
        codes = self._codes(span[0].glued) if len(span) == 1 else ()
        endings = () if meanings or codes or len(span) > 1 or self.is_known(span[0]) else self.endings(span[0])
        same, related = _same_and_related(meanings)
        apart = self._apart(span)
        if apart:
            same_apart, related_apart = _same_and_related(self._thesaurus.meanings(apart))
            return Phrase(apart, (tuple(span), *same, *same_apart), (*related, *related_apart))
        return Phrase(tuple(span), same, related, codes, endings, self._joined(spans, position))

    def _apart(self, span: Sequence[Word]) -> tuple[Word, ...]:
        """The two words of one that more titles have as neighbours: "harddisk" is a hard disk."""
        text = span[0].text
        if len(span) > 1 or self._searcher.doc_freq("title_pairs", text) <= self._searcher.doc_freq("title", text):
            return ()
        return next((tuple(map(make_word, parts)) for parts in self._spelling.splits(text)), ())

    def _one_word(self, spans: Sequence[Sequence[Word]], position: int) -> Phrase | None:
        """Two words that the catalogue writes as one: "head set" is a headset, though dolls have a head and a set."""
        pair = spans[position : position + 2]
        if len(pair) < 2 or any(len(span) > 1 or not span[0].text.isalpha() for span in pair):
            return None
        apart = (pair[0][0], pair[1][0])
        joined = make_word(apart[0].text + apart[1].text)
        together = self._searcher.doc_freq("title", joined.text)
        if together < LEAST_TOGETHER or together <= self._searcher.doc_freq("title_pairs", joined.text):
            return None
        same, related = _same_and_related(self._thesaurus.meanings([joined]))
        return Phrase((joined,), (apart, *same), related)

    def _joined(self, spans: Sequence[Sequence[Word]], position: int) -> tuple[str, ...]:
        """The phrase's word with each neighbour as one word: "head set" finds a headset."""
        found = []
        for first in (position - 1, position):
            if first >= 0 and first + 1 < len(spans) and len(spans[first]) == len(spans[first + 1]) == 1:
                one, other = spans[first][0], spans[first + 1][0]
                if not one.quantity and not other.quantity:
                    found.append(one.glued + other.glued)
        return tuple(found)

    def _codes(self, beginning: str) -> tuple[str, ...]:
        """Numbers of articles that begin so: only for what has a digit or can be no word of the catalogue."""
        if len(beginning) < CODE_CHARACTERS or (beginning.isalpha() and self.is_known(make_word(beginning))):
            return ()
        beginning = beginning.lstrip("0") if beginning.isdigit() else beginning
        found = self._searcher.terms_with_prefix("code", beginning, limit=MOST_CODES)
        codes = [code for code, _ in found]
        return (beginning,) if beginning in codes else tuple(codes)


def _same_and_related(
    meanings: Sequence[tuple[tuple[Word, ...], bool]],
) -> tuple[tuple[tuple[Word, ...], ...], tuple[tuple[Word, ...], ...]]:
    same = tuple(reading for reading, is_same in meanings if is_same)
    return same, tuple(reading for reading, is_same in meanings if not is_same)
