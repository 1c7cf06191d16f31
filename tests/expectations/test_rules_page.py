"""docs/gates.md says of every rule whether it blocks, what it would catch, what may rightly trip it and what to do."""

from __future__ import annotations

import re
from functools import cache

import pytest

from comptoir.repository import REPOSITORY
from comptoir.setting_types import SHOP_PLATFORMS
from expectations import marts, raw, staging

PAGE = REPOSITORY / "docs" / "gates.md"
BLOCKS = {"critical": "blocks", "warning": "warns"}


@cache
def described() -> list[tuple[re.Pattern[str], str, str, list[str]]]:
    """(pattern of the rule's name, layer, what it does, the other cells) by row of the table, and name in it."""
    text = PAGE.read_text().split("## Every rule")[1].split("\n## ")[0]
    found = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        for name in re.findall(r"`([a-z_…]+)`", cells[0]):
            pattern = re.compile(re.escape(name).replace("…", "[a-z_]+"))
            found.append((pattern, cells[1], cells[2], cells[3:]))
    return found


def rules() -> list[tuple[str, str, str, str]]:
    """(layer, rule, platform, severity) of all rules."""
    return [
        (layer, name, platform, rule.severity.value)
        for platform in SHOP_PLATFORMS
        for layer, of_layer in (("raw", raw), ("staging", staging), ("marts", marts))
        for table in of_layer.tables(platform)
        for name, rule in table.rules.items()
    ]


@pytest.mark.parametrize("platform", SHOP_PLATFORMS)
def test_every_rule_is_described_as_it_is(platform: str) -> None:
    wrong = []
    for layer, name, of_platform, severity in rules():
        if of_platform != platform:
            continue
        # the row that names it in full, else one that names its kind
        rows = [row for row in described() if row[0].fullmatch(name) and row[1] == layer]
        rows.sort(key=lambda row: len(row[0].pattern) if "[" not in row[0].pattern else 0, reverse=True)
        then = rows[0][2] if rows else ""
        special = re.search(rf"on {platform} (\w+)", then, re.IGNORECASE)
        if (special.group(1) if special else then.split(";")[0]) != BLOCKS[severity]:
            wrong.append((layer, name, severity, then))
    assert wrong == []


def test_no_row_is_about_nothing() -> None:
    names = {(layer, name) for layer, name, _, _ in rules()}
    of_the_gates = {"rows_did_not_vanish", "columns_are_as_expected", "days_can_be_counted"}
    for pattern, layer, _, cells in described():
        assert len(cells) == 3 and all(cells)
        if pattern.pattern not in of_the_gates:
            assert any(pattern.fullmatch(name) for of, name in names if of == layer), (layer, pattern.pattern)
