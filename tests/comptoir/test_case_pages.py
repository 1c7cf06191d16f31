"""The cases in docs/ name the tests that show them; each of these tests exists."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from comptoir.repository import REPOSITORY

DOCS = REPOSITORY / "docs"
# page -> headings of its tables of cases
PAGES = {
    "sales.md": ("The cases", "What users of other systems reported"),
    "gates.md": ("The cases",),
    "warehouse.md": ("The cases",),
    "dagster.md": ("The cases",),
    "sources/magento.md": ("The cases",),
}


def rows(page: str) -> list[list[str]]:
    """The cells of each row of the page's cases."""
    text = (DOCS / page).read_text()
    found = []
    for heading in PAGES[page]:
        section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
        lines = [line for line in section.splitlines() if line.startswith("| ")]
        cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
        found += [row for row in cells if row[-1] != "test"]
    return found


@cache
def unit_tests() -> frozenset[str]:
    """Names of dbt's unit tests."""
    files = (REPOSITORY / "dbt_project" / "models").rglob("*.yml")
    return frozenset(name for file in files for name in re.findall(r"^  - name: (test_\w+)", file.read_text(), re.M))


def exists(test: str) -> bool:
    path, _, name = test.rpartition("::")
    if not path:
        return name in unit_tests()
    file = REPOSITORY / Path(path)
    return file.is_file() and bool(re.search(rf"^(async )?def {name}\(", file.read_text(), re.M))


@pytest.mark.parametrize("page", PAGES)
def test_every_case_names_tests_that_exist(page: str) -> None:
    of_page = rows(page)
    assert len(of_page) >= 5 and {len(row) for row in of_page} == {4}, [row for row in of_page if len(row) != 4]
    named = {row[0]: re.findall(r"`((?:tests/[\w/]+\.py::)?test_\w+)`", row[-1]) for row in of_page}
    assert [case for case, tests in named.items() if not tests] == []
    assert [test for tests in named.values() for test in tests if not exists(test)] == []
