"""What a layer's file lists: tables, what names a row in them, which columns they must have and which rules hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

MASK = "***"


@dataclass(frozen=True)
class Table:
    """A table under rules. Rules are Great Expectations by the name that messages and `ops` use."""

    name: str  # schema.table
    key: tuple[str, ...]  # columns that name a row in samples
    rules: Mapping[str, Expectation]
    # required columns and their types as Postgres spells them; more columns than these are welcome
    columns: Mapping[str, str] = field(default_factory=dict)
    # values that name a person; samples show them masked
    personal: frozenset[str] = frozenset()
    min_rows: int = 0

    @property
    def schema(self) -> str:
        return self.name.split(".")[0]

    @property
    def relation(self) -> str:
        return self.name.split(".")[1]

    def masked(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A sample row as it may be shown."""
        hidden = {column for column in row if column in self.personal and row[column] is not None}
        return {column: MASK if column in hidden else value for column, value in row.items()}


def parse_columns(text: str) -> dict[str, str]:
    """`"id bigint, created_at timestamptz"` as a mapping, with types as information_schema spells them."""
    long_names = {"timestamptz": "timestamp with time zone", "varchar": "character varying"}

    def pairs() -> Iterator[tuple[str, str]]:
        for column in text.replace("\n", " ").split(","):
            name, kind = column.split()
            yield name, long_names.get(kind, kind)

    return dict(pairs())
