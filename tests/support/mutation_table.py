"""Writes the tables of docs/gates.md from the rules and the corruptions: `python -m tests.support.mutation_table`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from comptoir.repository import REPOSITORY
from tests.support.enforced import BY_CONSTRAINT, BY_DBT_TEST
from tests.support.mutation import Mutation
from tests.support.mutations import ELSEWHERE, MUTATIONS

PAGE = REPOSITORY / "docs" / "gates.md"
OF_THE_GATE_ITSELF = ("columns_are_as_expected", "rows_did_not_vanish")
REFUSED = "the database refuses the new table and keeps the old one"


@cache
def rules_of_raw() -> dict[tuple[str, str], Any]:
    """(table, rule) -> its expectation, for a shop on Shopify; imports Great Expectations."""
    from expectations import raw

    return {(table.name, name): rule for table in raw.tables("shopify") for name, rule in table.rules.items()}


def is_blocking(mutation: Mutation) -> bool:
    """Whether the rule that finds the corruption blocks, or only warns."""
    if mutation.rule in OF_THE_GATE_ITSELF:
        return True
    return bool(rules_of_raw()[mutation.table, mutation.rule].severity.value == "critical")


def corruptions() -> str:
    """Each corruption, what finds it, and whether that blocks."""
    caught = (
        [mutation.what, f"`{mutation.rule}` on `{mutation.table}`", "blocks" if is_blocking(mutation) else "warns"]
        for mutation in MUTATIONS
    )
    elsewhere = ([entry.what, f"`{entry.caught_by}`", entry.outcome] for entry in ELSEWHERE)
    refused = ([entry.what, f"a constraint of `{entry.schema}.{entry.table}`", REFUSED] for entry in BY_CONSTRAINT)
    tested = ([entry.what, f"dbt's test of `stg_…__{entry.table}`", "the staging step fails"] for entry in BY_DBT_TEST)
    return table(["corruption", "caught by", "then"], [*caught, *elsewhere, *refused, *tested])


def reasons() -> str:
    """The rules that give a reason why they block or warn."""
    given = ([f"`{name}`", f"`{of}`", rule.notes] for (of, name), rule in rules_of_raw().items() if rule.notes)
    return table(["rule", "table", "why"], given)


def table(heads: list[str], rows: Iterable[list[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def page() -> str:
    """The text of docs/gates.md with both tables as they must be."""
    text = PAGE.read_text()
    for name, made in (("corruptions", corruptions()), ("reasons", reasons())):
        begin, end = f"<!-- {name}: made by tests/support/mutation_table.py -->", f"<!-- end of {name} -->"
        text = re.sub(f"{begin}.*?{end}", lambda _, b=begin, m=made, e=end: f"{b}\n{m}\n{e}", text, flags=re.S)
    return text


if __name__ == "__main__":
    PAGE.write_text(page())
