"""The diagrams of the documentation: each named block has its picture, and the drawing is Mermaid's own."""

from __future__ import annotations

from pathlib import Path

from comptoir.repository import REPOSITORY
from local.diagrams import diagrams_of

PAGE = REPOSITORY / "docs" / "architecture.md"


def test_each_diagram_of_the_page_is_drawn() -> None:
    names = [name for name, _ in diagrams_of(PAGE)]
    assert len(names) == len(set(names)) == 7
    for name in names:
        assert (PAGE.parent / "images" / f"{name}.svg").read_text().startswith("<svg"), "run `make docs`"


def test_only_named_blocks_are_diagrams(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```mermaid\ngraph A\n```\n\n<!-- diagram: one -->\n```mermaid\nflowchart B\n```\n")
    assert list(diagrams_of(page)) == [("one", "flowchart B\n")]
