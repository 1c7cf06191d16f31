"""The current version of the index, opened, with what its searches need in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

import tantivy

from storefront.search.facts import Facts, read_facts
from storefront.search.intent import Intent
from storefront.search.interpretation import Interpreter
from storefront.search.languages import languages_of_shop
from storefront.search.schema import register_analyzers
from storefront.search.spelling import Spelling
from storefront.search.suggestions import Completions
from storefront.search.synonyms import Thesaurus
from storefront.search.weights import weights_of


class IndexMissingError(Exception):
    """No index has been built yet."""


@dataclass(frozen=True)
class Version:
    """One version of the index as of one moment."""

    name: str
    index: tantivy.Index
    searcher: tantivy.Searcher
    facts: Facts
    interpreter: Interpreter
    completions: Completions
    categories: Completions
    changed_at: int  # of the index's list of segments, nanoseconds

    @property
    def schema(self) -> tantivy.Schema:
        """The index's fields."""
        return self.interpreter.schema


def open_version(folder: Path) -> Version:
    """Open an index.

    Raises FileNotFoundError when it is not there, ValueError when another version of the code wrote it, or this one for
    other languages.
    """
    facts = read_facts(folder)
    if facts.languages != languages_of_shop():
        raise ValueError(f"The index has the words of {', '.join(facts.languages)}: build it again.")
    changed_at = _changed_at(folder)
    index = tantivy.Index.open(str(folder))
    register_analyzers(index)
    index.reload()
    searcher = index.searcher()
    counted = dict(searcher.terms_with_prefix("category", ""))
    frequencies = dict(searcher.terms_with_prefix("vocabulary", ""))
    thesaurus = Thesaurus(facts.synonyms)
    interpreter = Interpreter(
        searcher,
        index.schema,
        Spelling(frequencies, thesaurus.phrases()),
        thesaurus,
        Intent(facts.title_categories, counted, facts.clicked_categories),
        weights_of(facts.weights),
    )
    return Version(
        folder.name,
        index,
        searcher,
        facts,
        interpreter,
        Completions(facts.queries),
        Completions(counted),
        changed_at,
    )


class CurrentVersion:
    """The version that is current, and its newest commit: looked up at each search, which costs microseconds."""

    def __init__(self, index_dir: Path) -> None:
        self._link = index_dir / "current"
        self._versions = index_dir / "versions"
        self._open: Version | None = None
        self._lock = Lock()

    def latest(self) -> Version:
        """Raises IndexMissingError while no version was ever there; later the last good one goes on answering."""
        try:
            name = self._link.readlink().name
            changed_at = _changed_at(self._versions / name)
            if not self._is_open(name, changed_at):
                with self._lock:
                    if not self._is_open(name, changed_at):
                        self._open = self._newer(name, changed_at)
        except (OSError, ValueError) as missing:
            if self._open is None:
                raise IndexMissingError("The search index is not built yet: run the `search_index` asset.") from missing
        assert self._open is not None
        return self._open

    def _is_open(self, name: str, changed_at: int) -> bool:
        return self._open is not None and self._open.name == name and self._open.changed_at == changed_at

    def _newer(self, name: str, changed_at: int) -> Version:
        """Of the version that is open only its products are read again: what was learned holds until the next build."""
        if self._open is None or self._open.name != name:
            return open_version(self._versions / name)
        self._open.index.reload()
        searcher = self._open.index.searcher()
        interpreter = self._open.interpreter.changed(searcher)
        return replace(self._open, searcher=searcher, interpreter=interpreter, changed_at=changed_at)


def _changed_at(folder: Path) -> int:
    return (folder / "meta.json").stat().st_mtime_ns
