"""A search for words in every byte of a folder's files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import re2

AT_ONCE = 16 * 1024 * 1024


def files_with(folder: Path, words: Sequence[str], but_not: Collection[Path] = ()) -> list[tuple[str, str]]:
    """(file, word) of each file below `folder`, and outside the folders `but_not`, that holds one, in small letters.

    Files that go while they are read are left out.
    """
    longest = max(map(len, words))
    pattern = re2.compile(b"(?i)(" + b"|".join(re2.escape(word).encode() for word in words) + b")")
    found = []
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not any(file.is_relative_to(other) for other in but_not):
            found += [(str(file.relative_to(folder)), word) for word in sorted(_words_in(file, pattern, longest))]
    return found


def _words_in(file: Path, pattern: Any, overlap: int) -> set[str]:
    hits: set[str] = set()
    try:
        with file.open("rb") as opened:
            tail = b""
            while part := opened.read(AT_ONCE):
                hits |= {match[1].decode().lower() for match in pattern.finditer(tail + part)}
                tail = part[-overlap:]
    except FileNotFoundError:
        pass
    return hits
