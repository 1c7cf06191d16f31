"""A search for words in every byte of a folder's files, and in every row of a database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import psycopg
import re2
from psycopg import sql

AT_ONCE = 16 * 1024 * 1024
MEMORY = 1024**3  # for the automaton of some hundred words; with too little RE2 makes it anew all the time


def files_with(folder: Path, words: Sequence[str], but_not: Collection[Path] = ()) -> list[tuple[str, str]]:
    """(file, word) of each file below `folder`, and outside the folders `but_not`, that holds one, in small letters.

    Files that go while they are read are left out.
    """
    longest = max(len(word.encode()) for word in words)
    pattern = _any_of(words)
    found = []
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not any(file.is_relative_to(other) for other in but_not):
            found += [(str(file.relative_to(folder)), word) for word in sorted(_words_in(file, pattern, longest))]
    return found


def tables_with(database: str, words: Sequence[str]) -> list[tuple[str, str]]:
    """(table, word) of each table that holds one, in small letters; files hold long values compressed."""
    pattern, found = _any_of(words), []
    with psycopg.connect(database) as connection:
        tables = connection.execute("select schemaname, tablename from pg_tables where schemaname !~ '^(pg_|inf)'")
        for schema, table in tables.fetchall():
            hits = set()
            with connection.cursor("rows") as cursor:
                cursor.itersize = 5_000
                for (row,) in cursor.execute(
                    sql.SQL("select row::text from {} as row").format(sql.Identifier(schema, table))
                ):
                    hits |= {match[0].decode().lower() for match in pattern.finditer(row.encode())}
            found += [(f"{schema}.{table}", word) for word in sorted(hits)]
    return found


def _any_of(words: Sequence[str]) -> Any:
    options = re2.Options()
    options.max_mem = MEMORY
    return re2.compile(b"(?i)" + b"|".join(re2.escape(word).encode() for word in words), options)


def _words_in(file: Path, pattern: Any, overlap: int) -> set[str]:
    hits: set[str] = set()
    try:
        with file.open("rb") as opened:
            tail = b""
            while part := opened.read(AT_ONCE):
                hits |= {match[0].decode().lower() for match in pattern.finditer(tail + part)}
                tail = part[-overlap:]
    except FileNotFoundError:
        pass
    return hits
