"""serving.stale_lists: the lists that a committed batch changes and that are not made yet.

Written with the counts and removed with the new list, so that a list is made whatever happens in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import psycopg

KINDS = ("visitor", "product", "category")
Key = tuple[str, str]  # one of KINDS, id


class StaleLists(NamedTuple):
    """Whose lists are stale."""

    visitors: set[str]
    products: set[str]
    categories: set[str]

    @classmethod
    def of(cls, keys: Iterable[Key]) -> StaleLists:
        """The lists with these keys."""
        found = cls(set(), set(), set())
        for kind, key in keys:
            found[KINDS.index(kind)].add(key)
        return found

    def keys(self) -> Iterator[Key]:
        """The key of each, sorted by kind and id."""
        for kind, some in zip(KINDS, self, strict=True):
            yield from ((kind, key) for key in sorted(some))


def note(connection: psycopg.Connection, stale: StaleLists) -> None:
    """Add lists, in the caller's transaction."""
    connection.execute(
        "insert into serving.stale_lists (kind, key) select * from unnest(%s::text[], %s::text[])"
        " on conflict do nothing",
        _columns(stale.keys()),
    )


def load(connection: psycopg.Connection) -> list[Key]:
    """Every stale list."""
    return connection.execute("select kind, key from serving.stale_lists order by kind, key").fetchall()


def remove(connection: psycopg.Connection, keys: Iterable[Key]) -> None:
    """Remove lists that are made, in the transaction of the lists."""
    connection.execute(
        "delete from serving.stale_lists where (kind, key) in (select * from unnest(%s::text[], %s::text[]))",
        _columns(keys),
    )


def _columns(keys: Iterable[Key]) -> list[list[str]]:
    found = list(keys)
    return [[kind for kind, _ in found], [key for _, key in found]]
