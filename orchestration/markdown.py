"""Rows as a Markdown table, for the metadata of an asset or a check."""

from collections.abc import Iterable, Mapping

LONGEST_VALUE = 120  # characters


def markdown_table(rows: Iterable[Mapping[str, object]]) -> str:
    """A table of the rows, with the columns of the first; a dash when there are none."""
    found = list(rows)
    if not found:
        return "–"
    columns = list(found[0])
    lines = [columns, ["---"] * len(columns), *([row.get(column) for column in columns] for row in found)]
    return "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    text = text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
    return text.replace("|", "\\|").replace("\n", " ").replace("\r", " ")
