"""The journal is appended only: whoever changes, removes or inserts a line is found out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from privacy.journal import Journal, JournalError

BEFORE = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "privacy" / "journal.jsonl"
    journal = Journal(file)
    for number in range(3):
        journal.append("me@host", "erase begun", f"r{number}", digests=[bytes([number])], erased_before=BEFORE)
        journal.append("me@host", "erase finished", f"r{number}", counts={"marts.fct_sessions": number})
    return file


def test_what_was_written_is_read_and_only_this_user_may(file: Path) -> None:
    entries = list(Journal(file).entries())
    assert [entry.action for entry in entries] == ["erase begun", "erase finished"] * 3
    assert (entries[2].digests, entries[2].erased_before) == (["01"], BEFORE)
    assert entries[5].counts == {"marts.fct_sessions": 2}
    assert file.stat().st_mode & 0o077 == 0 and file.parent.stat().st_mode & 0o077 == 0
    assert list(Journal(file.with_name("none")).entries()) == []


@pytest.mark.parametrize("place", range(5))
def test_a_changed_line_breaks_the_chain(file: Path, place: int) -> None:
    lines = file.read_text().splitlines()
    lines[place] = lines[place].replace("me@host", "no@host")
    file.write_text("\n".join(lines) + "\n")
    with pytest.raises(JournalError, match=f"Line {place + 2} of .*changed or cut"):
        list(Journal(file).entries())
    with pytest.raises(JournalError):
        Journal(file).append("me", "export", "r9")


def test_a_removed_or_doubled_line_breaks_the_chain(file: Path) -> None:
    lines = file.read_text().splitlines()
    for changed in (lines[1:], lines[:2] + lines[3:], [lines[0], *lines]):
        file.write_text("\n".join(changed) + "\n")
        with pytest.raises(JournalError):
            list(Journal(file).entries())


def test_a_line_that_was_torn_says_so(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(JournalError, match=r"Line 6 of .*cannot be read"):
        list(Journal(file).entries())
