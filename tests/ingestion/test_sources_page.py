"""docs/sources.md names a test for every fault: the tests must exist."""

from __future__ import annotations

import re

import pytest

from comptoir.repository import REPOSITORY

PAGE = (REPOSITORY / "docs" / "sources.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)))


def test_every_fault_names_a_test() -> None:
    table = PAGE.partition("## What can go wrong")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][2:]
    assert len(rows) > 20
    assert [row for row in rows if "::test_" not in row] == []


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_the_named_test_exists(file: str, test: str) -> None:
    assert f"def {test}(" in (REPOSITORY / file).read_text()
