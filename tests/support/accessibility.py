"""What axe finds on a page that is open in a browser."""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import Page

from comptoir.repository import REPOSITORY

AXE = REPOSITORY / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def serious_findings(page: Page, known: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return rule and element of the serious and critical findings.

    `known` has a selector by rule: what matches it is left out for that rule alone.
    """
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "([rules, known]) => axe.run(document, { runOnly: rules }).then(({ violations }) => violations"
        ".filter(({ impact }) => impact === 'serious' || impact === 'critical')"
        ".flatMap(({ id, nodes }) => nodes.map((node) => [id, node.target.join(' '), node.html.slice(0, 200)]))"
        ".filter(([id, target]) => !(id in known && document.querySelector(target)?.matches(known[id]))))",
        [RULES, known],
    )
    return [(rule, f"{target}: {html}") for rule, target, html in found]
