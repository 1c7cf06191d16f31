"""Writes docs/privacy-map.md from privacy/map.yml and the columns that the project declares."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from comptoir.repository import REPOSITORY
from comptoir.setting_mistakes import variable
from privacy.data_map import DataMap, data_map
from privacy.declared_columns import DeclaredColumn

PAGE = REPOSITORY / "docs" / "privacy-map.md"
KINDS = ("direct", "pseudonymous", "indirect")
ERASED = {
    "delete": "the person's rows go",
    "unlink": "the rows stay without the person",
    "search": "rows that name the person go",
    "its own step": "a step of its own",
    "none": "nothing is theirs",
}
HEAD = """\
# Where a person's data is

Made by `comptoir docs privacy` from [privacy/map.yml](../privacy/map.yml); change that, not this page. Every column of
every table is tagged there; here are those about persons. **direct** names a person by itself, **pseudonymous**
is one value for each person or browser, **indirect** is about a person and names nobody. How a request is handled:
[privacy.md](privacy.md).
"""

TERMS = """\
What ends by its age, in whole days (UTC), each night and by `comptoir privacy retention`. Every incremental table with
pseudonyms stands here, so this is also how long the marts keep them."""


def write_map(columns: Sequence[DeclaredColumn], page: Path = PAGE) -> Path:
    """Write the page and return its path."""
    page.write_text(map_page(data_map(), columns))
    return page


def map_page(known: DataMap, columns: Sequence[DeclaredColumn]) -> str:
    """The page's text; the same map and columns give the same text."""
    tables: dict[str, dict[str, list[str]]] = {}
    for table, column in columns:
        kind = known.kind_of(table, column)
        if kind in KINDS:
            tables.setdefault(table, {}).setdefault(kind, []).append(f"`{column}`")
    lines = [HEAD, "## Tables", "", "| table | direct | pseudonymous | indirect | for | ground | kept | an erasure |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for table, found in sorted(tables.items()):
        rule = known.rule_of(table)
        cells = [", ".join(found.get(kind, [])) for kind in KINDS]
        why = [rule.purpose, rule.ground, rule.term, ERASED[rule.erase]] if rule else [""] * 4
        lines.append(f"| {' | '.join([f'`{table}`', *cells, *why])} |")
    lines += ["", "## Terms", "", TERMS, "", "| table | by | days | what goes |", "|---|---|---|---|"]
    for one in known.retention:
        goes = ", ".join(f"`{column}`" for column in one.empty) or "the row"
        age = " or ".join(f"`{column}`" for column in one.age)
        lines.append(f"| `{one.table}` | {age} | `{variable(one.days)}` | {goes} |")
    lines += ["", "## Topics and files", "", "| place | kind | for | ground | kept | an erasure |"]
    lines.append("|---|---|---|---|---|---|")
    lines += [f"| {x.place} | {x.kind} | {x.purpose} | {x.ground} | {x.term} | {x.erase} |" for x in known.places]
    return "\n".join([*lines, ""])
