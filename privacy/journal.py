"""The journal of erasures: a file outside the database, appended only, each line chained to the one before by a hash.

It is the audit trail of every request, and what tells a database that was restored from a backup whom it must forget.
It holds keyed digests and counts, no identifier.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

FIRST = "0" * 64


class JournalError(RuntimeError):
    """The journal was changed or cut; the message names the line."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line: who did what to which request."""

    at: datetime
    actor: str
    action: str  # export, erase begun, erase finished, closed by hand
    request_id: str
    previous: str
    digests: list[str] = []
    erased_before: datetime | None = None
    counts: dict[str, int] = {}


class Journal:
    """The journal in one file; it and its folder are this user's only."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def append(
        self,
        actor: str,
        action: str,
        request_id: str,
        *,
        digests: list[bytes] | None = None,
        erased_before: datetime | None = None,
        counts: dict[str, int] | None = None,
    ) -> None:
        """Add a line; it is on the disk when this returns. Raises JournalError when the chain is broken."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            lines = file.read().splitlines()
            _check(lines, self._file)
            entry = Entry(
                datetime.now(UTC),
                actor,
                action,
                request_id,
                _hash(lines[-1]) if lines else FIRST,
                [digest.hex() for digest in digests or []],
                erased_before,
                counts or {},
            )
            file.write(msgspec.json.encode(entry) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def entries(self) -> Iterator[Entry]:
        """Every line, oldest first. Raises JournalError when one was changed, removed or inserted."""
        lines = self._file.read_bytes().splitlines() if self._file.exists() else []
        yield from _check(lines, self._file)


def _check(lines: list[bytes], file: Path) -> list[Entry]:
    entries, previous = [], FIRST
    for number, line in enumerate(lines, 1):
        try:
            entry = msgspec.json.decode(line, type=Entry)
        except msgspec.MsgspecError as error:
            raise JournalError(f"Line {number} of {file} cannot be read ({error}): restore it from a copy.") from error
        if entry.previous != previous:
            raise JournalError(f"Line {number} of {file} does not follow the one before: it was changed or cut.")
        entries.append(entry)
        previous = _hash(line)
    return entries


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
