"""Merchandising: what the shop wants shown for a query or in a category, between two dates.

Rules are rows of `serving.search_rules` (storefront/search/tables.sql); the index's folder holds a copy (rules.json),
so that a search needs no database.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
import psycopg
import tantivy
from psycopg.rows import dict_row
from tantivy import Occur, Query

from storefront.search.answers import Banner
from storefront.search.words import words

FILE = "rules.json"
PINNED = 1e6  # above any score
PLACE = 1e3  # more than any score: pins stand in the order of their positions
BURIED = -1e4
BOOSTED = 8.0  # of a boost without a strength: about one more word in the title

Action = Literal["pin", "boost", "bury", "redirect", "banner"]


class Rule(msgspec.Struct, frozen=True):
    """Applies when the query has the words of `query` (`is_exact`: and no others; none: to every query), from
    `starts_at` until `ends_at`.

    pin: `product_id` before all others, in the order of `position`; boost, bury: `product_id`, `brand` or `category`,
    by `strength`; redirect: to `url`; banner: `title`, `url`, `image_url`.
    """

    rule_id: int
    action: Action
    query: str | None = None
    is_exact: bool = True
    product_id: str | None = None
    brand: str | None = None
    category: str | None = None
    position: int = 1
    strength: float | None = None
    url: str | None = None
    title: str | None = None
    image_url: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    def applies(self, asked: frozenset[str], now: datetime) -> bool:
        """Whether it applies to a query with these words at this moment."""
        if (self.starts_at and now < self.starts_at) or (self.ends_at and now >= self.ends_at):
            return False
        if self.query is None:
            return True
        wanted = words_of(self.query)
        return wanted == asked if self.is_exact else wanted <= asked

    def clause(self, schema: tantivy.Schema) -> tuple[Occur, Query] | None:
        """What it adds to the score of its products."""
        field, value = next(
            ((name, text) for name in ("product_id", "brand", "category") if (text := getattr(self, name))),
            (None, None),
        )
        if field is None:
            return None
        score = {"pin": PINNED - PLACE * self.position, "boost": self.strength or BOOSTED, "bury": BURIED}.get(
            self.action
        )
        if score is None:
            return None
        return Occur.Should, Query.const_score_query(Query.term_query(schema, field, value), float(score))


def words_of(text: str) -> frozenset[str]:
    """The words of a query, in any order and spelling of signs."""
    return frozenset(word.glued for word in words(text))


def banners(rules: Sequence[Rule]) -> list[Banner]:
    """The banners among the rules."""
    return [Banner(rule.title or "", rule.url, rule.image_url) for rule in rules if rule.action == "banner"]


def read_rules(connection: psycopg.Connection[Any]) -> list[Rule]:
    """The rules in Postgres that have not ended, in their order; none while the table is missing."""
    with connection.cursor(row_factory=dict_row) as cursor:
        if cursor.execute("select to_regclass('serving.search_rules')::text as name").fetchone() == {"name": None}:
            return []
        cursor.execute("select * from serving.search_rules where ends_at is null or ends_at > now() order by rule_id")
        return msgspec.convert(cursor.fetchall(), list[Rule])


def write_rules(rules: Sequence[Rule], index_dir: Path) -> None:
    """Put the rules beside the index, in one step."""
    new = index_dir / f".{FILE}.new"
    new.write_bytes(msgspec.json.encode(rules))
    new.replace(index_dir / FILE)


class RuleBook:
    """The rules beside an index, read again when they were written anew."""

    def __init__(self, index_dir: Path) -> None:
        self._file = index_dir / FILE
        self._written = 0
        self._rules: list[Rule] = []

    def applying(self, text: str, now: datetime) -> list[Rule]:
        """The rules for a query at this moment."""
        try:
            written = self._file.stat().st_mtime_ns
        except FileNotFoundError:
            return []
        if written != self._written:
            self._rules = msgspec.json.decode(self._file.read_bytes(), type=list[Rule])
            self._written = written
        if not self._rules:
            return []
        asked = words_of(text)
        return [rule for rule in self._rules if rule.applies(asked, now)]
