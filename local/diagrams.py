"""Draw the Mermaid blocks of the documentation as SVG files: `make docs`.

A block that follows a line `<!-- diagram: NAME -->` becomes docs/images/NAME.svg, drawn by Mermaid's own bundle in a
headless Chromium. Pages show the blocks themselves; the files are for readers whose viewer draws no Mermaid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from playwright.sync_api import Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
BLOCK = re.compile(r"<!-- diagram: ([\w-]+) -->\n```mermaid\n(.*?)```", re.DOTALL)
DRAW = """async ([name, text]) => {
    mermaid.initialize({startOnLoad: false, theme: "neutral", fontFamily: "sans-serif", htmlLabels: false});
    return (await mermaid.render(name, text)).svg;
}"""


def diagrams_of(page: Path) -> Iterator[tuple[str, str]]:
    """(name, Mermaid text) of each named block of a Markdown page, in its order."""
    yield from BLOCK.findall(page.read_text())


def draw(browser_page: Page, name: str, text: str) -> str:
    """One diagram as SVG. Raises playwright's Error with Mermaid's own message when the text is wrong."""
    svg: str = browser_page.evaluate(DRAW, [name, text])
    return svg + "\n"


def main(
    mermaid: Annotated[Path, typer.Argument(help="mermaid.min.js, from npm's package mermaid")],
    pages: Annotated[list[Path], typer.Argument(help="Markdown pages with named diagrams")],
) -> None:
    """Write docs/images/NAME.svg for every named diagram of the pages."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=OPTIONS)
        browser_page = browser.new_page()
        browser_page.add_script_tag(path=mermaid)
        for page in pages:
            for name, text in diagrams_of(page):
                file = page.parent / "images" / f"{name}.svg"
                file.write_text(draw(browser_page, name, text))
                typer.echo(f"wrote {file}")
        browser.close()


if __name__ == "__main__":
    typer.run(main)
